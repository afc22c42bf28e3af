package payout

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

// WorkingSet applies the broker's responses to payouts, in one transaction
// under a Lock. Need loads the payouts, Answer settles a payout in memory, and
// Save stores the changes. If a payout is paid, its amount moves from payable
// to paid. If it has failed, the amount moves back to the account from which it
// came.
type WorkingSet struct {
	q        db.Querier
	ledger   *ledger.WorkingSet
	now      time.Time
	cause    string
	settlers map[string]Settler

	known    db.Known[Key, *Settlement]
	answered []*Settlement
}

// Settler stores the consequences of responses for the rebates or withdrawals
// to which the payouts belong. All of the answered payouts have the same kind.
type Settler func(ctx context.Context, q db.Querier, answered []*Settlement, now time.Time) error

// Settlement is a payout with its response. It has only the fields that are
// needed to settle the payout.
type Settlement struct {
	Key
	Kind          string       `db:"kind"`
	Subject       int64        `db:"subject_id"`     // number of the rebate row or the withdrawal
	ClientAccount string       `db:"client_account"` // only for a rebate
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	Status        Status       `db:"status"`
	Reason        string       `db:"reason"`
	AnsweredAt    time.Time    `db:"-"`

	RebateID  int64    `db:"rebate_id"`  // only for a rebate
	ClientUID *id.UUID `db:"client_uid"` // only for a rebate
}

// NewWorkingSet returns an empty WorkingSet for one transaction. It adds its
// postings to books. The postings of a withdrawal name WithdrawalCause as their
// cause, and all others name the given cause. settlers maps each kind of payout
// to its Settler.
func NewWorkingSet(q db.Querier, books *ledger.WorkingSet, now time.Time, cause string, settlers map[string]Settler) *WorkingSet {
	return &WorkingSet{q: q, ledger: books, now: now, cause: cause, settlers: settlers, known: db.NewKnown[Key, *Settlement]()}
}

// Need loads the payouts with these ids. Answer finds only loaded payouts.
func (w *WorkingSet) Need(ctx context.Context, ids ...string) error {
	keys := make([]Key, 0, len(ids))
	for _, text := range ids {
		if key, ok := ParseKey(text); ok {
			keys = append(keys, key)
		}
	}
	missing := w.known.Ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := readSettlements(ctx, w.q, missing)
	for _, s := range found {
		w.known.Put(s.Key, s)
	}
	return err
}

// Taken says what a response changed.
type Taken int

// These are the values of Taken.
const (
	Unknown     Taken = iota // no payout has this id
	Settled                  // the response is the payout's first
	Repeated                 // the payout already had the same response
	Contradicts              // the payout already had the opposite response
)

// Answer settles the payout with this id. It also returns the payout, or nil if
// the payout is Unknown.
func (w *WorkingSet) Answer(payoutID string, a Answer, at time.Time) (Taken, *Settlement) {
	key, ok := ParseKey(payoutID)
	if !ok {
		return Unknown, nil
	}
	s := w.known.Rows[key]
	switch {
	case s == nil:
		return Unknown, nil
	case s.Status == a.Status:
		return Repeated, s
	case s.Status != Pending:
		return Contradicts, s
	}
	s.Status, s.AnsweredAt = a.Status, at
	w.answered = append(w.answered, s)
	if a.Status == Paid {
		w.move(ledger.PayoutPaid, ledger.Paid, w.cause, s)
		return Settled, s
	}
	s.Reason = a.Reason
	if s.Kind == OfWithdrawal {
		w.move(ledger.PayoutFailed, ledger.Wallet, WithdrawalCause(s.Subject), s)
	} else {
		w.move(ledger.PayoutFailed, ledger.RebatesReserved, w.cause, s)
	}
	return Settled, s
}

func (w *WorkingSet) move(kind ledger.Kind, to ledger.Account, cause string, s *Settlement) {
	w.ledger.Add(ledger.Reason{PartnerID: s.PartnerID, Kind: kind, Cause: cause},
		ledger.Entry{Account: to, Currency: s.Currency, Amount: s.Amount, AmountUSD: s.AmountUSD})
}

// Answered returns the payouts that were settled since the last Save.
func (w *WorkingSet) Answered() []*Settlement { return w.answered }

// WithdrawalCause returns the cause of all postings of a withdrawal.
func WithdrawalCause(number int64) string { return "withdrawal:" + strconv.FormatInt(number, 10) }

func readSettlements(ctx context.Context, q db.Querier, keys []Key) ([]*Settlement, error) {
	return db.All[*Settlement](ctx, q, `SELECT p.partner_id, p.payout_id, p.kind, p.subject_id, p.client_account, p.currency, p.amount_e6, p.amount_usd_e6,
		p.status, p.reason, coalesce(w.rebate_id, 0) AS rebate_id, w.client_uid
		FROM @rows($1) CROSS JOIN payouts p LEFT JOIN rebate_rows w ON p.kind = 'rebate' AND w.partner_id = p.partner_id AND w.row_id = p.subject_id
		WHERE p.partner_id = @uuid(k.value->>0) AND p.payout_id = CAST(k.value->>1 AS bigint)`, Keys(keys))
}

// Save stores the responses and their effects, and empties the list that
// Answered returns. It needs one statement per table for any number of payouts.
func (w *WorkingSet) Save(ctx context.Context) error {
	if len(w.answered) == 0 {
		return nil
	}
	_, err := w.q.Exec(ctx, `UPDATE payouts SET status = k.value->>2, reason = k.value->>3, answered_at = CAST(k.value->>4 AS bigint) FROM @rows($1)
		WHERE payouts.partner_id = @uuid(k.value->>0) AND payouts.payout_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(w.answered, func(s *Settlement) []any {
			return []any{s.PartnerID.Hex(), s.Number, string(s.Status), s.Reason, db.Micros(s.AnsweredAt)}
		}))
	if err != nil {
		return err
	}
	for _, kind := range []string{OfWithdrawal, OfRebate} {
		var answered []*Settlement
		for _, s := range w.answered {
			if s.Kind == kind {
				answered = append(answered, s)
			}
		}
		if len(answered) > 0 {
			if err := w.settlers[kind](ctx, w.q, answered, w.now); err != nil {
				return err
			}
		}
	}
	w.answered = nil
	return nil
}
