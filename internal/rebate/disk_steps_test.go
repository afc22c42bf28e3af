package rebate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

// finish runs all steps. It repeats each step until the step succeeds, as the
// callers of a server do. It passes the result of each attempt to onResult.
func (r *diskRun) finish(t *testing.T, onResult func(error)) {
	t.Helper()
	for _, step := range []func(*testing.T) error{
		r.feedTrades, r.close, r.askCode, r.approveByCode, r.pay, r.restart, r.answerSome, r.retry, r.answerRest, r.restart,
	} {
		for tries := 0; ; tries++ {
			require.Less(t, tries, 3)
			err := step(t)
			onResult(err)
			if err == nil {
				break
			}
		}
	}
}

func (r *diskRun) ingest(t *testing.T, lines []string) error {
	_, err := r.Accrual.Ingest(t.Context(), accrual.Lines(strings.NewReader(strings.Join(lines, "\n"))), nil)
	return err
}

func (r *diskRun) feedTrades(t *testing.T) error { return r.ingest(t, r.trades) }

func (r *diskRun) close(t *testing.T) error {
	if r.Clock.Now().Equal(programmetest.Now) {
		r.Clock.Advance(24 * time.Hour)
	}
	return r.Run(t.Context())
}

func (r *diskRun) askCode(t *testing.T) error {
	r.selected = selectOf(t, r.queryNumbers(t, `SELECT rebate_id FROM rebates`), nil)
	a, _, err := r.Start(t.Context(), runsPartner, r.selected)
	if err != nil {
		return err
	}
	started, err := r.verifications.Start(t.Context(), runsPartner, verification.ApproveRebates, payloadOf(a))
	if err != nil {
		return err
	}
	r.token, err = r.verifications.Complete(t.Context(), runsPartner, started.ID, r.mails.Code)
	return err
}

// approveByCode approves the selection. The first attempt may have taken effect
// although it returned an error. The second attempt is then refused, because
// nothing waits for approval any more, and this refusal counts as success.
func (r *diskRun) approveByCode(t *testing.T) error {
	_, err := r.Approve(t.Context(), runsPartner, r.selected, r.token)
	return r.ignoreDone(err, dbtest.Scalar(t, r.DB, `SELECT count(*) FROM rebate_approvals WHERE approved_at IS NOT NULL`) == 1)
}

// ignoreDone returns nil if err only says that the action has already been done.
func (r *diskRun) ignoreDone(err error, done bool) error {
	if code := fault.CodeOf(err); r.failed && done && (code == fault.PermissionDenied || code == fault.ValidationError) {
		return nil
	}
	return err
}

func (r *diskRun) pay(t *testing.T) error { return r.Run(t.Context()) }

// restart stops the server and starts it again. When it stops, SQLite moves the
// content of its log into its file.
func (r *diskRun) restart(t *testing.T) error {
	if r.opened {
		_ = r.store.Close() // Close may return the earlier error again, or an error of the log
	}
	return r.start(t)
}

// payoutFacts returns the broker's facts about all pending payouts. It reports
// the first payouts as failed, as many as failures says, and the others as paid.
func (r *diskRun) payoutFacts(t *testing.T, failures int) []string {
	if r.answers == nil {
		for i, n := range r.queryNumbers(t, `SELECT payout_id FROM payouts WHERE status = 'pending' ORDER BY payout_id`) {
			kind := feed.PayoutPaid
			if i < failures {
				kind = feed.PayoutFailed
			}
			r.answers = append(r.answers, r.Fact(kind, r.Clock.Now().Format(time.RFC3339), fmt.Sprintf(`"payout_id":"%s-%d"`, runsPartner.Hex(), n)))
		}
	}
	return r.answers
}

func (r *diskRun) answerSome(t *testing.T) error { return r.ingest(t, r.payoutFacts(t, 2)) }

func (r *diskRun) retry(t *testing.T) error {
	r.answers = nil
	failed := r.queryNumbers(t, `SELECT row_id FROM rebate_rows WHERE status = 'failed' ORDER BY row_id`)
	_, err := r.Retry(t.Context(), runsPartner, failed)
	return r.ignoreDone(err, len(failed) == 0)
}

func (r *diskRun) answerRest(t *testing.T) error { return r.ingest(t, r.payoutFacts(t, 0)) }

func (r *diskRun) look(t *testing.T) {
	t.Helper()
	require.Equal(t, diskAccounts, r.count(t, "payouts", "paid"))
	require.Equal(t, 2, r.count(t, "payouts", "failed"))
	require.Equal(t, 1, r.count(t, "rebates", "paid"))
	require.Equal(t, money.Amount(diskAccounts*500_000).String(), r.balance(t, "paid"))
	programmetest.RequireSound(t, r.DB)
	require.NoError(t, r.store.Close())
}

// diskBooks returns the books, and how many rows the tables have that grow with each
// action. It leaves out the tables of codes, because a run that fails may request a
// second code, and these tables then have more rows.
func diskBooks(t *testing.T, b *runsBundle) []string {
	t.Helper()
	out := b.dump(t)
	for _, table := range []string{"facts", "postings", "entries", "payouts", "rebate_rows", "events"} {
		out = append(out, fmt.Sprint(table, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM `+table)))
	}
	return out
}
