package outcome

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Store reads the orders and their outcomes.
type Store struct{ db db.DB }

// NewStore returns a Store that reads from db.
func NewStore(db db.DB) Store { return Store{db} }

// heldRow is an order that waits or has been dismissed.
type heldRow struct {
	FactID      string          `db:"fact_id"`
	At          time.Time       `db:"at"`
	OrderKey    string          `db:"order_key"`
	Body        json.RawMessage `db:"body"`
	WaitsFor    string          `db:"waits_for"` // what the order waits for, or waited for before it was dismissed
	Message     string          `db:"message"`
	Reason      string          `db:"reason"`
	DismissedAt *time.Time      `db:"dismissed_at"`
	Outcome     reward.Outcome  `db:"outcome"`
}

// heldOutcome is the SQL expression for the outcome of a waiting order.
const heldOutcome = `CASE WHEN w.waits_for = '' THEN 'waiting:ready' WHEN w.waits_for = 'refused:no_reward_type' THEN 'no_reward_type'
 WHEN w.waits_for = 'refused:symbol_not_in_plan' THEN 'symbol_not_in_plan' WHEN substr(w.waits_for, 1, 8) = 'account:' THEN 'waiting:account'
 WHEN substr(w.waits_for, 1, 11) = 'instrument:' THEN 'waiting:instrument' WHEN substr(w.waits_for, 1, 5) = 'rate:' THEN 'waiting:rate'
 ELSE 'waiting:refused' END`

const (
	waitingOrders = `SELECT w.fact_id, w.at, w.order_key, w.body, w.waits_for, w.message, '' AS reason, CAST(NULL AS bigint) AS dismissed_at, ` + heldOutcome + ` AS outcome
 FROM facts_waiting w WHERE w.type = 'order.closed'`
	dismissedOrders = `SELECT w.fact_id, w.at, w.order_key, w.body, w.waited_for AS waits_for, w.message, w.reason, w.dismissed_at, 'dismissed' AS outcome
 FROM facts_dismissed w WHERE w.type = 'order.closed'`
)

func (h *heldRow) order() (*feed.Order, error) {
	f, err := feed.Decode(h.FactID, feed.OrderClosed, h.At, h.Body)
	if err != nil {
		return nil, err
	}
	order, is := f.Body.(*feed.Order)
	if !is {
		return nil, fmt.Errorf("the stored fact %s is not an order: %T", h.FactID, f.Body) //nolint:err113 // cannot happen
	}
	return order, nil
}

// candidates returns the orders that match a key. The key names no account, so
// several orders can match. The booked orders come first, then the waiting ones,
// then the dismissed ones. The name of the server can have any spelling. If owner
// is not nil, it returns only orders of the owner's accounts.
//
// Query plan: the index reward_rows_ticket, once for each partner if no owner is
// given, and the indexes facts_waiting_ticket and facts_dismissed_ticket.
func candidates(ctx context.Context, q db.Querier, at feed.OrderKey, owner *id.UUID) ([]*Order, error) {
	books := accrual.Reading(q)
	name := feed.NormalServer(at.Server)
	spellings, err := books.ServerSpellings(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	orders, err := findBooked(ctx, q, at, spellings[name], owner)
	if err != nil {
		return nil, err
	}
	keys := []string{fmt.Sprintf("|%s|%d|%d", name, at.Ticket, at.Part)}
	for _, spelling := range spellings[name] {
		keys = append(keys, fmt.Sprintf("|%s|%d|%d", feed.NormalServer(spelling), at.Ticket, at.Part))
	}
	for state, query := range map[State]string{StateWaiting: waitingOrders, StateDismissed: dismissedOrders} {
		rows, err := db.All[*heldRow](ctx, q, query+` AND ltrim(w.order_key, '0123456789') @any($1) ORDER BY w.at, w.fact_id`, slices.Compact(slices.Sorted(slices.Values(keys))))
		if err != nil {
			return nil, err
		}
		for _, held := range rows {
			order, err := held.order()
			if err != nil {
				return nil, err
			}
			orders = append(orders, &Order{Order: *order, FactID: held.FactID, State: state, Outcome: held.Outcome, held: held})
		}
	}
	slices.SortStableFunc(orders, func(x, y *Order) int { return rank[x.State] - rank[y.State] })
	return withAccounts(ctx, books, orders, owner)
}

var rank = map[State]int{StateBooked: 0, StateWaiting: 1, StateDismissed: 2}

// findBooked looks up the booked orders that match a key in which no account is
// given. It returns each order with its reversals.
func findBooked(ctx context.Context, q db.Querier, at feed.OrderKey, servers []string, owner *id.UUID) ([]*Order, error) {
	args, of := []any{at.Ticket, int64(at.Part), servers}, `p.partner_id`
	if owner != nil {
		args, of = append(args, *owner), `$4 AND p.partner_id = $4`
	}
	rows, err := db.All[*reward.Reward](ctx, q, `SELECT `+reward.Rows.Of("r")+` FROM partners p CROSS JOIN `+reward.Indexed+`
		WHERE x.partner_id = `+of+` AND x.ticket = $1 AND x.part = $2 AND `+reward.SameRow+` AND r.server @any($3) ORDER BY r.client_account, r.kind`, args...)
	if err != nil {
		return nil, err
	}
	var orders []*Order
	for _, r := range rows {
		if r.Kind == reward.ForOrder {
			orders = append(orders, &Order{Order: r.Order, FactID: r.FactID, State: StateBooked, Reward: r})
		} else if n := len(orders); n > 0 && orders[n-1].ClientAccount == r.Order.ClientAccount {
			orders[n-1].rows = append(orders[n-1].rows, r)
		}
	}
	for _, o := range orders {
		latest := reward.ForOrder
		if n := len(o.rows); n > 0 {
			latest = o.rows[n-1].Kind
		}
		o.Outcome = o.Reward.Outcome(latest)
	}
	return orders, nil
}

// withAccounts sets the account and the partner of each order. A booked order belongs
// to the partner with whom it is booked. Any other order belongs to the partner who
// had the account when the order closed. If owner is not nil, withAccounts leaves out
// the orders of other partners.
func withAccounts(ctx context.Context, books accrual.SQLTx, orders []*Order, owner *id.UUID) ([]*Order, error) {
	numbers := make([]string, len(orders))
	for i, o := range orders {
		numbers[i] = o.ClientAccount
	}
	accounts, err := books.Accounts(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		for _, a := range accounts {
			if a.ClientAccount != o.ClientAccount {
				continue
			}
			if o.account = a.At(o.CloseTime); o.Reward != nil {
				o.account = a.With(o.Reward.PartnerID)
			}
			if o.account != nil && o.account.PartnerID != id.Nil {
				o.PartnerID = &o.account.PartnerID
			}
		}
	}
	return slices.DeleteFunc(orders, func(o *Order) bool { return owner != nil && (o.PartnerID == nil || *o.PartnerID != *owner) }), nil
}

// posting returns the posting with which a reward was booked, together with other
// rewards of the same account and day. Query plan: the index postings_booked, and
// the primary key of entries.
func posting(ctx context.Context, q db.Querier, r *reward.Reward, kind ledger.Kind, account *string) (*id.UUID, error) {
	at := r.BookedAt
	if at.IsZero() {
		var found bool
		var err error
		if at, found, err = db.One[time.Time](ctx, q, `SELECT received_at FROM facts WHERE fact_id = $1`, r.FactID); err != nil || !found {
			return nil, err
		}
	}
	args, of := []any{r.PartnerID, db.Micros(at), string(kind)}, `1 = 1`
	if account != nil {
		args = append(args, *account, int64(r.Day))
		of = `EXISTS (SELECT 1 FROM entries e WHERE e.partner_id = $1 AND e.posting_id = p.posting_id AND e.client_account = $4 AND e.reward_day = $5)`
	}
	found, some, err := db.One[id.UUID](ctx, q, `SELECT p.posting_id FROM postings p WHERE p.partner_id = $1 AND p.booked_at = $2 AND p.kind = $3 AND `+of+` ORDER BY p.posting_id LIMIT 1`, args...)
	if err != nil || !some {
		return nil, err
	}
	return &found, nil
}

// shareRow is an amount that the owner of an order pays to a referral agent.
type shareRow struct {
	Kind reward.Kind  `db:"kind"`
	Day  clock.Day    `db:"reward_day"`
	Paid money.Amount `db:"paid_e6"`
	USD  money.Amount `db:"amount_usd_e6"`
}

// shares returns the agent's shares of an order. Query plan: the unique index
// agent_links_code, and the primary keys of sign_in_emails and agent_shares.
func shares(ctx context.Context, q db.Querier, o *Order) ([]shareRow, error) {
	return db.All[shareRow](ctx, q, `SELECT s.kind, s.reward_day, s.paid_e6, s.amount_usd_e6 FROM agent_links l CROSS JOIN sign_in_emails m CROSS JOIN agent_shares s
		WHERE l.partner_id = $1 AND l.link_code = $2 AND m.email = l.email AND s.partner_id = m.partner_id AND s.owner_id = $1
		AND s.server = $3 AND s.ticket = $4 AND s.part = $5 AND s.client_account = $6 ORDER BY s.kind`,
		*o.PartnerID, o.account.LinkCode, o.Server, o.Ticket, int64(o.Part), o.ClientAccount)
}

// reasonOf returns the reason of a reversal.
func reasonOf(ctx context.Context, q db.Querier, r *reward.Reward) (string, error) {
	reason, _, err := db.One[string](ctx, q, `SELECT reason FROM order_changes WHERE partner_id = $1 AND client_account = $2 AND ticket = $3 AND part = $4 AND fact_id = $5`,
		r.PartnerID, r.Order.ClientAccount, r.Order.Ticket, int64(r.Order.Part), r.FactID)
	return reason, err
}

// rebatePercent returns the percentage of the reward that is set aside for the
// client.
func rebatePercent(ctx context.Context, q db.Querier, r *reward.Reward) (money.Percent, error) {
	percent, _, err := db.One[money.Percent](ctx, q, `SELECT percent_e4 FROM rebate_rows WHERE partner_id = $1 AND row_id = $2`, r.PartnerID, r.RebateRow)
	return percent, err
}
