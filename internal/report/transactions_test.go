package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

func TestTransactions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		programmetest.WalletScenarios(t, open, map[string]func(*testing.T, *programmetest.Wallets){"the ledger's lines": walletTransactions})
	})
}

type lines struct {
	Data []struct {
		BookedAt      time.Time    `json:"booked_at"`
		Posting       id.UUID      `json:"posting"`
		Line          int64        `json:"line"`
		Kind          string       `json:"kind"`
		Account       *string      `json:"account"`
		Currency      string       `json:"currency"`
		Amount        money.Amount `json:"amount"`
		AmountUSD     money.Amount `json:"amount_usd"`
		Balance       money.Amount `json:"balance"`
		Cause         string       `json:"cause"`
		BelongsTo     *string      `json:"belongs_to"`
		ClientAccount *string      `json:"client_account"`
		RewardDate    *clock.Day   `json:"reward_date"`
	} `json:"data"`
	Totals struct {
		Count    int64        `json:"count"`
		USD      money.Amount `json:"amount_usd"`
		Credited money.Amount `json:"credited_usd"`
		Debited  money.Amount `json:"debited_usd"`
	} `json:"totals"`
}

func transactions(t *testing.T, service *report.Service, owner id.UUID, query string) lines {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	answer, err := service.Prepare(definition(t, "transactions"), &report.Request{PartnerID: owner, Params: params})
	require.NoError(t, err, query)
	var out bytes.Buffer
	require.NoError(t, answer.Write(t.Context(), &out), query)
	var got lines
	require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	return got
}

// history creates every kind of line on partner A's wallet that a fact or a
// request can create.
func history(t *testing.T, b *programmetest.Wallets) (withdrawn, moved string) {
	t.Helper()
	b.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 20, "MONTHLY", 1, true, "")
	b.MustFeed(t, b.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", `,"open_spread":500,"close_spread":500`)) // the order earns 100 USD, and 20 USD of it is reserved as a rebate
	b.Clock.Advance(time.Hour)
	euros := b.CreateAccount(t, "EUR")
	transfer, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(30))
	require.NoError(t, err)
	b.Clock.Advance(24 * time.Hour)
	w := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(10)))
	b.Clock.Advance(time.Hour)
	b.MustFeed(t, b.PayoutAnswer(feed.PayoutFailed, "2026-07-01T11:00:00Z", programmetest.PayoutKey(w.PayoutID), "no"), b.PayoutAnswer(feed.PayoutPaid, "2026-07-01T11:00:00Z", programmetest.PayoutKey(b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(5))).PayoutID), ""))
	b.Clock.Advance(time.Hour)
	b.MustFeed(t, b.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))
	return fmt.Sprintf("withdrawal:%d", w.ID), fmt.Sprintf("transfer:%d", transfer.ID)
}

func walletTransactions(t *testing.T, b *programmetest.Wallets) {
	withdrawn, moved := history(t, b)
	service := report.NewService(report.NewSQLStore(b.DB), b.Clock, report.Options{})
	all := transactions(t, service, programmetest.Alpha, "")
	var shown []string
	for _, l := range all.Data {
		of, day := "-", "-"
		if l.BelongsTo != nil {
			of = *l.BelongsTo
		}
		if l.RewardDate != nil {
			day = l.RewardDate.String()
			require.Equal(t, of, *l.ClientAccount+"-"+strings.ReplaceAll(day, "-", ""), "the reward_order")
		}
		shown = append(shown, fmt.Sprintf("%s %s %s %s %s %s", l.BookedAt.Format("02 15:04"), l.Kind, l.Amount, l.Currency, of, day))
		require.Equal(t, map[string]string{"USD": programmetest.AccountA, "EUR": partner.AccountNumberIn(programmetest.Alpha, "EUR")}[l.Currency], *l.Account)
		require.NotEmpty(t, l.Cause)
		if l.Currency == "USD" {
			require.Equal(t, l.Amount, l.AmountUSD)
		}
	}
	require.Equal(t, []string{
		"01 15:00 rebate_reserve 20 USD - -", "01 15:00 reversal -100 USD 1001-20260701 2026-07-01",
		"01 14:00 payout_failed 10 USD " + withdrawn + " -", "01 14:00 withdrawal -5 USD withdrawal:" + strings.TrimPrefix(all.Data[3].Cause, "withdrawal:") + " -",
		"01 13:00 withdrawal -10 USD " + withdrawn + " -",
		"30 13:00 transfer -30 USD " + moved + " -", "30 13:00 transfer 27.649769 EUR " + moved + " -",
		"30 12:00 rebate_reserve -20 USD - -", "30 12:00 reward 100 USD 1001-20260601 2026-06-01",
	}, sortedWithinMoments(shown))
	after := map[string]money.Amount{}
	for _, l := range slices.Backward(all.Data) {
		after[l.Currency] += l.Amount
		require.Equal(t, after[l.Currency], l.Balance, "%s of %s", l.Kind, l.Amount)
	}
	require.Equal(t, b.Balance(t, "wallet", "USD"), after["USD"])
	require.EqualValues(t, len(shown), all.Totals.Count)
	require.Equal(t, b.Balance(t, "wallet", "USD")+programmetest.USD(30), all.Totals.USD, "the EUR account is worth 30 USD")
	require.Equal(t, all.Totals.USD, all.Totals.Credited+all.Totals.Debited)
	require.Equal(t, programmetest.USD(100+30+20+10), all.Totals.Credited)

	for query, want := range map[string]int{
		"currency=EUR": 1, "currency=EUR,USD": 9, "kind=transfer": 2, "kind=withdrawal&kind=payout_failed": 3, "kind=nothing": 0, "date=2026-06-30": 4, "date_from=2026-07-01": 5,
		"date_to=2026-06-29": 0, "date_from=2026-06-30&date_to=2026-07-01&kind=reward": 1, "account=" + programmetest.AccountA: 8, "account=1": 0,
	} {
		got := transactions(t, service, programmetest.Alpha, query)
		require.Len(t, got.Data, want, query)
		require.EqualValues(t, want, got.Totals.Count, query)
		var sum money.Amount
		for _, l := range got.Data {
			sum += l.AmountUSD
		}
		require.Equal(t, sum, got.Totals.USD, query)
	}
	var paged []string
	for offset := range shown {
		got := transactions(t, service, programmetest.Alpha, fmt.Sprintf("limit=1&offset=%d", offset))
		require.Len(t, got.Data, 1)
		paged = append(paged, fmt.Sprint(got.Data[0].Posting, got.Data[0].Line))
	}
	for i, l := range all.Data {
		require.Equal(t, fmt.Sprint(l.Posting, l.Line), paged[i], "rows never move between pages")
	}
	require.Empty(t, transactions(t, service, programmetest.Beta, "").Data)

	// The newest lines and the lines of a day must come from an index. The plan
	// may sort only the lines of one posting.
	for _, query := range []string{"", "limit=5&offset=3", "ordering=booked_at", "date=2026-06-30"} {
		plan := transactionsPlan(t, b, query)
		require.Contains(t, plan, "postings_booked", query)
		require.NotContains(t, plan, "sorts the whole", query)
		if query == "date=2026-06-30" && b.DB.Engine() == db.SQLite {
			require.Contains(t, plan, "postings_booked (partner_id=? AND booked_at>? AND booked_at<?)")
		}
	}
}

func transactionsPlan(t *testing.T, b *programmetest.Wallets, query string) string {
	t.Helper()
	store := &explaining{SQLStore: report.NewSQLStore(b.DB), presorted: true}
	transactions(t, report.NewService(store, b.Clock, report.Options{}), programmetest.Alpha, query)
	require.Len(t, store.plans, 2, query)
	return store.plans[0]
}

// sortedWithinMoments sorts the lines that have the same time, because the ids
// of their postings are random.
func sortedWithinMoments(shown []string) []string {
	out := slices.Clone(shown)
	const moment = len("02 15:04")
	slices.SortStableFunc(out, func(x, y string) int {
		if x[:moment] != y[:moment] {
			return 0
		}
		return strings.Compare(x, y)
	})
	return out
}
