package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
)

// answer is a fact about a payout.
func (b *walletBundle) answer(kind feed.Type, at string, key payout.Key, reason string) string {
	members := `"payout_id":"` + key.String() + `"`
	if reason != "" {
		members += `,"reason":"` + reason + `"`
	}
	return b.Fact(kind, at, members)
}

func keyOf(number int64) payout.Key {
	return payout.Key{PartnerID: partnerA, Number: number}
}

func payoutPaid(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	w := b.withdraw(t, request(usd(40)))
	b.MustFeed(t, b.answer(feed.PayoutPaid, "2026-06-30T11:30:00Z", keyOf(w.PayoutID), ""))
	require.Equal(t, usd(60), b.balance(t, "wallet", "USD"))
	require.Zero(t, b.balance(t, "payable", "USD"))
	require.Equal(t, usd(40), b.balance(t, "paid", "USD"))
	at := db.Micros(time.Date(2026, 6, 30, 11, 30, 0, 0, time.UTC))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts WHERE payout_id = $1 AND status = 'paid' AND answered_at = $2`, w.PayoutID, at))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM withdrawals WHERE withdrawal_id = $1 AND status = 'paid' AND answered_at = $2`, w.ID, at))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'payout_paid'`))
}

func payoutFailed(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	w := b.withdraw(t, request(usd(40)))
	b.MustFeed(t, b.answer(feed.PayoutFailed, "2026-06-30T11:30:00Z", keyOf(w.PayoutID), "closed account"))
	require.Equal(t, usd(100), b.balance(t, "wallet", "USD"))
	require.Zero(t, b.balance(t, "payable", "USD"))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts p JOIN withdrawals w ON w.partner_id = p.partner_id AND w.withdrawal_id = p.subject_id
		WHERE p.status = 'failed' AND p.reason = 'closed account' AND w.status = 'failed' AND w.reason = 'closed account'`))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM postings p JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
		WHERE p.kind = 'payout_failed' AND p.cause = $1 AND e.account = 'wallet' AND e.client_account IS NULL AND e.reward_day IS NULL`, accrual.WithdrawalCause(w.ID)))
	b.withdraw(t, request(usd(100)))
}

func payoutRepeats(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	first, second := b.withdraw(t, request(usd(10))), b.withdraw(t, request(usd(20)))
	paid := b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keyOf(first.PayoutID), "")
	shouted := strings.Replace(b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keyOf(first.PayoutID), ""), partnerA.Hex(), strings.ToUpper(partnerA.Hex()), 1)
	s := b.Feed(t, paid, paid, b.answer(feed.PayoutPaid, "2026-06-30T11:05:00Z", keyOf(first.PayoutID), "thanks"), shouted,
		b.answer(feed.PayoutFailed, "2026-06-30T10:00:00Z", keyOf(first.PayoutID), "no"))
	require.Equal(t, []int64{1, 3, 1}, []int64{s.Accepted, s.Duplicates, s.RejectedCount})
	require.Equal(t, []any{5, "conflict", "payout_id"}, []any{s.Rejected[0].Line, s.Rejected[0].Code, s.Rejected[0].Details[0].Field})
	require.Contains(t, s.Rejected[0].Message, "is paid already")
	// The first line stands, wherever a batch is cut and whatever its time.
	s = b.Feed(t, b.answer(feed.PayoutFailed, "2026-06-30T11:00:00Z", keyOf(second.PayoutID), "no"), b.answer(feed.PayoutPaid, "2026-06-30T10:00:00Z", keyOf(second.PayoutID), ""))
	require.Equal(t, []int64{1, 1}, []int64{s.Accepted, s.RejectedCount})
	s = b.Feed(t, b.answer(feed.PayoutPaid, "2026-06-30T10:00:00Z", keyOf(second.PayoutID), ""), b.answer(feed.PayoutFailed, "2026-06-30T11:10:00Z", keyOf(second.PayoutID), "again"))
	require.Equal(t, []int64{1, 1}, []int64{s.Duplicates, s.RejectedCount})
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts WHERE status = 'failed' AND reason = 'no'`))
	require.Equal(t, usd(90), b.balance(t, "wallet", "USD"))
	require.Equal(t, usd(10), b.balance(t, "paid", "USD"))
}

func payoutEarly(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	next := scalar(t, b.DB, `SELECT next_number FROM partners WHERE partner_id = $1`, partnerA)
	stranger := payout.Key{PartnerID: id.New(), Number: 1}
	s := b.Feed(t,
		b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keyOf(next+1), ""),
		b.answer(feed.PayoutPaid, "2026-06-30T11:01:00Z", keyOf(next+1), "twice"),
		b.answer(feed.PayoutFailed, "2026-06-30T11:02:00Z", keyOf(next+1), "too late"),
		b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keyOf(next+3), ""),
		b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", stranger, ""),
		b.Fact(feed.PayoutPaid, "2026-06-30T11:00:00Z", `"payout_id":"what is this"`))
	require.EqualValues(t, 6, s.Unattributed)
	w := b.withdraw(t, request(usd(10)))
	require.Equal(t, next+1, w.PayoutID)
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts WHERE status = 'paid'`), "the answer that was there applies at once")
	require.Equal(t, usd(10), b.balance(t, "paid", "USD"))
	require.EqualValues(t, 3, scalar(t, b.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for LIKE 'payout:%'`))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for = 'refused:conflict'`), "kept, since it was acknowledged")
	b.withdraw(t, request(usd(10)))
	require.Equal(t, usd(20), b.balance(t, "paid", "USD"))
	require.EqualValues(t, 2, scalar(t, b.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for LIKE 'payout:%'`))
}

// approve pays partner A's open rebates as an approval would: each row's rebate
// moves from what is reserved to payouts. It returns them by client account.
func (b *walletBundle) approve(t *testing.T) map[string]payout.Key {
	t.Helper()
	const perRow = 1_000_000 // row ids stay below it
	posting := id.New()
	b.write(t, `UPDATE rebates SET status = 'approved', group_type = 'MANUAL' WHERE status = 'open'`)
	b.write(t, `UPDATE rebate_accounts SET held_e6 = held_e6 - open_e6, held_usd_e6 = held_usd_e6 - open_usd_e6, open_e6 = 0, open_usd_e6 = 0`)
	b.write(t, `UPDATE rebate_rows SET status = 'approved', topay_e6 = rebate_e6, topay_usd_e6 = rebate_usd_e6, payout_id = row_id + $1 WHERE status = 'open'`, int64(perRow))
	of := func(sum string) string {
		return `(SELECT CAST(sum(` + sum + `) AS bigint) FROM rebate_rows w WHERE w.partner_id = rebates.partner_id AND w.rebate_id = rebates.rebate_id)`
	}
	b.write(t, `UPDATE rebates SET rows_count = `+of("CASE WHEN topay_e6 > 0 THEN 1 ELSE 0 END")+`, reward_e6 = `+of("reward_e6")+`, reward_usd_e6 = `+of("reward_usd_e6")+
		`, topay_e6 = `+of("topay_e6")+`, topay_usd_e6 = `+of("topay_usd_e6")+`, approved_rows = `+of("CASE WHEN topay_e6 > 0 THEN 1 ELSE 0 END")+` WHERE status = 'approved'`)
	b.write(t, `INSERT INTO payouts (partner_id, payout_id, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6, status, reason, posting_id, created_at)
		SELECT partner_id, payout_id, 'rebate', row_id, client_account, w.client_account, 'USD', topay_e6, topay_usd_e6, 'pending', '', $1, $2 FROM rebate_rows w
		WHERE w.status = 'approved' AND NOT EXISTS (SELECT 1 FROM payouts p WHERE p.partner_id = w.partner_id AND p.payout_id = w.payout_id)`, posting, db.Micros(now))
	b.post(t, posting, "rebate_payout", "rebates_reserved", "payable")
	out := map[string]payout.Key{}
	list, _, err := payout.NewStore(b.DB).List(t.Context(), payout.Filter{Page: page.Page{Limit: 1000}})
	require.NoError(t, err)
	for _, p := range list {
		out[p.ClientAccount] = p.Key
	}
	return out
}

// post moves what a posting's payouts pay from one of partner A's accounts to another.
func (b *walletBundle) post(t *testing.T, posting id.UUID, kind, from, to string) {
	t.Helper()
	b.write(t, `INSERT INTO postings (partner_id, posting_id, kind, booked_at, cause) VALUES ($1, $2, $3, $4, 'test')`, partnerA, posting, kind, db.Micros(now))
	for line, account := range []string{from, to} {
		b.write(t, `INSERT INTO entries (partner_id, posting_id, line, account, currency, amount_e6, amount_usd_e6)
			SELECT partner_id, $1, $2, $3, currency, CAST(sum(amount_e6) * $4 AS bigint), CAST(sum(amount_usd_e6) * $4 AS bigint) FROM payouts WHERE posting_id = $1 GROUP BY partner_id, currency`,
			posting, int64(line), account, int64(2*line-1))
	}
	b.write(t, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6)
		SELECT partner_id, account, currency, amount_e6, amount_usd_e6 FROM entries WHERE partner_id = $1 AND posting_id = $2
		ON CONFLICT (partner_id, account, currency) DO UPDATE SET amount_e6 = balances.amount_e6 + excluded.amount_e6, amount_usd_e6 = balances.amount_usd_e6 + excluded.amount_usd_e6`,
		partnerA, posting)
}

// rebates gives partner A some clients with rebates of 20 percent under way.
func (b *walletBundle) rebates(t *testing.T, clients int) {
	t.Helper()
	b.RebateGroup(t, PartnerA, 900, "2026-01-01T00:00:00Z", 20, "MONTHLY", 1, true, "")
	var lines []string
	for i := range clients {
		uid, account := fmt.Sprintf("33333333-0000-4000-8000-%012d", i), strconv.Itoa(3000+i)
		lines = append(lines,
			b.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+uid+`","email":"c`+account+`@example.com","country":"DE","partner_code":"alpha"`),
			b.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"`+account+`","client_uid":"`+uid+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
			b.Order(account, 3000+i, "EURUSD", "2026-06-10T10:00:00Z", ``)) // 2 USD, of which 0.40 go back
	}
	b.MustFeed(t, lines...)
}

const rebatePaid = 400_000 // of each client of rebates

func payoutRebates(t *testing.T, b *walletBundle) {
	b.rebates(t, 5)
	b.Clock.Advance(24 * time.Hour) // the period is over
	keys := b.approve(t)
	require.Len(t, keys, 5)
	RequireSound(t, b.DB)
	status := func() string {
		var s string
		require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT status FROM rebates`).Scan(&s))
		return s
	}
	b.MustFeed(t, b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3000"], ""), b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3001"], ""))
	require.Equal(t, "approved", status(), "three are still to come")
	require.EqualValues(t, 2, scalar(t, b.DB, `SELECT count(*) FROM rebate_rows WHERE status = 'paid' AND changed_at = $1`, db.Micros(b.Clock.Now())))
	require.EqualValues(t, 2, scalar(t, b.DB, `SELECT count(*) FROM rebate_accounts WHERE paid_e6 = $1 AND paid_usd_e6 = $1`, int64(rebatePaid)))
	require.EqualValues(t, 2, scalar(t, b.DB, `SELECT count(*) FROM clients WHERE rebate_usd_e6 = $1`, int64(rebatePaid)))
	require.EqualValues(t, 2*rebatePaid, b.balance(t, "paid", "USD"))
	RequireSound(t, b.DB)
	// With orders of the same clients in the same batch.
	b.MustFeed(t, b.Order("3002", 9001, "EURUSD", "2026-07-01T10:00:00Z", ``), b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3002"], ""),
		b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3003"], ""), b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3004"], ""))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = 'paid'`))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = 'open'`), "the new order's")
	require.EqualValues(t, 5, scalar(t, b.DB, `SELECT count(*) FROM clients WHERE rebate_usd_e6 = $1`, int64(rebatePaid)))
	require.EqualValues(t, 2, scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'payout_paid'`), "one for each batch")
	// With a late fact that writes the books in the middle of its batch, before and after the client is known.
	b.Clock.Advance(31 * 24 * time.Hour)
	again := b.approve(t)
	const client = "33333333-0000-4000-8000-000000000002"
	b.MustFeed(t, b.answer(feed.PayoutPaid, "2026-07-01T11:00:00Z", again["3002"], ""), b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+client+`"`),
		b.Fact(feed.AccountTypeChanged, "2026-02-10T00:00:00Z", `"client_account":"3002","account_type":"Pro"`), b.Order("3002", 9002, "EURUSD", "2026-08-01T11:00:00Z", ``))
	require.EqualValues(t, 2*rebatePaid, scalar(t, b.DB, `SELECT rebate_usd_e6 FROM clients WHERE client_uid = $1`, mustParse(client)))
	require.Zero(t, b.balance(t, "payable", "USD"))
}

func payoutRebatesFail(t *testing.T, b *walletBundle) {
	b.rebates(t, 3)
	keys := b.approve(t)
	b.MustFeed(t, b.answer(feed.PayoutFailed, "2026-06-30T11:00:00Z", keys["3000"], "account closed"), b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3001"], ""))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = 'approved'`))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM rebate_rows WHERE status = 'failed' AND reason = 'account closed'`))
	require.EqualValues(t, rebatePaid, b.balance(t, "rebates_reserved", "USD"), "back to what is reserved for clients")
	RequireSound(t, b.DB)
	b.MustFeed(t, b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3002"], ""))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = 'failed'`))
	RequireSound(t, b.DB)

	// Tried again: another payout for the row.
	posting := id.New()
	b.write(t, `INSERT INTO payouts (partner_id, payout_id, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6, status, reason, posting_id, created_at)
		SELECT partner_id, payout_id + 5000000, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6, 'pending', '', $1, created_at FROM payouts WHERE status = 'failed'`, posting)
	b.write(t, `UPDATE rebate_rows SET status = 'approved', reason = '', payout_id = payout_id + 5000000 WHERE status = 'failed'`)
	b.write(t, `UPDATE rebates SET failed_rows = failed_rows - 1, approved_rows = approved_rows + 1 WHERE failed_rows > 0`)
	b.post(t, posting, "rebate_payout", "rebates_reserved", "payable")
	again := keys["3000"]
	again.Number += 5_000_000
	s := b.Feed(t, b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3000"], ""), b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", again, ""))
	require.Equal(t, []int64{1, 1}, []int64{s.Accepted, s.RejectedCount}, "the failed one stays failed")
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM rebates WHERE status = 'paid'`))
	require.EqualValues(t, 3*rebatePaid, b.balance(t, "paid", "USD"))
	require.EqualValues(t, 3, scalar(t, b.DB, `SELECT count(*) FROM rebate_accounts WHERE paid_e6 = $1`, int64(rebatePaid)))
}

func (b *walletBundle) payouts() *payout.Service {
	return payout.New(payout.NewStore(b.DB), b.Accrual, b.Clock, audit.NewSQLLog(b.DB, b.Clock))
}

func payoutList(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	b.rebates(t, 2)
	first := b.withdraw(t, request(usd(1)))
	b.Clock.Advance(time.Second)
	euros := b.account(t, "EUR")
	_, err := b.wallet.Transfer(t.Context(), partnerA, accountA, euros, usd(50))
	require.NoError(t, err)
	r := request(usd(2))
	r.Account, r.Method, r.Destination = euros, "crypto", "bc1q"
	second := b.withdraw(t, r)
	keys := b.approve(t)
	b.Clock.Advance(time.Second)
	third := b.withdraw(t, request(usd(3)))
	b.MustFeed(t, b.answer(feed.PayoutFailed, "2026-06-30T11:00:00Z", keyOf(third.PayoutID), "no"))

	s := b.payouts()
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
	require.Equal(t, payout.Totals{Count: 4, AmountUSD: usd(1) + 2*rebatePaid + 2_170_000, Sums: []payout.Sum{
		{Currency: "EUR", Count: 1, Amount: usd(2), AmountUSD: 2_170_000}, {Currency: "USD", Count: 3, Amount: usd(1) + 2*rebatePaid, AmountUSD: usd(1) + 2*rebatePaid},
	}}, totals)
	numbers, _ = list(payout.Filter{Statuses: pending, Newest: true, Page: page.Page{Limit: 2, Offset: 1}})
	require.Equal(t, []int64{c, a}, numbers)
	numbers, totals = list(payout.Filter{Statuses: pending, Kinds: []string{"rebate"}})
	require.Equal(t, []int64{a, c}, numbers)
	require.EqualValues(t, 2, totals.Count)
	numbers, _ = list(payout.Filter{Statuses: []string{"failed", "paid"}, Partners: []id.UUID{partnerA, partnerB}})
	require.Equal(t, []int64{third.PayoutID}, numbers)
	numbers, totals = list(payout.Filter{Partners: []id.UUID{partnerB}})
	require.Empty(t, numbers)
	require.Zero(t, totals.Count)

	numbers, totals = list(payout.Filter{Statuses: []string{"pending", "pending", "paid", "failed", "lost"}, Kinds: []string{"withdrawal", "withdrawal"}, Partners: nil})
	require.Equal(t, []int64{first.PayoutID, second.PayoutID, third.PayoutID}, numbers, "each once")
	require.EqualValues(t, 3, totals.Count)
	numbers, totals = list(payout.Filter{Statuses: []string{"lost"}})
	require.Empty(t, numbers)
	require.Zero(t, totals.Count)
	numbers, _ = list(payout.Filter{Statuses: pending, Kinds: []string{"rebate"}, Partners: []id.UUID{partnerA}, Newest: true})
	require.Equal(t, []int64{c, a}, numbers)
	b.requirePayoutPlans(t)

	found, _, err := s.List(t.Context(), payout.Filter{Statuses: pending, Newest: true, Page: page.Page{Limit: 2}})
	require.NoError(t, err)
	require.Equal(t, payout.Payout{
		Key: keyOf(second.PayoutID), Kind: "withdrawal", Method: "crypto", Destination: "bc1q", Currency: "EUR", Amount: usd(2), AmountUSD: 2_170_000,
		Status: "pending", CreatedAt: now.Add(time.Second),
	}, found[0])
	require.Equal(t, "3001", found[1].ClientAccount)
	require.Equal(t, "3001", found[1].Destination)
}

// requirePayoutPlans: whatever is asked for, a page is made of what an index
// gives in its order, and the totals come from that index alone.
func (b *walletBundle) requirePayoutPlans(t *testing.T) {
	t.Helper()
	var plans []string
	s := payout.NewStore(planned{b.DB, &plans})
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

func payoutAnswers(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	s, ctx := b.payouts(), t.Context()
	var ids []string
	for range 4 {
		ids = append(ids, keyOf(b.withdraw(t, request(usd(10))).PayoutID).String())
	}
	paid, failed := payout.Answer{Status: payout.Paid}, payout.Answer{Status: payout.Failed, Reason: "closed"}
	p, err := s.One(ctx, ids[0], paid)
	require.NoError(t, err)
	require.Equal(t, payout.Paid, p.Status)
	require.Equal(t, now, *p.AnsweredAt)
	b.Clock.Advance(time.Hour)
	again, err := s.One(ctx, strings.ToUpper(ids[0]), paid)
	require.NoError(t, err, "to say it again is harmless")
	require.Equal(t, p, again)
	_, err = s.One(ctx, ids[0], failed)
	refused(t, err, "id", "conflict")
	p, err = s.One(ctx, ids[1], failed)
	require.NoError(t, err)
	require.Equal(t, "closed", p.Reason)
	_, err = s.One(ctx, ids[1], paid)
	refused(t, err, "id", "conflict")
	for _, unknown := range []string{"", "x", "-", ids[0] + "0", ids[0][1:], partnerA.Hex() + "-", partnerA.Hex() + "-0", partnerA.Hex() + "-+1", partnerA.Hex() + "-99999999999999999999", partnerA.String() + "-1"} {
		_, err = s.One(ctx, unknown, paid)
		require.ErrorIs(t, err, fault.New(fault.NotFound), unknown)
	}
	require.Zero(t, scalar(t, b.DB, `SELECT count(*) FROM facts_waiting`), "an answer to nothing is no fact")

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
	require.Equal(t, usd(30), b.balance(t, "paid", "USD"))
	require.EqualValues(t, 3, scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action LIKE 'payout.%' AND partner_id = $1`, partnerA))

	// The feed and many calls at once.
	number := b.withdraw(t, request(usd(10))).PayoutID
	var group sync.WaitGroup
	var mu sync.Mutex
	var outcomes []payout.Status
	for i := range 8 {
		group.Go(func() {
			answer := paid
			if i%2 == 1 {
				answer = failed
			}
			results, err := s.Give(ctx, []string{keyOf(number).String()}, answer)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || len(results) != 1 {
				t.Errorf("%v", err)
				return
			}
			outcomes = append(outcomes, results[0].Payout.Status)
		})
	}
	line := b.answer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keyOf(number), "")
	group.Go(func() { b.Feed(t, line) })
	group.Wait()
	require.Len(t, outcomes, 8)
	for _, o := range outcomes {
		require.Equal(t, outcomes[0], o, "one answer for ever")
	}
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts WHERE payout_id = $1 AND status = $2`, number, string(outcomes[0])))
	require.Zero(t, b.balance(t, "payable", "USD"))
	require.Equal(t, money.Amount(0), b.balance(t, "wallet", "USD")+b.balance(t, "paid", "USD")+b.balance(t, "expense", "USD"))
}
