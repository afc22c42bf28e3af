package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

type moves struct {
	Data []struct {
		At      time.Time `json:"at"`
		Kind    string    `json:"kind"`
		Account string    `json:"client_account"`
		Deposit *int      `json:"deposit_amount"`
		Amount  *string   `json:"amount_usd"`
		Status  string    `json:"status"`
	} `json:"data"`
	Totals struct {
		Count         int64  `json:"count"`
		Deposits      int64  `json:"deposits_count"`
		FirstDeposits int64  `json:"first_deposits_count"`
		RewardUSD     string `json:"reward_usd"`
		RebateUSD     string `json:"rebate_usd"`
	} `json:"totals"`
}

func clientTransactions(t *testing.T, store report.Store, reportID string, owner id.UUID, query string) (moves, []string) {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	service := report.NewService(store, clock.At(programmetest.Now), report.Options{})
	answer, err := service.Prepare(definition(t, reportID), &report.Request{PartnerID: owner, Params: params})
	require.NoError(t, err, query)
	var out bytes.Buffer
	require.NoError(t, answer.Write(t.Context(), &out), query)
	var got moves
	require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	var shown []string
	for _, m := range got.Data {
		value := m.Status
		if m.Deposit != nil {
			value += fmt.Sprint("band ", *m.Deposit)
		}
		if m.Amount != nil {
			value += *m.Amount
		}
		shown = append(shown, m.At.Format("01-02 15:04")+" "+m.Kind+" "+m.Account+" "+value)
	}
	return got, shown
}

// TestClientTransactions books deposits, rewards and rebates, and compares the
// report with them and with the ledger.
func TestClientTransactions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		deposit := func(kind feed.Type, account, at, usd string) string {
			return p.Fact(kind, at, `"client_account":"`+account+`","amount_usd":`+usd)
		}
		p.MustFeed(t,
			deposit(feed.DepositReceived, "1001", "2026-03-02T10:00:00Z", "10"), deposit(feed.DepositReceived, "1001", "2026-03-03T10:00:00Z", "100.5"),
			deposit(feed.DepositFailed, "1001", "2026-03-04T10:00:00Z", "7"), deposit(feed.DepositReversed, "1001", "2026-03-05T10:00:00Z", "10"),
			deposit(feed.DepositReceived, "2001", "2026-03-06T10:00:00Z", "9000"),
			p.Order("1001", 1, "EURUSD", "2026-03-10T10:00:00Z", ``), p.Order("2001", 2, "EURUSD", "2026-03-10T11:00:00Z", ``),
			p.Order("1001", 3, "EURUSD", "2026-03-11T10:00:00Z", ``))
		p.Clock.Advance(time.Hour)
		p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-30T12:30:00Z", `"server":"Real","ticket":1,"reason":"x"`))
		programmetest.RequireSound(t, p.DB)

		store := report.NewSQLStore(p.DB)
		all, shown := clientTransactions(t, store, "client_transactions", programmetest.Alpha, "")
		require.Equal(t, []string{
			"06-30 13:00 reversal 1001 -2.00", "06-30 12:00 reward 1001 2.00", "06-30 12:00 reward 1001 2.00", "03-05 10:00 deposit_reversed 1001 band 1",
			"03-03 10:00 deposit 1001 band 3", "03-02 10:00 first_deposit 1001 band 1",
		}, shown)
		require.Equal(t, []int64{6, 2, 1}, []int64{all.Totals.Count, all.Totals.Deposits, all.Totals.FirstDeposits})
		for _, owner := range []id.UUID{programmetest.Alpha, programmetest.Beta} {
			got, _ := clientTransactions(t, store, "client_transactions", owner, "")
			require.Equal(t, cents(dbtest.Scalar(t, p.DB, `SELECT reward_usd_e6 FROM partner_totals WHERE partner_id = $1`, owner)), got.Totals.RewardUSD, "the ledger has the same sum")
		}
		_, other := clientTransactions(t, store, "client_transactions", programmetest.Beta, "kind=first_deposit")
		require.Equal(t, []string{"03-06 10:00 first_deposit 2001 band 6"}, other)

		for query, want := range map[string][]string{
			"kind=deposit,first_deposit": shown[4:], "kind=rebate": nil, "client_account=1001": shown, "client_account=2001": nil, "date_from=2026-06-30": shown[:3],
			"date_to=2026-03-03": shown[4:], "date=2026-03-05": shown[3:4], "limit=2&offset=1": shown[1:3], "kind=reward&date_from=2026-07-01": nil,
		} {
			_, got := clientTransactions(t, store, "client_transactions", programmetest.Alpha, query)
			require.Equal(t, want, got, query)
		}

		plans := &explaining{SQLStore: store, presorted: true}
		clientTransactions(t, plans, "client_transactions", programmetest.Alpha, "limit=2")
		require.NotRegexp(t, `FROM postings|UNION`, plans.plans[1], "the totals do not read the rows")
		for _, index := range []string{"deposits_at", "postings_booked", "payouts_"} {
			require.Contains(t, plans.plans[0], index)
		}
		if p.DB.Engine() == db.SQLite {
			require.NotRegexp(t, `(SEARCH|SCAN) [a-z] .*\n(.*SEARCH c.*\n|.*SEARCH e.*\n)?.*B-TREE FOR ORDER BY`, plans.plans[0], "each index gives its newest rows in order")
		}

		empty, _ := clientTransactions(t, store, "pending_transactions", programmetest.Alpha, "")
		require.Zero(t, empty.Totals.Count)
		require.Equal(t, "0.00", empty.Totals.RebateUSD)
	})
}
