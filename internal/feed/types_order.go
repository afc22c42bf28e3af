package feed

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/money"
)

var orderTypes = []*Spec{
	(&typeRow[Order]{
		kind: OrderClosed, rank: 7, brings: KindOrder,
		// The key leaves out the server, because two sources of an order may give
		// the server different names.
		sets: func(o *Order) string { return fmt.Sprintf("order:%s|%d|%d", o.ClientAccount, o.Ticket, o.Part) },
		says: "A position was closed. A partial close is a separate fact, with its own ticket, or with the same ticket and a `part`. " +
			"The same order (server, client_account, ticket, part) from a second source with the same side, symbol, lots, times and prices " +
			"is a duplicate. If these differ, the second one is refused.",
		waits: "The account's account.opened; an instrument.set for the symbol dated at or before the close; a rate.set for the instrument's quote " +
			"currency, the partner's currency and the currencies of the partners above it, on the day of the close or before.",
		late: "The reward is booked on the day of the close, whenever the fact arrives. If that day's rebate period is closed, the rebate goes " +
			"into the next one.",
		example: `{"id":"4e9a6d1f-b305-4c78-a7d2-9c0f8e5b3a61","type":"order.closed","at":"2026-06-05T14:30:00Z","server":"Real-1","ticket":700001,` +
			`"client_account":"500100","symbol":"EURUSDm","side":"buy","lots":"1.5","open_time":"2026-06-05T09:00:00Z",` +
			`"close_time":"2026-06-05T14:30:00Z","open_price":"1.08110","close_price":"1.08240","open_spread":8,"close_spread":9,` +
			`"commission":0,"swap":"-0.35","profit":"195"}`,
		fields: []field[Order]{
			needs("server", server, "The trading server. It is the account's server.", func(o *Order) *string { return &o.Server }),
			needs("ticket", ticket, "The order's number on its server.", func(o *Order) *int64 { return &o.Ticket }),
			optional("part", part, "The part of the ticket, if several facts share it. The order's id is then `<server>:<ticket>-<part>`.",
				func(o *Order) *int { return &o.Part }),
			needs("client_account", account, "Number of the account.", func(o *Order) *string { return &o.ClientAccount }),
			needs("symbol", says(anyText, "an instrument's symbol, compared ignoring case and the plan's suffixes"), "The traded instrument.",
				func(o *Order) *string { return &o.Symbol }),
			needs("side", oneOf(Buy, Sell), "Direction of the trade.", func(o *Order) *string { return &o.Side }),
			needs("lots", lots, "The closed volume, in the account's own lots. A lot of a cent account (see the plan's `cent_account_types`) "+
				"is a hundredth of an ordinary lot.",
				func(o *Order) *money.Lots { return &o.Lots }),
			needs("open_time", moment, "When the position was opened.", func(o *Order) *time.Time { return &o.OpenTime }),
			needs("close_time", moment, "When it was closed, not before `open_time`. Its day is the day of the reward.",
				func(o *Order) *time.Time { return &o.CloseTime }),
			needs("open_price", price, "The price at the opening.", func(o *Order) *money.Price { return &o.OpenPrice }),
			needs("close_price", price, "The price at the close.", func(o *Order) *money.Price { return &o.ClosePrice }),
			optional("open_spread", pointer(points), "The spread at the opening. If it is left out, the instrument's `avg_spread` is used.",
				func(o *Order) **money.Spread { return &o.OpenSpread }),
			optional("close_spread", pointer(points), "The spread at the close. If it is left out, the instrument's `avg_spread` is used.",
				func(o *Order) **money.Spread { return &o.CloseSpread }),
			optional("commission", signed, "The broker's commission, in the account's currency.", func(o *Order) *money.Amount { return &o.Commission }),
			optional("swap", signed, "The swap, in the account's currency.", func(o *Order) *money.Amount { return &o.Swap }),
			optional("profit", signed, "The profit or loss, in the account's currency.", func(o *Order) *money.Amount { return &o.Profit }),
		},
		check: func(o *Order, c *checker) {
			if o.CloseTime.Before(o.OpenTime) {
				c.add("close_time", "invalid", "is before open_time")
			}
		},
	}).spec(),
	(&typeRow[Reversal]{
		kind: OrderReversed, rank: 8, waits: "The order's order.closed.",
		says: "An order is reversed: a negative reward cancels its reward, on the day of this fact. A reversal, like a correction, can bring a wallet below " +
			"zero. Then the partner can neither withdraw money nor pay rebates.",
		late: "The negative reward is booked on the day of `at`, whenever the fact arrives. The fact has no effect if, at `at`, the order was " +
			"already reversed. An order.reinstated with a later `at` still applies.",
		example: `{"id":"d7c2b5e8-6f14-4a03-8b9d-5e1a0c7f3d42","type":"order.reversed","at":"2026-06-08T10:00:00Z","server":"Real-1","ticket":700001,` +
			`"reason":"price error"}`,
		fields: reversalFields("Reason for the reversal."),
	}).spec(),
	(&typeRow[Reversal]{
		kind: OrderReinstated, rank: 9, waits: "The order's order.closed.",
		says: "The reversal of an order is withdrawn: its reward is booked again by a separate posting. The reversal or " +
			"reinstatement with the latest `at` applies.",
		late: "The reward is booked on the day of `at`, whenever the fact arrives. The fact has no effect if, at `at`, the order was not " +
			"reversed. An order.reversed with a later `at` still applies.",
		example: `{"id":"5b3e9f70-a2d6-4c81-97e4-0f8d6b1c3a95","type":"order.reinstated","at":"2026-06-09T10:00:00Z","server":"Real-1","ticket":700001,` +
			`"reason":"the price was right"}`,
		fields: reversalFields("Reason for the reinstatement."),
	}).spec(),
	(&typeRow[Totals]{
		kind: DayTotals, rank: 8,
		says: "The totals of the orders that a trading server closed on a day. " +
			"`GET /broker/v1/health/feed` shows any difference from the received orders until it is resolved.",
		late: "It has no effect if a fact with a later `at` is already there, because the newest fact applies.",
		example: `{"id":"bb18d4c6-93e7-4f5a-a0c2-7d6e1f9b8035","type":"day.totals","at":"2026-06-06T00:10:00Z","server":"Real-1","day":"2026-06-05",` +
			`"orders":1,"lots":"1.5"}`,
		fields: []field[Totals]{
			needs("server", server, "The trading server.", func(t *Totals) *string { return &t.Server }),
			needs("day", day, "The day, in the programme's time zone.", func(t *Totals) *string { return &t.Day }),
			needs("orders", count, "The number of orders that the server closed.", func(t *Totals) *int64 { return &t.Orders }),
			needs("lots", decimal(0, maxDayLots, false, "lots"), "The total lots of those orders.", func(t *Totals) *money.Lots { return &t.Lots }),
		},
	}).spec(),
}

func reversalFields(why string) []field[Reversal] {
	return []field[Reversal]{
		needs("server", server, "The order's server.", func(r *Reversal) *string { return &r.Server }),
		needs("ticket", ticket, "The order's ticket.", func(r *Reversal) *int64 { return &r.Ticket }),
		optional("part", part, "The order's part.", func(r *Reversal) *int { return &r.Part }),
		optional("client_account", account, "The order's account. Needed only if a server has the same ticket on two accounts.",
			func(r *Reversal) *string { return &r.ClientAccount }),
		needs("reason", reason, why, func(r *Reversal) *string { return &r.Reason }),
	}
}

var brokerTypes = []*Spec{
	payout(PayoutPaid, "The broker has paid a payout (a rebate or a withdrawal).", "A remark, which is ignored.", "39f5c0e7-1d8b-4a64-b3f2-8c7a5e9d0b16", ""),
	payout(PayoutFailed, "The broker could not pay a payout. A failed withdrawal returns to the wallet, and a failed rebate to the partner's reserve. "+
		"The partner can try again.",
		"Reason for the failure, which the partner sees.", "f0a7d3b9-4e62-4815-9c5d-2b8f6e1a7c04", `,"reason":"the account is closed"`),
}

func payout(kind Type, says, why, exampleID, more string) *Spec {
	return (&typeRow[Payout]{
		kind: kind, rank: 8, says: says, sets: func(p *Payout) string { return PayoutKey(p.PayoutID) },
		waits: "The payout with this id, which the server creates. `GET /broker/v1/payouts/` lists payouts.",
		late:  "The payout stays open until then. The first report about it is final, and a different later one is refused.",
		example: `{"id":"` + exampleID + `","type":"` + string(kind) + `","at":"2026-06-30T16:00:00Z",` +
			`"payout_id":"b7e0d3f15a424c8e8d162f9a6c4e0b71-12"` + more + `}`,
		fields: []field[Payout]{
			needs("payout_id", anyText, "The payout's id, from `GET /broker/v1/payouts/`.", func(p *Payout) *string { return &p.PayoutID }),
			optional("reason", reason, why, func(p *Payout) *string { return &p.Reason }),
		},
	}).spec()
}
