package rebate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
)

// TestRebateRuns checks how periods close and rebates are paid. The clock
// starts at noon of 2026-06-30. Groups have daily periods.
func TestRebateRuns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *runsBundle){
			"a period closes once it is over":            runCloses,
			"what is less than a cent carries over":      runCarries,
			"nothing to pay at all":                      runNothing,
			"an automatic rebate is paid without a code": runAutomatic,
			"an automatic rebate waits for its partner":  runAutomaticWaits,
			"a code pays what it was shown for":          approveOnce,
			"a code for something else pays nothing":     approveOther,
			"rows one by one, and the rest later":        approveRows,
			"a large approval is paid step by step":      approveLarge,
			"what was shown, as it comes back":           bindPayload,
			"a wallet below zero pays no rebates":        approveBelowZero,
			"a destination of its own":                   approveDestination,
			"a rejection frees the reserve":              rejectFrees,
			"a large rejection frees it step by step":    rejectLarge,
			"no decision":                                expireWaiting,
			"a payment that failed is tried again":       retryFailed,
			"a payment that failed is given up":          giveUpFailed,
			"an answer that came before its payout":      answerBeforePayout,
			"killed between any two steps":               runKilled,
			"two processes run at once":                  runTogether,
			"approvals, rejections and withdrawals race": approveRaces,
			"a random history":                           runRandom,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newRunsBundle(open(t))
				b.MustFeed(t, b.Setting()...)
				test(t, b)
				programmetest.RequireSound(t, b.DB)
			})
		}
	})
}

// runsBundle is a programme in which partner A gives rebates.
type runsBundle struct {
	*programmetest.Programme
	*rebate.Runs
	barred  bool // whether partner A may not use rebates
	drained int
	tickets int
}

func newRunsBundle(db db.DB) *runsBundle {
	b := &runsBundle{Programme: programmetest.New(db)}
	b.Runs = b.runs(rebate.NewSQLRunStore(db), rebate.RunConfig{})
	return b
}

func (b *runsBundle) runs(store rebate.RunStore, c rebate.RunConfig) *rebate.Runs {
	c.Zone = time.UTC
	c.Mails, c.Audit = mail.NewSQLStore(b.DB, b.Clock, func() {}), audit.NewSQLLog(b.DB, b.Clock)
	c.Wake, c.WakeFacts = func() {}, func(context.Context) { b.drained++ }
	c.Admits = func(context.Context, id.UUID) error {
		if b.barred {
			return fault.New(fault.PermissionDenied)
		}
		return nil
	}
	return rebate.NewRuns(store, b.Clock, c)
}

var runsPartner = programmetest.UUID(programmetest.PartnerA)

func (b *runsBundle) group(t *testing.T, percent int64, kind string) {
	t.Helper()
	b.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", percent, "DAILY", 1, true, "")
	b.Write(t, `UPDATE rebate_groups SET group_type = $1`, kind)
}

// openAccounts opens n accounts of partner A. Their numbers start at 5000.
func (b *runsBundle) openAccounts(t *testing.T, n int) {
	t.Helper()
	lines := make([]string, n)
	for i := range lines {
		lines[i] = b.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
			`"client_account":"%d","client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, 5000+i, programmetest.Client1))
	}
	b.MustFeed(t, lines...)
}

// closeOrders closes an order on each account today. Each order earns spread ×
// 0.2 USD.
func (b *runsBundle) closeOrders(t *testing.T, spread string, accounts ...string) {
	t.Helper()
	var lines []string
	for _, account := range accounts {
		b.tickets++
		lines = append(lines, b.Order(account, b.tickets, "EURUSD", b.Clock.Now().Format(time.RFC3339), `,"open_spread":`+spread+`,"close_spread":`+spread))
	}
	b.MustFeed(t, lines...)
}

func numbersFrom(first, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(first + i)
	}
	return out
}

func (b *runsBundle) nextDay(t *testing.T) {
	t.Helper()
	b.Clock.Advance(24 * time.Hour)
	require.NoError(t, b.Run(t.Context()))
}

// closePeriod closes a period in which each of n accounts earned a reward of 2
// USD. The rebate that it returns is 25 percent of the rewards, and waits for
// approval.
func (b *runsBundle) closePeriod(t *testing.T, n int) (rebateID int64) {
	t.Helper()
	b.group(t, 25, "MANUAL")
	b.openAccounts(t, n)
	b.closeOrders(t, "10", numbersFrom(5000, n)...)
	b.nextDay(t)
	return dbtest.Scalar(t, b.DB, `SELECT rebate_id FROM rebates WHERE status = 'pending'`)
}

// list returns the payouts of rebates that have one of these statuses, and their
// number. If no status is given, it returns all payouts of rebates.
func (b *runsBundle) list(t *testing.T, statuses ...payout.Status) (list []payout.Payout, count int64) {
	t.Helper()
	f := payout.Filter{Kinds: []string{payout.OfRebate}, Page: page.Page{Limit: 10_000}}
	for _, s := range statuses {
		f.Statuses = append(f.Statuses, string(s))
	}
	list, totals, err := payout.NewStore(b.DB).List(t.Context(), f)
	require.NoError(t, err)
	return list, totals.Count
}

// countPayouts returns the number of payouts.
func (b *runsBundle) countPayouts(t *testing.T, statuses ...payout.Status) int64 {
	t.Helper()
	_, count := b.list(t, statuses...)
	return count
}

// payouts returns the numbers of payouts in ascending order.
func (b *runsBundle) payouts(t *testing.T, statuses ...payout.Status) (numbers []int64) {
	t.Helper()
	list, _ := b.list(t, statuses...)
	for _, p := range list {
		numbers = append(numbers, p.Number)
	}
	slices.Sort(numbers)
	return numbers
}

// destinations returns the accounts to which payouts go.
func (b *runsBundle) destinations(t *testing.T, statuses ...payout.Status) (accounts []string) {
	t.Helper()
	list, _ := b.list(t, statuses...)
	for _, p := range list {
		accounts = append(accounts, p.Destination)
	}
	return accounts
}

// queryNumbers runs a query on the tables. Only the tables show which postings,
// mails and audit entries a run has stored, and which status an open rebate and
// its rows have. Reports do not show open rebates.
func (b *runsBundle) queryNumbers(t *testing.T, query string, args ...any) []int64 {
	t.Helper()
	list, err := db.Collect(t.Context(), b.DB, func(rows db.Rows) (n int64, err error) {
		err = rows.Scan(&n)
		return n, err
	}, query, args...)
	require.NoError(t, err)
	return list
}

func (b *runsBundle) rows(t *testing.T) []int64 {
	t.Helper()
	return b.queryNumbers(t, `SELECT row_id FROM rebate_rows WHERE topay_e6 > 0 ORDER BY client_account, row_id`)
}

func (b *runsBundle) count(t *testing.T, table, status string) int {
	t.Helper()
	return int(dbtest.Scalar(t, b.DB, `SELECT count(*) FROM `+table+` WHERE status = $1`, status))
}

func (b *runsBundle) balance(t *testing.T, account string) string {
	t.Helper()
	return money.Amount(dbtest.Scalar(t, b.DB, `SELECT coalesce((SELECT amount_e6 FROM balances WHERE partner_id = $1 AND account = $2), 0)`, runsPartner, account)).String()
}

func selectOf(t *testing.T, rebates, rows []int64) rebate.Selection {
	t.Helper()
	s, err := rebate.Select(rebates, rows)
	require.NoError(t, err)
	return s
}

func payloadOf(a *rebate.Approval) json.RawMessage {
	text, err := json.Marshal(map[string]any{
		"user_uid": a.PartnerID, "requested_at": a.RequestedAt, "operation_type": "APPROVE_REBATES", "rebate_ids": a.Rebates, "rebate_row_ids": a.Rows,
	})
	if err != nil {
		panic(err)
	}
	return text
}

func (b *runsBundle) start(t *testing.T, s rebate.Selection) (token string) {
	t.Helper()
	a, _, err := b.Start(t.Context(), runsPartner, s)
	require.NoError(t, err)
	bound, err := b.Bind(t.Context(), runsPartner, payloadOf(a))
	require.NoError(t, err)
	require.Equal(t, a.Digest, bound.Digest)
	return b.token(t, runsPartner, bound.Digest)
}

func (b *runsBundle) token(t *testing.T, partnerID id.UUID, digest verification.Digest) string {
	t.Helper()
	return programmetest.Authorised(t, b.DB, b.Clock.Now(), partnerID, verification.ApproveRebates, digest)
}

func (b *runsBundle) approve(t *testing.T, s rebate.Selection) *rebate.Outcome {
	t.Helper()
	out, err := b.Approve(t.Context(), runsPartner, s, b.start(t, s))
	require.NoError(t, err)
	return out
}

// feedPayouts feeds facts of one type about the given payouts, or about all
// pending payouts if none is given.
func (b *runsBundle) feedPayouts(t *testing.T, kind feed.Type, payouts ...int64) {
	t.Helper()
	if payouts == nil {
		payouts = b.payouts(t, payout.Pending)
	}
	require.NotEmpty(t, payouts)
	lines := make([]string, len(payouts))
	for i, n := range payouts {
		lines[i] = b.Fact(kind, b.Clock.Now().Format(time.RFC3339), fmt.Sprintf(`"payout_id":"%s-%d"`, runsPartner.Hex(), n))
	}
	b.MustFeed(t, lines...)
}

func requireDenied(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, fault.PermissionDenied, fault.CodeOf(err), "%v", err)
}

func requireInvalid(t *testing.T, err error, text string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, fault.ValidationError, fault.CodeOf(err), "%v", err)
	require.Contains(t, err.Error(), text)
}

// dump returns the results of runs and payments. It leaves out ids, which can
// differ between runs.
func (b *runsBundle) dump(t *testing.T) []string {
	t.Helper()
	out := programmetest.Dump(t.Context(), t, b.DB)
	for _, q := range []struct {
		width int
		query string
	}{
		{9, `SELECT CAST(rebate_id AS text), status, group_type, rows_count, reward_e6, reward_usd_e6, topay_e6, topay_usd_e6, coalesce(expires_at, 0) FROM rebates ORDER BY partner_id, rebate_id`},
		{9, `SELECT CAST(row_id AS text), rebate_id, client_account, percent_e4, rebate_e6, topay_e6, topay_usd_e6, status, coalesce(payout_id, 0) FROM rebate_rows ORDER BY partner_id, row_id`},
		{7, `SELECT client_account, open_e6, carry_e6, carry_usd_e6, held_e6, held_usd_e6, paid_e6 FROM rebate_accounts ORDER BY partner_id, client_account`},
		{8, `SELECT CAST(payout_id AS text), kind, subject_id, client_account, destination, amount_e6, amount_usd_e6, status FROM payouts ORDER BY partner_id, payout_id`},
		{1, `SELECT email || ':' || CAST(next_number AS text) FROM partners ORDER BY partner_id`},
	} {
		rows, err := db.Collect(t.Context(), b.DB, func(rows db.Rows) (string, error) {
			values, targets := make([]any, q.width), make([]any, q.width)
			for i := range values {
				targets[i] = &values[i]
			}
			err := rows.Scan(targets...)
			return fmt.Sprint(values...), err
		}, q.query)
		require.NoError(t, err, q.query)
		out = append(out, rows...)
	}
	return out
}
