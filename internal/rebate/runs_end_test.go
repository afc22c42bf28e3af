package rebate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
)

func rejectFrees(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 3)
	rows := b.rows(t)
	out, err := b.Reject(t.Context(), runsPartner, selectOf(t, nil, rows[:1]))
	require.NoError(t, err)
	require.True(t, out.Finished)
	require.Equal(t, 1, b.count(t, "rebates", "pending"))
	require.Equal(t, "1", b.balance(t, "rebates_reserved"))
	require.Equal(t, "5", b.balance(t, "wallet"))
	_, err = b.Reject(t.Context(), runsPartner, selectOf(t, []int64{rebateID}, nil))
	require.NoError(t, err)
	require.Equal(t, 1, b.count(t, "rebates", "rejected"))
	require.Equal(t, 3, b.count(t, "rebate_rows", "rejected"))
	require.Equal(t, "0", b.balance(t, "rebates_reserved"))
	require.Equal(t, "6", b.balance(t, "wallet"))
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'rebate_release'`))
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'rebates.rejected'`))
	for _, s := range []rebate.Selection{selectOf(t, []int64{rebateID}, nil), selectOf(t, nil, rows)} {
		_, err = b.Reject(t.Context(), runsPartner, s)
		requireInvalid(t, err, "not waiting for")
	}
}

func rejectLarge(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 11)
	b.Runs = b.runs(rebate.NewSQLRunStore(b.DB), rebate.RunConfig{StepRows: 4, AtOnce: 3})
	out, err := b.Reject(t.Context(), runsPartner, selectOf(t, []int64{rebateID}, nil))
	require.NoError(t, err)
	require.False(t, out.Finished)
	require.Equal(t, 1, b.count(t, "rebates", "rejecting"))
	_, _, err = b.Start(t.Context(), runsPartner, selectOf(t, []int64{rebateID}, nil))
	requireInvalid(t, err, "not waiting for")
	_, _, err = b.Start(t.Context(), runsPartner, selectOf(t, nil, b.rows(t)[:1]))
	requireInvalid(t, err, "not waiting for")
	programmetest.RequireSound(t, b.DB)
	require.NoError(t, b.Run(t.Context()))
	require.Equal(t, 1, b.count(t, "rebates", "rejected"))
	require.Equal(t, 11, b.count(t, "rebate_rows", "rejected"))
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'rebate_release'`))
	require.Equal(t, "0", b.balance(t, "rebates_reserved"))
}

func expireWaiting(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 3)
	b.approve(t, selectOf(t, nil, b.rows(t)[:1]))
	b.feedPayouts(t, feed.PayoutPaid)
	b.Clock.Advance(30*24*time.Hour - time.Microsecond)
	require.NoError(t, b.Expire(t.Context()))
	require.Equal(t, 1, b.count(t, "rebates", "pending"))
	b.Clock.Advance(time.Microsecond)
	require.NoError(t, b.Expire(t.Context()))
	require.Equal(t, 2, b.count(t, "rebate_rows", "expired"))
	require.Equal(t, 1, b.count(t, "rebates", "paid"), "one row of it")
	require.Equal(t, "5.5", b.balance(t, "wallet"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'rebates.expired' AND subject = $1`, strconv.FormatInt(rebateID, 10)))
	require.NoError(t, b.Expire(t.Context()))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'rebate_release'`))
}

func retryFailed(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 3)
	rows := b.rows(t)
	_, err := b.Retry(t.Context(), runsPartner, rows)
	requireInvalid(t, err, "These rows are not waiting for a retry")
	b.approve(t, selectOf(t, []int64{rebateID}, nil))
	payouts := b.payouts(t)
	b.feedPayouts(t, feed.PayoutFailed, payouts[:2]...)
	require.Equal(t, "1", b.balance(t, "rebates_reserved"))
	b.feedPayouts(t, feed.PayoutPaid, payouts[2])
	require.Equal(t, 1, b.count(t, "rebates", "failed"))

	for _, list := range [][]int64{nil, rows, {5}} {
		_, err = b.Retry(t.Context(), runsPartner, list)
		requireInvalid(t, err, "rebate_rows")
	}
	_, err = b.Retry(t.Context(), programmetest.UUID(programmetest.PartnerB), rows[:2])
	requireInvalid(t, err, "rebate_rows")
	out, err := b.Retry(t.Context(), runsPartner, rows[:2])
	require.NoError(t, err)
	require.EqualValues(t, 2, out.Paying)
	_, err = b.Retry(t.Context(), runsPartner, rows[:2])
	requireInvalid(t, err, "These rows are not waiting for a retry")
	require.Equal(t, 1, b.count(t, "rebates", "approved"))
	require.EqualValues(t, 2, b.countPayouts(t, payout.Pending))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'rebates.retried'`))
	b.feedPayouts(t, feed.PayoutPaid)
	require.Equal(t, 1, b.count(t, "rebates", "paid"))
	require.Equal(t, "1.5", b.balance(t, "paid"))
}

func giveUpFailed(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 3)
	rows := b.rows(t)
	b.approve(t, selectOf(t, []int64{rebateID}, nil))
	b.feedPayouts(t, feed.PayoutFailed)
	_, err := b.Reject(t.Context(), runsPartner, selectOf(t, nil, rows[:1]))
	require.NoError(t, err)
	require.Equal(t, 1, b.count(t, "rebate_rows", "rejected"))
	require.Equal(t, 1, b.count(t, "rebates", "failed"))
	b.Clock.Advance(29 * 24 * time.Hour)
	_, err = b.Retry(t.Context(), runsPartner, rows[1:2])
	require.NoError(t, err)
	b.feedPayouts(t, feed.PayoutFailed)
	b.Clock.Advance(24 * time.Hour)
	require.NoError(t, b.Expire(t.Context()))
	require.Equal(t, 1, b.count(t, "rebate_rows", "expired"), "the other one failed again meanwhile")
	require.Equal(t, 1, b.count(t, "rebates", "failed"))
	b.Clock.Advance(29 * 24 * time.Hour)
	require.NoError(t, b.Expire(t.Context()))
	require.Equal(t, 2, b.count(t, "rebate_rows", "expired"))
	require.Equal(t, 1, b.count(t, "rebates", "rejected"))
	require.Equal(t, "6", b.balance(t, "wallet"))
}

// dyingStore fails after a number of transactions, as if its process had been
// killed.
type dyingStore struct {
	rebate.RunStore
	left int
}

var errKilled = errors.New("killed")

func (d *dyingStore) Lock(ctx context.Context, partnerID id.UUID, fn func(context.Context, rebate.RunTx) error) error {
	if d.left--; d.left < 0 {
		return errKilled
	}
	return d.RunStore.Lock(ctx, partnerID, fn)
}

// threeRebates makes three rebates due, one of which is automatic. They have
// twenty accounts with two orders each.
func (b *runsBundle) threeRebates(t *testing.T) {
	t.Helper()
	b.group(t, 25, "AUTO")
	for i := range 2 {
		group := int64(901 + i)
		b.RebateGroup(t, programmetest.PartnerA, group, "2026-01-01T00:00:00Z", 33, "DAILY", 1, false, "")
		b.Write(t, `UPDATE rebate_groups SET group_type = 'MANUAL' WHERE group_id = $1`, group)
		for n := range 7 {
			b.RebateTerms(t, programmetest.PartnerA, strconv.Itoa(5000+7*i+n), "2026-01-02T00:00:00Z", &group, nil)
		}
	}
	b.openAccounts(t, 20)
	b.closeOrders(t, "7.77", numbersFrom(5000, 20)...)
	b.closeOrders(t, "0.01", numbersFrom(5000, 20)...)
	b.Clock.Advance(24 * time.Hour)
}

// runTogether checks that each row is paid or released only once if four
// processes close, pay and expire the same rebates at the same time, in steps
// of two rows.
func runTogether(t *testing.T, b *runsBundle) {
	b.threeRebates(t)
	together := func(do func(*rebate.Runs) error) {
		var running sync.WaitGroup
		for range 4 {
			running.Go(func() {
				r := b.runs(rebate.NewSQLRunStore(b.DB), rebate.RunConfig{StepRows: 2, AtOnce: 1})
				if err := do(r); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		programmetest.RequireSound(t, b.DB)
	}
	together(func(r *rebate.Runs) error { return r.Run(t.Context()) })
	require.EqualValues(t, 6, b.countPayouts(t), "the automatic rebate")
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`), "one for both manual rebates")
	require.False(t, b.isDecided(t))

	b.Runs = b.runs(rebate.NewSQLRunStore(b.DB), rebate.RunConfig{StepRows: 2, AtOnce: 1})
	waiting := b.queryNumbers(t, `SELECT rebate_id FROM rebates WHERE status = 'pending' ORDER BY rebate_id`)
	rows := b.queryNumbers(t, `SELECT row_id FROM rebate_rows WHERE rebate_id = $1 ORDER BY row_id`, waiting[1])
	b.approve(t, selectOf(t, waiting[:1], rows[:5]))
	require.True(t, b.isDecided(t), "a process that only serves requests leaves the payouts to others")
	together(func(r *rebate.Runs) error { return r.Run(t.Context()) })
	require.False(t, b.isDecided(t))
	require.EqualValues(t, 18, b.countPayouts(t))
	require.EqualValues(t, 18, dbtest.Scalar(t, b.DB, `SELECT count(DISTINCT subject_id) FROM payouts`), "each row once")
	b.Clock.Advance(30 * 24 * time.Hour)
	together(func(r *rebate.Runs) error { return r.Expire(t.Context()) })
	require.Equal(t, 2, b.count(t, "rebate_rows", "expired"))
	require.Equal(t, "8.4", b.balance(t, "payable"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'rebates.expired'`))
}

func (b *runsBundle) isDecided(t *testing.T) bool {
	t.Helper()
	decided, err := b.Decided(t.Context())
	require.NoError(t, err)
	return decided
}

// runKilled makes a run, an approval, a rejection and an expiry in steps of two
// rows, and kills the process after each transaction. In the end, each row must
// have been paid once.
func runKilled(t *testing.T, b *runsBundle) {
	b.threeRebates(t)
	killed := 0
	until := func(do func(*rebate.Runs) error) {
		for alive := 0; ; alive++ {
			before := b.dump(t)
			err := do(b.runs(&dyingStore{rebate.NewSQLRunStore(b.DB), alive}, rebate.RunConfig{StepRows: 2, AtOnce: 1}))
			programmetest.RequireSound(t, b.DB)
			if err == nil {
				return
			}
			require.ErrorIs(t, err, errKilled)
			killed++
			if !slices.Equal(before, b.dump(t)) {
				alive = 0
			}
		}
	}
	until(func(r *rebate.Runs) error { return r.Run(t.Context()) })
	require.Equal(t, 1, b.count(t, "rebates", "approved"))
	require.Equal(t, 2, b.count(t, "rebates", "pending"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`), "one for both")

	waiting := b.queryNumbers(t, `SELECT rebate_id FROM rebates WHERE status = 'pending' ORDER BY rebate_id`)
	b.Runs = b.runs(rebate.NewSQLRunStore(b.DB), rebate.RunConfig{StepRows: 2, AtOnce: 1})
	rows := b.queryNumbers(t, `SELECT row_id FROM rebate_rows WHERE rebate_id = $1 ORDER BY row_id`, waiting[1])
	b.approve(t, selectOf(t, waiting[:1], rows[:5]))
	until(func(r *rebate.Runs) error { return r.Run(t.Context()) })
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_approvals WHERE done_at IS NULL`))
	require.Equal(t, 2, b.count(t, "rebates", "approved"))
	b.Clock.Advance(30 * 24 * time.Hour)
	until(func(r *rebate.Runs) error { return r.Expire(t.Context()) })
	require.Equal(t, 3, b.count(t, "rebates", "approved"))
	require.Equal(t, 2, b.count(t, "rebate_rows", "expired"))
	require.Greater(t, killed, 20)
	require.EqualValues(t, 20-2, b.countPayouts(t))
	// Each account earned 1.554 + 0.002 = 1.556 USD. Its rebate is 25 percent of
	// this (0.3890) or 33 percent (0.5134).
	require.Equal(t, "8.4", b.balance(t, "payable"))
	require.EqualValues(t, 18, dbtest.Scalar(t, b.DB, `SELECT count(DISTINCT subject_id) FROM payouts`), "each row once")
}

// approveRaces checks that only one of fifty concurrent approvals and
// rejections of a rebate succeeds.
func approveRaces(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 5)
	s := selectOf(t, []int64{rebateID}, nil)
	tokens := make([]string, 25)
	for i := range tokens {
		tokens[i] = b.start(t, s)
	}
	var racers sync.WaitGroup
	results := make([]error, 50)
	for i := range results {
		racers.Go(func() {
			if i%2 == 0 {
				_, results[i] = b.Approve(t.Context(), runsPartner, s, tokens[i/2])
			} else {
				_, results[i] = b.Reject(t.Context(), runsPartner, s)
			}
		})
	}
	withdrawn := make([]bool, 10)
	for i := range withdrawn { // each call withdraws the whole balance of the wallet
		racers.Go(func() { withdrawn[i] = b.withdraw(t, 7_500_000) })
	}
	racers.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.Contains(t, []fault.Code{fault.PermissionDenied, fault.ValidationError}, fault.CodeOf(err), "%v", err)
	}
	require.Equal(t, 1, won)
	taken := 0
	for _, done := range withdrawn {
		if done {
			taken++
		}
	}
	require.Equal(t, 1, taken, "reserved money cannot be withdrawn")
	if b.count(t, "rebates", "rejected") == 1 {
		require.Equal(t, "2.5", b.balance(t, "wallet"))
		return
	}
	require.Equal(t, "0", b.balance(t, "wallet"))
	require.EqualValues(t, 5, b.countPayouts(t))
}

func (b *runsBundle) withdraw(t *testing.T, amount int64) (done bool) {
	t.Helper()
	require.NoError(t, rebate.NewSQLRunStore(b.DB).Lock(t.Context(), runsPartner, func(ctx context.Context, tx rebate.RunTx) error {
		done = false
		if int64(b.balanceIn(ctx, t)) < amount {
			return nil
		}
		done = true
		return tx.Post(ctx, &ledger.Posting{
			Reason: ledger.Reason{PartnerID: runsPartner, Kind: ledger.Withdrawal, Cause: "test"}, ID: id.New(), BookedAt: b.Clock.Now(),
			Entries: []ledger.Entry{
				{Account: ledger.Expense, Currency: "USD", Amount: 7_500_000, AmountUSD: 7_500_000},
				{Account: ledger.Wallet, Currency: "USD", Amount: -7_500_000, AmountUSD: -7_500_000},
			},
		})
	}))
	return done
}

func (b *runsBundle) balanceIn(ctx context.Context, t *testing.T) (amount int) {
	t.Helper()
	require.NoError(t, b.DB.QueryRow(ctx, `SELECT amount_e6 FROM balances WHERE partner_id = $1 AND account = 'wallet'`, runsPartner).Scan(&amount))
	return amount
}

// runRandom makes random trades, reversals, closings, decisions, payments and
// retries. After each day, the books must be sound, and no more than the
// promised amount may have been paid.
func runRandom(t *testing.T, b *runsBundle) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	for g, kind := range []string{"MANUAL", "AUTO", "MANUAL"} {
		period := []string{"DAILY", "WEEKLY", "MONTHLY"}[random.IntN(3)]
		b.RebateGroup(t, programmetest.PartnerA, int64(900+g), "2026-01-01T00:00:00Z", int64(1+random.IntN(100)), period, 1+random.IntN(7), g == 0, "")
		b.Write(t, `UPDATE rebate_groups SET group_type = $2 WHERE group_id = $1`, int64(900+g), kind)
	}
	b.openAccounts(t, 6)
	for i := range 4 {
		group := int64(900 + random.IntN(3))
		b.RebateTerms(t, programmetest.PartnerA, strconv.Itoa(5000+i), "2026-01-02T00:00:00Z", &group, nil)
	}
	b.Runs = b.runs(rebate.NewSQLRunStore(b.DB), rebate.RunConfig{StepRows: 1 + random.IntN(3), AtOnce: int64(1 + random.IntN(4))})
	pick := func(query string) (out []int64) {
		for _, n := range b.queryNumbers(t, query) {
			if random.IntN(2) == 0 {
				out = append(out, n)
			}
		}
		return out
	}
	effects := programmetest.Effects{}
	kinds := []string{"reversed", "approved", "rejected", "retried", "paid", "failed", "expired"}
	for day := 0; day < 12 || day < 300 && effects.Missing(kinds...) != nil; day++ {
		for range random.IntN(6) {
			b.closeOrders(t, fmt.Sprintf("%d.%02d", random.IntN(20), random.IntN(100)), strconv.Itoa(5000+random.IntN(6)))
		}
		if b.tickets > 0 && random.IntN(3) == 0 {
			s := b.Feed(t, b.Fact(feed.OrderReversed, b.Clock.Now().Format(time.RFC3339), fmt.Sprintf(`"server":"Real","ticket":%d,"reason":"x"`, 1+random.IntN(b.tickets))))
			effects.Count("reversed", s.Accepted > 0)
		}
		b.Clock.Advance(time.Duration(6+random.IntN(200)) * time.Hour)
		b.barred = random.IntN(4) == 0
		require.NoError(t, b.Run(t.Context()))
		for range 3 {
			effects.Count(b.randomDecision(t, random, pick), true)
		}
		if random.IntN(4) == 0 { // the partner decides nothing for a month
			b.Clock.Advance(31 * 24 * time.Hour)
		}
		require.NoError(t, b.Expire(t.Context()))
		effects.Count("expired", dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = 'expired' AND topay_e6 > 0`) > 0)
		programmetest.RequireSound(t, b.DB)
	}
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status IN ('closing', 'rejecting', 'expiring') AND period_end_day < 0`))
	effects.Require(t, kinds...)
}

// randomDecision makes a random decision of the partner or the broker, if one
// can be made. It returns the kind of the decision.
func (b *runsBundle) randomDecision(t *testing.T, random *rand.Rand, pick func(string) []int64) (done string) {
	t.Helper()
	var rebates, rows []int64
	if random.IntN(2) == 0 {
		rebates = pick(`SELECT rebate_id FROM rebates WHERE status = 'pending'`)
	} else {
		rows = pick(`SELECT w.row_id FROM rebate_rows w JOIN rebates r ON r.rebate_id = w.rebate_id WHERE r.status = 'pending' AND w.status = 'pending'`)
	}
	s, err := rebate.Select(rebates, rows)
	below := strings.HasPrefix(b.balance(t, "wallet"), "-")
	switch choice := random.IntN(4); {
	case choice == 0 && err == nil && !below:
		b.approve(t, s)
		done = "approved"
	case choice == 1 && err == nil:
		_, err = b.Reject(t.Context(), runsPartner, s)
		require.NoError(t, err)
		done = "rejected"
	case choice == 2:
		if failed := pick(`SELECT row_id FROM rebate_rows WHERE status = 'failed'`); failed != nil && !below {
			_, err = b.Retry(t.Context(), runsPartner, failed)
			require.NoError(t, err)
			done = "retried"
		}
	default:
		kind := []feed.Type{feed.PayoutPaid, feed.PayoutFailed}[random.IntN(2)]
		if pending := pick(`SELECT payout_id FROM payouts WHERE status = 'pending'`); pending != nil {
			b.feedPayouts(t, kind, pending...)
			done = map[feed.Type]string{feed.PayoutPaid: "paid", feed.PayoutFailed: "failed"}[kind]
		}
	}
	require.NoError(t, b.Run(t.Context()))
	return done
}
