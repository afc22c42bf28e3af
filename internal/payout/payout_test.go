package payout_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/wallet"
)

func TestPayouts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		programmetest.WalletScenarios(t, open, map[string]func(*testing.T, *programmetest.Wallets){
			"a withdrawal is paid":             payoutPaid,
			"a withdrawal fails":               payoutFailed,
			"answers and their repeats":        payoutRepeats,
			"an answer before its payout":      payoutEarly,
			"rebates are paid":                 payoutRebates,
			"rebates fail and are tried again": payoutRebatesFail,
			"the broker's list":                payoutList,
			"the broker's answers":             payoutAnswers,
		})
	})
}

func payoutPaid(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	w := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(40)))
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:30:00Z", programmetest.PayoutKey(w.PayoutID), ""))
	require.Equal(t, programmetest.USD(60), b.Balance(t, "wallet", "USD"))
	require.Zero(t, b.Balance(t, "payable", "USD"))
	require.Equal(t, programmetest.USD(40), b.Balance(t, "paid", "USD"))
	at := time.Date(2026, 6, 30, 11, 30, 0, 0, time.UTC)
	p, shown := findPayout(t, b, w.PayoutID), findWithdrawal(t, b, w.ID)
	require.Equal(t, []any{payout.Paid, at}, []any{p.Status, *p.AnsweredAt})
	require.Equal(t, []any{string(payout.Paid), at}, []any{shown.Status, *shown.AnsweredAt})
	require.EqualValues(t, 1, countPostings(t, b, "payout_paid"))
}

func payoutFailed(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	w := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(40)))
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:30:00Z", programmetest.PayoutKey(w.PayoutID), "closed account"))
	require.Equal(t, programmetest.USD(100), b.Balance(t, "wallet", "USD"))
	require.Zero(t, b.Balance(t, "payable", "USD"))
	p, shown := findPayout(t, b, w.PayoutID), findWithdrawal(t, b, w.ID)
	require.Equal(t, []any{payout.Failed, "closed account"}, []any{p.Status, p.Reason})
	require.Equal(t, []any{string(payout.Failed), "closed account"}, []any{shown.Status, shown.Reason})
	// Only the tables show through which ledger lines the amount came back.
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings p JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
		WHERE p.kind = 'payout_failed' AND p.cause = $1 AND e.account = 'wallet' AND e.client_account IS NULL AND e.reward_day IS NULL`, payout.WithdrawalCause(w.ID)))
	b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(100)))
}

func payoutRepeats(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	first, second := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(10))), b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(20)))
	paid := b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(first.PayoutID), "")
	shouted := strings.Replace(b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(first.PayoutID), ""), programmetest.Alpha.Hex(), strings.ToUpper(programmetest.Alpha.Hex()), 1)
	s := b.Feed(t, paid, paid, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:05:00Z", programmetest.PayoutKey(first.PayoutID), "thanks"), shouted,
		b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T10:00:00Z", programmetest.PayoutKey(first.PayoutID), "no"))
	require.Equal(t, []int64{1, 3, 1}, []int64{s.Accepted, s.Duplicates, s.RejectedCount})
	require.Equal(t, []any{5, "conflict", "payout_id"}, []any{s.Rejected[0].Line, s.Rejected[0].Code, s.Rejected[0].Details[0].Field})
	require.Contains(t, s.Rejected[0].Message, "is already paid")
	// The first of two responses applies, even if they are in different batches or
	// the second has an earlier time.
	s = b.Feed(t, b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:00:00Z", programmetest.PayoutKey(second.PayoutID), "no"), b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T10:00:00Z", programmetest.PayoutKey(second.PayoutID), ""))
	require.Equal(t, []int64{1, 1}, []int64{s.Accepted, s.RejectedCount})
	s = b.Feed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T10:00:00Z", programmetest.PayoutKey(second.PayoutID), ""), b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:10:00Z", programmetest.PayoutKey(second.PayoutID), "again"))
	require.Equal(t, []int64{1, 1}, []int64{s.Duplicates, s.RejectedCount})
	require.Equal(t, payout.Paid, findPayout(t, b, first.PayoutID).Status)
	p := findPayout(t, b, second.PayoutID)
	require.Equal(t, []any{payout.Failed, "no"}, []any{p.Status, p.Reason})
	require.Equal(t, programmetest.USD(90), b.Balance(t, "wallet", "USD"))
	require.Equal(t, programmetest.USD(10), b.Balance(t, "paid", "USD"))
}

func payoutEarly(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	// No function returns the number of the next payout, so read it from the
	// table.
	next := dbtest.Scalar(t, b.DB, `SELECT next_number FROM partners WHERE partner_id = $1`, programmetest.Alpha)
	stranger := payout.Key{PartnerID: id.New(), Number: 1}
	s := b.Feed(t,
		b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(next+1), ""),
		b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:01:00Z", programmetest.PayoutKey(next+1), "twice"),
		b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:02:00Z", programmetest.PayoutKey(next+1), "too late"),
		b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(next+3), ""),
		b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", stranger, ""),
		b.Fact(feed.PayoutPaid, "2026-06-30T11:00:00Z", `"payout_id":"what is this"`))
	require.EqualValues(t, 6, s.Unattributed)
	w := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(10)))
	require.Equal(t, next+1, w.PayoutID)
	require.Equal(t, payout.Paid, findPayout(t, b, w.PayoutID).Status, "the answer that was there applies at once")
	require.Equal(t, programmetest.USD(10), b.Balance(t, "paid", "USD"))
	// Health counts all waiting facts together, so count those that wait for a
	// payout here.
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for LIKE 'payout:%'`))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for = 'refused:conflict'`), "kept, since it was acknowledged")
	b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(10)))
	require.Equal(t, programmetest.USD(20), b.Balance(t, "paid", "USD"))
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for LIKE 'payout:%'`))
}

// findPayout returns one of partner A's payouts.
func findPayout(t *testing.T, b *programmetest.Wallets, number int64) payout.Payout {
	t.Helper()
	list, err := payout.NewStore(b.DB).Find(t.Context(), []payout.Key{programmetest.PayoutKey(number)})
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0]
}

// findWithdrawal returns one of partner A's withdrawals.
func findWithdrawal(t *testing.T, b *programmetest.Wallets, number int64) wallet.Withdrawal {
	t.Helper()
	list, _, err := b.Service.Withdrawals(t.Context(), programmetest.Alpha, wallet.WithdrawalFilter{Page: page.Page{Limit: 100}})
	require.NoError(t, err)
	at := slices.IndexFunc(list, func(w wallet.Withdrawal) bool { return w.ID == number })
	require.GreaterOrEqual(t, at, 0)
	return list[at]
}

// countPostings counts the postings of a kind. The ledger's own functions
// return lines, but do not say which lines were booked together.
func countPostings(t *testing.T, b *programmetest.Wallets, kind string) int64 {
	t.Helper()
	return dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = $1`, kind)
}

// countRebates counts the rebates with a status. Only reports list rebates, and
// reports do not show open ones.
func countRebates(t *testing.T, b *programmetest.Wallets, status rebate.Status) int64 {
	t.Helper()
	return dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = $1`, string(status))
}

const rebatePaid = 400_000 // paid to each client with rebates

func payoutRebates(t *testing.T, b *programmetest.Wallets) {
	b.EarnRebates(t, 5)
	b.Clock.Advance(24 * time.Hour) // the period ends
	keys := b.ApproveRebates(t)
	require.Len(t, keys, 5)
	programmetest.RequireSound(t, b.DB)
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3000"], ""), b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3001"], ""))
	require.EqualValues(t, 1, countRebates(t, b, rebate.StatusApproved), "three payouts are still to come")
	// Only the tables show what package rebate stores for each row, account and
	// client.
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_rows WHERE status = 'paid' AND changed_at = $1`, db.Micros(b.Clock.Now())))
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_accounts WHERE paid_e6 = $1 AND paid_usd_e6 = $1`, int64(rebatePaid)))
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM clients WHERE rebate_usd_e6 = $1`, int64(rebatePaid)))
	require.EqualValues(t, 2*rebatePaid, b.Balance(t, "paid", "USD"))
	programmetest.RequireSound(t, b.DB)
	// The same batch also has orders of the same clients.
	b.MustFeed(t, b.Order("3002", 9001, "EURUSD", "2026-07-01T10:00:00Z", ``), b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3002"], ""),
		b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3003"], ""), b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3004"], ""))
	require.EqualValues(t, 1, countRebates(t, b, rebate.StatusPaid))
	require.EqualValues(t, 1, countRebates(t, b, rebate.StatusOpen), "the new order's")
	require.EqualValues(t, 5, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM clients WHERE rebate_usd_e6 = $1`, int64(rebatePaid)))
	require.EqualValues(t, 2, countPostings(t, b, "payout_paid"), "one for each batch")
	// The same batch also has a late fact. A late fact makes its group of facts
	// write to the ledger before all facts of the group have been applied. This
	// happens either before or after the client is loaded.
	b.Clock.Advance(31 * 24 * time.Hour)
	again := b.ApproveRebates(t)
	const client = "33333333-0000-4000-8000-000000000002"
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-07-01T11:00:00Z", again["3002"], ""), b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+client+`"`),
		b.Fact(feed.AccountTypeChanged, "2026-02-10T00:00:00Z", `"client_account":"3002","account_type":"Pro"`), b.Order("3002", 9002, "EURUSD", "2026-08-01T11:00:00Z", ``))
	require.EqualValues(t, 2*rebatePaid, dbtest.Scalar(t, b.DB, `SELECT rebate_usd_e6 FROM clients WHERE client_uid = $1`, programmetest.UUID(client)))
	require.Zero(t, b.Balance(t, "payable", "USD"))
}

func payoutRebatesFail(t *testing.T, b *programmetest.Wallets) {
	b.EarnRebates(t, 3)
	keys := b.ApproveRebates(t)
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:00:00Z", keys["3000"], "account closed"), b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3001"], ""))
	require.EqualValues(t, 1, countRebates(t, b, rebate.StatusApproved))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_rows WHERE status = 'failed' AND reason = 'account closed'`))
	require.EqualValues(t, rebatePaid, b.Balance(t, "rebates_reserved", "USD"), "back to what is reserved for clients")
	programmetest.RequireSound(t, b.DB)
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3002"], ""))
	require.EqualValues(t, 1, countRebates(t, b, rebate.StatusFailed))
	programmetest.RequireSound(t, b.DB)

	// A retry creates another payout for the same rebate row.
	posting := id.New()
	b.Write(t, db.InsertSelect("payouts", map[string]string{
		"partner_id": "partner_id", "payout_id": "payout_id + 5000000", "kind": "kind", "subject_id": "subject_id", "client_account": "client_account",
		"destination": "destination", "currency": "currency", "amount_e6": "amount_e6", "amount_usd_e6": "amount_usd_e6", "status": "'pending'",
		"reason": "''", "posting_id": "$1", "created_at": "created_at",
	})+`FROM payouts WHERE status = 'failed'`, posting)
	b.Write(t, `UPDATE rebate_rows SET status = 'approved', reason = '', payout_id = payout_id + 5000000 WHERE status = 'failed'`)
	b.Write(t, `UPDATE rebates SET failed_rows = failed_rows - 1, approved_rows = approved_rows + 1 WHERE failed_rows > 0`)
	b.Post(t, posting, "rebate_payout", "rebates_reserved", "payable")
	again := keys["3000"]
	again.Number += 5_000_000
	s := b.Feed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3000"], ""), b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", again, ""))
	require.Equal(t, []int64{1, 1}, []int64{s.Accepted, s.RejectedCount}, "the failed one stays failed")
	require.EqualValues(t, 1, countRebates(t, b, rebate.StatusPaid))
	require.EqualValues(t, 3*rebatePaid, b.Balance(t, "paid", "USD"))
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_accounts WHERE paid_e6 = $1`, int64(rebatePaid)))
}

func payouts(b *programmetest.Wallets) *payout.Service {
	return payout.New(payout.NewStore(b.DB), b.Accrual.Apply, b.Clock, audit.NewSQLLog(b.DB, b.Clock))
}

func payoutList(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	b.EarnRebates(t, 2)
	first := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(1)))
	b.Clock.Advance(time.Second)
	euros := b.CreateAccount(t, "EUR")
	_, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(50))
	require.NoError(t, err)
	r := programmetest.WithdrawalRequest(programmetest.USD(2))
	r.Account, r.Method, r.Destination = euros, "crypto", "bc1q"
	second := b.Withdraw(t, r)
	keys := b.ApproveRebates(t)
	b.Clock.Advance(time.Second)
	third := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(3)))
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:00:00Z", programmetest.PayoutKey(third.PayoutID), "no"))

	s := payouts(b)
	list := func(f payout.Filter) (numbers []int64, totals payout.Totals) {
		if f.Page.Limit == 0 {
			f.Page.Limit = 10
		}
		found, totals, err := s.List(t.Context(), f)
		require.NoError(t, err)
		for _, p := range found {
			numbers = append(numbers, p.Number)
		}
		return numbers, totals
	}
	a, c := keys["3000"].Number, keys["3001"].Number
	pending := []string{"pending"}
	numbers, totals := list(payout.Filter{Statuses: pending})
	require.Equal(t, []int64{first.PayoutID, a, c, second.PayoutID}, numbers, "the oldest first")
	require.Equal(t, payout.Totals{Count: 4, AmountUSD: programmetest.USD(1) + 2*rebatePaid + 2_170_000, Sums: []payout.Sum{
		{Currency: "EUR", Count: 1, Amount: programmetest.USD(2), AmountUSD: 2_170_000}, {Currency: "USD", Count: 3, Amount: programmetest.USD(1) + 2*rebatePaid, AmountUSD: programmetest.USD(1) + 2*rebatePaid},
	}}, totals)
	numbers, _ = list(payout.Filter{Statuses: pending, Newest: true, Page: page.Page{Limit: 2, Offset: 1}})
	require.Equal(t, []int64{c, a}, numbers)
	numbers, totals = list(payout.Filter{Statuses: pending, Kinds: []string{"rebate"}})
	require.Equal(t, []int64{a, c}, numbers)
	require.EqualValues(t, 2, totals.Count)
	numbers, _ = list(payout.Filter{Statuses: []string{"failed", "paid"}, Partners: []id.UUID{programmetest.Alpha, programmetest.Beta}})
	require.Equal(t, []int64{third.PayoutID}, numbers)
	numbers, totals = list(payout.Filter{Partners: []id.UUID{programmetest.Beta}})
	require.Empty(t, numbers)
	require.Zero(t, totals.Count)

	numbers, totals = list(payout.Filter{Statuses: []string{"pending", "pending", "paid", "failed", "lost"}, Kinds: []string{"withdrawal", "withdrawal"}, Partners: nil})
	require.Equal(t, []int64{first.PayoutID, second.PayoutID, third.PayoutID}, numbers, "each once")
	require.EqualValues(t, 3, totals.Count)
	numbers, totals = list(payout.Filter{Statuses: []string{"lost"}})
	require.Empty(t, numbers)
	require.Zero(t, totals.Count)
	numbers, _ = list(payout.Filter{Statuses: pending, Kinds: []string{"rebate"}, Partners: []id.UUID{programmetest.Alpha}, Newest: true})
	require.Equal(t, []int64{c, a}, numbers)
	requirePayoutPlans(t, b)

	found, _, err := s.List(t.Context(), payout.Filter{Statuses: pending, Newest: true, Page: page.Page{Limit: 2}})
	require.NoError(t, err)
	require.Equal(t, payout.Payout{
		Key: programmetest.PayoutKey(second.PayoutID), Kind: "withdrawal", Method: "crypto", Destination: "bc1q", Currency: "EUR", Amount: programmetest.USD(2), AmountUSD: 2_170_000,
		Status: "pending", CreatedAt: programmetest.Now.Add(time.Second),
	}, found[0])
	require.Equal(t, "3001", found[1].ClientAccount)
	require.Equal(t, "3001", found[1].Destination)
}

// requirePayoutPlans checks, for every combination of filters, that a page is
// read from an index in order, and that the totals are read from the same
// index.
func requirePayoutPlans(t *testing.T, b *programmetest.Wallets) {
	t.Helper()
	var plans []string
	s := payout.NewStore(dbtest.Planned{DB: b.DB, Plans: &plans})
	for _, f := range []payout.Filter{{}, {Statuses: []string{"pending"}}, {Statuses: []string{"paid", "failed"}, Newest: true}, {Statuses: []string{"pending"}, Kinds: []string{"withdrawal"}}} {
		plans = nil
		f.Page = page.Page{Limit: 2}
		_, _, err := s.List(t.Context(), f)
		require.NoError(t, err)
		require.Len(t, plans, 2)
		for _, plan := range plans {
			require.Contains(t, plan, "payouts_status", "%+v", f)
		}
		if b.DB.Engine() == db.SQLite {
			require.Contains(t, plans[0], "COVERING INDEX payouts_status (status=")
			require.Contains(t, plans[1], "COVERING INDEX payouts_status (status=? AND kind=?)")
			require.NotContains(t, plans[1], "(status=? AND kind=?)\nUSE TEMP B-TREE", "what is sorted is no longer than the page")
		} else {
			require.Contains(t, plans[0], "Index Only Scan using payouts_status")
			for _, part := range strings.Split(plans[1], "Index Only Scan using payouts_status")[1:] {
				require.Contains(t, part, "(status = '")
				require.Contains(t, part, "(kind = '")
			}
			require.LessOrEqual(t, strings.Count(plans[1], "Sort  ("), 2, "the pages' rows, and the page's: %s", plans[1])
		}
	}
}

func payoutAnswers(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	s, ctx := payouts(b), t.Context()
	var ids []string
	for range 4 {
		ids = append(ids, programmetest.PayoutKey(b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(10))).PayoutID).String())
	}
	paid, failed := payout.Answer{Status: payout.Paid}, payout.Answer{Status: payout.Failed, Reason: "closed"}
	p, err := s.One(ctx, ids[0], paid)
	require.NoError(t, err)
	require.Equal(t, payout.Paid, p.Status)
	require.Equal(t, programmetest.Now, *p.AnsweredAt)
	b.Clock.Advance(time.Hour)
	again, err := s.One(ctx, strings.ToUpper(ids[0]), paid)
	require.NoError(t, err, "to say it again is harmless")
	require.Equal(t, p, again)
	_, err = s.One(ctx, ids[0], failed)
	programmetest.RequireRefused(t, err, "id", "conflict")
	p, err = s.One(ctx, ids[1], failed)
	require.NoError(t, err)
	require.Equal(t, "closed", p.Reason)
	_, err = s.One(ctx, ids[1], paid)
	programmetest.RequireRefused(t, err, "id", "conflict")
	for _, unknown := range []string{"", "x", "-", ids[0] + "0", ids[0][1:], programmetest.Alpha.Hex() + "-", programmetest.Alpha.Hex() + "-0", programmetest.Alpha.Hex() + "-+1", programmetest.Alpha.Hex() + "-99999999999999999999", programmetest.Alpha.String() + "-1"} {
		_, err = s.One(ctx, unknown, paid)
		require.ErrorIs(t, err, fault.New(fault.NotFound), unknown)
	}
	require.Zero(t, b.Health(t).Total(), "an answer to nothing is no fact")

	results, err := s.Give(ctx, []string{ids[0], ids[1], ids[2], "nothing", ids[2], ids[3]}, paid)
	require.NoError(t, err)
	var got []string
	for i := range results {
		r := &results[i]
		got = append(got, fmt.Sprintf("there %t agrees %t new %t", r.Payout != nil, r.Agrees(paid), r.Changed))
	}
	require.Equal(t, []string{
		"there true agrees true new false", "there true agrees false new false", "there true agrees true new true",
		"there false agrees false new false", "there true agrees true new false", "there true agrees true new true",
	}, got)
	results, err = s.Give(ctx, nil, paid)
	require.NoError(t, err)
	require.Empty(t, results)
	require.Equal(t, programmetest.USD(30), b.Balance(t, "paid", "USD"))
	// The API shows the audit log only in a report, so read the table.
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action LIKE 'payout.%' AND partner_id = $1`, programmetest.Alpha))

	// The feed and many requests respond at the same time.
	number := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(10))).PayoutID
	var group sync.WaitGroup
	var mu sync.Mutex
	var outcomes []payout.Status
	for i := range 8 {
		group.Go(func() {
			answer := paid
			if i%2 == 1 {
				answer = failed
			}
			results, err := s.Give(ctx, []string{programmetest.PayoutKey(number).String()}, answer)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || len(results) != 1 {
				t.Errorf("%v", err)
				return
			}
			outcomes = append(outcomes, results[0].Payout.Status)
		})
	}
	line := b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(number), "")
	group.Go(func() { b.Feed(t, line) })
	group.Wait()
	require.Len(t, outcomes, 8)
	for _, o := range outcomes {
		require.Equal(t, outcomes[0], o, "one answer for ever")
	}
	require.Equal(t, outcomes[0], findPayout(t, b, number).Status)
	require.Zero(t, b.Balance(t, "payable", "USD"))
	require.Equal(t, money.Amount(0), b.Balance(t, "wallet", "USD")+b.Balance(t, "paid", "USD")+b.Balance(t, "expense", "USD"))
}
