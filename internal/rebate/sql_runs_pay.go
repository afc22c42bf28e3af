package rebate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
)

// Rows returns the closed rows with these numbers. The query uses primary keys.
func (tx RunTx) Rows(ctx context.Context, partnerID id.UUID, numbers []int64) ([]Row, error) {
	return db.All[Row](ctx, tx.q, `SELECT w.row_id, w.rebate_id, w.client_account, w.status, w.reward_e6, w.reward_usd_e6, w.topay_e6, w.topay_usd_e6
		FROM rebate_rows w JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE w.partner_id = $1 AND w.row_id @any($2) AND r.status NOT IN ('open', 'closing')`, partnerID, numbers)
}

// totalsOf selects the sums of rows. The table of the rows must have the alias
// w.
const totalsOf = `SELECT CAST(coalesce(sum(CASE WHEN w.topay_e6 > 0 THEN 1 ELSE 0 END), 0) AS bigint) AS rows_count,
	CAST(coalesce(sum(w.reward_e6), 0) AS bigint) AS reward_e6, CAST(coalesce(sum(w.reward_usd_e6), 0) AS bigint) AS reward_usd_e6,
	CAST(coalesce(sum(w.topay_e6), 0) AS bigint) AS topay_e6, CAST(coalesce(sum(w.topay_usd_e6), 0) AS bigint) AS topay_usd_e6 FROM rebate_rows w `

func (tx RunTx) totals(ctx context.Context, condition string, args ...any) (Totals, error) {
	t, _, err := db.One[Totals](ctx, tx.q, totalsOf+`WHERE `+condition, args...)
	return t, err
}

// SumPending returns the sums of the waiting rows of rebates, including rows
// that pay nothing. The query uses the index rebate_rows_account.
func (tx RunTx) SumPending(ctx context.Context, partnerID id.UUID, rebates []int64) (Totals, error) {
	return tx.totals(ctx, `w.partner_id = $1 AND w.rebate_id @any($2) AND (w.status = 'pending' OR w.topay_e6 = 0)`, partnerID, rebates)
}

// rowCondition is a Set in the form of an SQL condition on rebate_rows, which has
// the alias w. $1 is the partner.
type rowCondition struct {
	where string
	args  []any // arguments for $1 and the following placeholders
}

func (s *rowCondition) bind(arg any) string {
	s.args = append(s.args, arg)
	kind := "bigint"
	if _, is := arg.(string); is {
		kind = "text"
	}
	return fmt.Sprintf("CAST($%d AS %s)", len(s.args), kind)
}

// selection returns the condition for the rows of a set, as far as the end of a
// step.
func selection(partnerID id.UUID, set Set, step Step) *rowCondition {
	if set.RebateID == 0 {
		return &rowCondition{`w.partner_id = $1 AND w.row_id @any($2) AND w.status = $3 AND w.topay_e6 > 0`, []any{partnerID, set.Rows, string(set.Status)}}
	}
	s := &rowCondition{
		`w.partner_id = $1 AND w.rebate_id = $2 AND w.status = $3 AND w.topay_e6 > 0 AND (w.client_account, w.percent_e4) > ($4, $5)`,
		[]any{partnerID, set.RebateID, string(set.Status), set.After.ClientAccount, int64(set.After.Percent)},
	}
	if step.More {
		s.where += ` AND (w.client_account, w.percent_e4) <= (` + s.bind(step.Last.ClientAccount) + `, ` + s.bind(int64(step.Last.Percent)) + `)`
	}
	return s
}

// Measure returns the end and the sums of the next step of a set. A step covers
// a fixed number of rows in the order of the index rebate_rows_account, no
// matter which status they have.
func (tx RunTx) Measure(ctx context.Context, partnerID id.UUID, set Set) (step Step, err error) {
	if set.RebateID != 0 {
		step.Last, step.More, err = tx.placeAfter(ctx, Ref{PartnerID: partnerID, ID: set.RebateID}, set.After, set.Limit)
		if err != nil {
			return step, err
		}
	}
	s := selection(partnerID, set, step)
	step.Totals, err = tx.totals(ctx, s.where, s.args...)
	return step, err
}

// placeAfter returns the place of the nth row after another place. It returns
// false if there is no such row. The query reads only the index
// rebate_rows_account.
func (tx RunTx) placeAfter(ctx context.Context, r Ref, after Place, n int) (last Place, more bool, err error) {
	return db.One[Place](ctx, tx.q, `SELECT client_account, percent_e4 FROM rebate_rows WHERE partner_id = $1 AND rebate_id = $2 AND (client_account, percent_e4) > ($3, $4)
		ORDER BY client_account, percent_e4 LIMIT 1 OFFSET $5`, r.PartnerID, r.ID, after.ClientAccount, int64(after.Percent), int64(n-1))
}

// Move sets the status of the rows of a set, up to the end of the step.
func (tx RunTx) Move(ctx context.Context, partnerID id.UUID, set Set, step Step, to Status, now time.Time) error {
	if err := tx.recountSet(ctx, partnerID, set, step, to); err != nil {
		return err
	}
	s := selection(partnerID, set, step)
	_, err := tx.q.Exec(ctx, `UPDATE rebate_rows AS w SET status = `+s.bind(string(to))+`, changed_at = `+s.bind(db.Micros(now))+` WHERE `+s.where, s.args...)
	return err
}

// A payout goes to the account's destination, or to the account itself if it
// has none. A payout that is retried goes to the same destination as the failed
// one. These are subqueries, because with a join, the planner might scan the
// whole table.
const (
	payAccount = `coalesce((SELECT nullif(a.destination, '') FROM rebate_accounts a WHERE a.partner_id = w.partner_id AND a.client_account = w.client_account), w.client_account)`
	payAgain   = `(SELECT a.destination FROM payouts a WHERE a.partner_id = w.partner_id AND a.payout_id = w.payout_id)`
)

// Pay creates a payout for each row of the set, and sets the rows' status to
// approved. p is the posting that books the sum of the payouts. If retry is true,
// each payout has the destination of the row's failed payout. Pay returns true if
// facts were waiting for these payouts. It needs three statements for any number
// of rows.
func (tx RunTx) Pay(ctx context.Context, set Set, step Step, p *ledger.Posting, currency string, retry bool) (released bool, err error) {
	first, err := partner.TakeNumbers(ctx, tx.q, p.PartnerID, step.Paying)
	if err != nil {
		return false, err
	}
	destination := payAccount
	if retry {
		destination = payAgain
	}
	s := selection(p.PartnerID, set, step)
	values := map[string]string{
		"partner_id": "partner_id", "payout_id": s.bind(first) + " + place", "kind": "'rebate'", "subject_id": "row_id",
		"client_account": "client_account", "destination": "destination",
		"currency": s.bind(currency), "amount_e6": "topay_e6", "amount_usd_e6": "topay_usd_e6", "status": "'pending'", "reason": "''",
		"posting_id": "@uuid(" + s.bindHex(p.ID) + ")", "created_at": s.bind(db.Micros(p.BookedAt)),
	}
	made, err := payout.MakeFrom(ctx, tx.q, values, `
		FROM (SELECT w.partner_id, row_number() OVER (ORDER BY w.client_account, w.percent_e4, w.row_id) - 1 AS place, w.row_id, w.client_account,
			w.topay_e6, w.topay_usd_e6, `+destination+` AS destination FROM rebate_rows w WHERE `+s.where+`) n`, s.args...)
	if err != nil {
		return false, err
	}
	if err := tx.recountSet(ctx, p.PartnerID, set, step, StatusApproved); err != nil {
		return false, err
	}
	last := first + step.Paying - 1
	moved, err := tx.q.Exec(ctx, `UPDATE rebate_rows AS w SET status = 'approved', payout_id = p.payout_id, reason = '', changed_at = $4 FROM payouts p
		WHERE p.partner_id = $1 AND p.payout_id BETWEEN $2 AND $3 AND w.partner_id = $1 AND w.row_id = p.subject_id`,
		p.PartnerID, first, last, db.Micros(p.BookedAt))
	if err != nil {
		return false, err
	}
	if made != step.Paying || moved != step.Paying {
		return false, fmt.Errorf("%w: %d rows to pay, but %d payouts created and %d rows updated", errPayouts, step.Paying, made, moved)
	}
	return payout.Release(ctx, tx.q, p.PartnerID, first, last)
}

var errPayouts = errors.New("the payouts that were created do not match the rebate rows")

func (s *rowCondition) bindHex(u id.UUID) string {
	s.args = append(s.args, u.Hex())
	return fmt.Sprintf("$%d", len(s.args))
}
