package outcome

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// changes maps each outcome to a text that says what would change it.
var changes = map[reward.Outcome]string{
	reward.Paid:     "A reversal of the order takes the reward back. A correction of its instrument or rate books it again.",
	reward.Reversed: "An order.reinstated for this order books the reward again.",
	reward.NoPartner: "The client had no partner when the account was opened. If the broker sends a fact with the partner's code for the client or " +
		"the account, the account moves to that partner.",
	reward.MinOrderLife: "The outcome cannot change: the order keeps the plan that was in force when it closed. A plan with a smaller min_order_life_seconds " +
		"applies to later orders.",
	reward.Capped: "The outcome cannot change: the order keeps the plan that was in force when it closed. A plan with another cap_per_order_usd or " +
		"max_payout_percent applies to later orders.",
	reward.NoSpread: "Send the spread with the orders. A correction of an instrument.set changes the average spread, which is used if the order " +
		"has none.",
	reward.SymbolNotInPlan: "A plan with the instrument's group makes later orders earn. It also makes this order earn if the order is still waiting and " +
		"the plan takes effect at or before its close.",
	reward.NoRewardType: "A plan with a reward for the account's type makes later orders earn. It also makes this order earn if the order is still " +
		"waiting and the plan takes effect at or before its close. An account.type_changed dated at or before the close books the " +
		"order under the other type.",
	reward.BelowPlace: "The outcome cannot change: the exact result is smaller than the smallest amount that can be paid.",
	reward.Dismissed:  "The order waits again if the broker restores it with POST /broker/v1/facts/restore/.",
	reward.NotYours: "Only the partner who had the account when the order closed earns from it. If the client asks for another partner, existing " +
		"accounts stay. If the broker moves the client, they go along, for orders that close from the move on.",
}

var waitingChanges = map[string]string{
	feed.KindAccount: "The order is booked when the broker sends account.opened for its account.",
	feed.KindInstrument: "The order is booked when the broker sends instrument.set for its symbol, dated at or before the close, or adds the symbol's " +
		"suffix to the plan.",
	feed.KindRate: "The order is booked when the broker sends rate.set for the currency, dated on the day of the close or earlier.",
	"ready":       "Nothing is missing any more: the order is about to be booked.",
	"refused": "The order contradicts other facts. The broker can correct these facts, or dismiss the order with POST /broker/v1/facts/dismiss/ " +
		"and send it again with another id.",
}

// explain sets the order's figures, its ledger lines, and a sentence that says what
// would change the outcome.
func (o *Order) explain(ctx context.Context, q db.Querier, asks *id.UUID) error {
	var err error
	switch {
	case asks != nil && (o.PartnerID == nil || *o.PartnerID != *asks) && o.account != nil:
		o.Outcome = reward.NotYours
		o.figure("client_account", o.ClientAccount)
		o.figureTime("account_opened", o.account.OpenedAt)
		o.figure("link_code", o.account.LinkCode)
	case o.held != nil:
		o.explainHeld()
	default:
		err = o.explainBooked(ctx, q)
	}
	o.Change = changes[o.Outcome]
	if what, waits := strings.CutPrefix(string(o.Outcome), reward.WaitingFor); waits {
		o.Change = waitingChanges[what]
	}
	return err
}

func (o *Order) figure(name, value string) { o.Figures = append(o.Figures, Figure{name, value}) }

func (o *Order) figureTime(name string, at time.Time) {
	o.figure(name, at.UTC().Format(time.RFC3339Nano))
}

func (o *Order) explainHeld() {
	h := o.held
	name := "waits_for"
	if o.State == StateDismissed {
		o.figureTime("dismissed_at", *h.DismissedAt)
		o.figure("reason", h.Reason)
		name = "waited_for"
	}
	if h.WaitsFor != "" {
		o.figure(name, h.WaitsFor)
	}
	if h.Message != "" {
		o.figure("message", h.Message)
	}
}

func (o *Order) explainBooked(ctx context.Context, q db.Querier) error {
	r := o.Reward
	if o.Outcome == reward.NoPartner {
		o.figure("client_uid", r.ClientUID.String())
		if o.account != nil {
			o.figureTime("account_opened", o.account.OpenedAt)
			o.figure("typed_code", o.account.TypedCode)
		}
		return nil
	}
	if o.Outcome == reward.Reversed {
		last := o.rows[len(o.rows)-1]
		reason, err := reasonOf(ctx, q, last)
		if err != nil {
			return err
		}
		o.figureTime("reversed_at", last.Order.CloseTime)
		o.figure("reason", reason)
	}
	o.inputs()
	if r.RebateRow != 0 {
		percent, err := rebatePercent(ctx, q, r)
		if err != nil {
			return err
		}
		o.figure("rebate_percent", percent.String())
		o.figure("rebate_row", strconv.FormatInt(r.RebateRow, 10))
	}
	return o.addLines(ctx, q)
}

// inputs adds every input of the formula, its exact result, and the limits. The
// product of the inputs is the exact result.
func (o *Order) inputs() {
	r, t := o.Reward, &o.Reward.Terms
	o.figure("formula_code", string(t.Formula))
	if t.Line != 0 {
		o.figure("plan_line", strconv.Itoa(t.Line))
	}
	o.figure("lots", o.Lots.String())
	if t.Cent {
		o.figure("cent_lots_in_a_lot", "100")
	}
	if t.Formula == reward.ECN {
		o.figure("instrument_group", t.Group)
		o.figure("amount_per_lot", t.AmountPerLot.String())
	} else {
		o.figure("contract_size", t.ContractSize.String())
		o.figure("point_size", t.PointSize.String())
		o.spreads()
		o.figure("quote_rate_usd", t.QuoteRate.String())
		o.figure("reward_percentage", t.Percent.String())
		o.figure("bonus_k", t.BonusK.String())
	}
	o.figure("exact_usd", reward.ExactUSD(&o.Order, t).Decimal())
	o.figure("open_seconds", strconv.FormatInt(int64(o.CloseTime.Sub(o.OpenTime)/time.Second), 10))
	o.figure("min_order_life_seconds", strconv.FormatInt(t.MinOrderLife, 10))
	if t.Cap != nil {
		o.figure("cap_per_order_usd", t.Cap.String())
	}
	if most, limited, err := reward.PayoutLimit(&o.Order, t); err == nil && limited {
		o.figure("revenue_usd", reward.Revenue(&o.Order, t).Decimal())
		o.figure("max_payout_percent", t.MaxPayout.String())
		o.figure("max_payout_usd", money.FormatFixed(int64(most), money.AmountPlaces))
	}
	o.figure("reward_usd", money.FormatFixed(int64(r.Result.RewardUSD), money.AmountPlaces))
	o.figure("account_rate", t.AccountRate.String())
	o.figure("reward", money.FormatFixed(int64(r.Result.Reward), money.AmountPlaces))
	o.figure("rounding", "reward_usd is exact_usd rounded half to even to 6 places; reward is reward_usd / account_rate, rounded in the same way")
}

func (o *Order) spreads() {
	t := &o.Reward.Terms
	for _, side := range []struct {
		name  string
		given *money.Spread
		used  bool
	}{
		{"open_spread", o.OpenSpread, t.Formula != reward.InstitutionalAvg},
		{"close_spread", o.CloseSpread, t.Formula != reward.InstitutionalAvg && t.Formula != reward.Classic},
	} {
		if side.used && side.given != nil {
			o.figure(side.name, side.given.String())
		} else if side.used {
			o.figure(side.name+"_missing_avg_spread", t.AvgSpread.String())
		}
	}
	if t.Formula == reward.InstitutionalAvg {
		o.figure("avg_spread", t.AvgSpread.String())
	}
}

// addLines adds the lines of the partner's ledger that belong to the order. They are
// computed from the recorded amounts and sum to zero.
func (o *Order) addLines(ctx context.Context, q db.Querier) error {
	for _, r := range append([]*reward.Reward{o.Reward}, o.rows...) {
		if r.Result.Reward == 0 && r.Result.RewardUSD == 0 {
			continue
		}
		kind := ledger.Reward
		if r.Kind.Reverses() {
			kind = ledger.Reversal
		} else if r.Kind != reward.ForOrder {
			kind = ledger.Reinstatement
		}
		in, err := posting(ctx, q, r, kind, &o.ClientAccount)
		if err != nil {
			return err
		}
		o.pair(Line{kind, r.Day, in, ledger.Wallet, r.Terms.Currency, r.Result.Reward, r.Result.RewardUSD})
	}
	paid, err := shares(ctx, q, o)
	if err != nil {
		return err
	}
	for _, s := range paid {
		row := o.Reward
		if s.Kind > 0 && int(s.Kind) <= len(o.rows) {
			row = o.rows[s.Kind-1]
		}
		in, err := posting(ctx, q, row, ledger.AgentShare, nil)
		if err != nil {
			return err
		}
		o.pair(Line{ledger.AgentShare, s.Day, in, ledger.Wallet, row.Terms.Currency, -s.Paid, -s.USD})
	}
	return nil
}

// pair adds a line of the wallet and the opposite line, which balances it.
func (o *Order) pair(wallet Line) {
	against := wallet
	against.Account, against.Amount, against.USD = ledger.Expense, -wallet.Amount, -wallet.USD
	o.Lines = append(o.Lines, wallet, against)
}
