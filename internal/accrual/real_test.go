package accrual_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verify"
)

// realFiles is the folder with five real exports. Some checkouts do not have
// it.
const realFiles = "../../../shared/data/metatrader"

// TestRealTrades imports several real exports, once in a given order and once
// in the reverse order, and imports each export twice. The orders wait until
// facts have opened their accounts, and then earn rewards.
func TestRealTrades(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		text, err := os.ReadFile(filepath.Join(realFiles, "expected.json"))
		if os.IsNotExist(err) {
			t.Log("no real exports beside this checkout: nothing to import")
			return
		}
		require.NoError(t, err)
		var expected map[string]struct {
			Orders   int64
			Lots     money.Lots
			Accounts map[string]int64
		}
		require.NoError(t, json.Unmarshal(text, &expected))
		var names []string
		var orders int64
		var lots money.Lots
		accounts := map[string]string{} // each account's server, by account
		for name, e := range expected {
			names = append(names, name)
			orders += e.Orders
			lots += e.Lots
			for account := range e.Accounts {
				server, number, _ := strings.Cut(account, "/")
				accounts[number] = server
			}
		}
		slices.Sort(names)
		reversed := slices.Clone(names)
		slices.Reverse(reversed)
		var books [][]string
		for _, order := range [][]string{names, reversed} {
			p := programmetest.New(open(t))
			var accepted int64
			for _, name := range slices.Concat(order, order) {
				accepted += importReal(t, p, name, expected[name].Accounts)
			}
			require.Equal(t, orders, accepted)
			p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2010-01-01T00:00:00Z",
				`"partner_uid":"`+programmetest.PartnerA+`","email":"a@example.com","country":"CY","program":"ib","partner_code":"alpha","currency":"USD"`))
			p.MustFeed(t, p.Fact(feed.ClientRegistered, "2010-01-01T00:00:00Z",
				`"client_uid":"`+programmetest.Client1+`","email":"one@example.com","country":"DE","partner_code":"alpha"`))
			tellInstruments(t, p)
			for _, account := range slices.Sorted(maps.Keys(accounts)) {
				p.MustFeed(t, p.Fact(feed.AccountOpened, "2010-01-02T00:00:00Z", fmt.Sprintf(
					`"client_account":%q,"client_uid":%q,"server":%q,"platform":"mt4","account_type":"Standard","currency":"USD"`,
					account, programmetest.Client1, accounts[account])))
			}
			require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
			require.Equal(t, orders, dbtest.Scalar(t, p.DB, `SELECT orders_count FROM partner_totals WHERE partner_id = $1`, programmetest.UUID(programmetest.PartnerA)))
			require.EqualValues(t, lots, dbtest.Scalar(t, p.DB, `SELECT volume_lots_e8 FROM partner_totals WHERE partner_id = $1`, programmetest.UUID(programmetest.PartnerA)))
			require.NotEqual(t, "0", p.Wallet(t, programmetest.PartnerA))
			summary, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
			require.NoError(t, err)
			require.Equal(t, orders, summary.Rewards)
			books = append(books, programmetest.Dump(t.Context(), t, p.DB))
		}
		require.Equal(t, books[0], books[1], "in either order")
	})
}

func importReal(t *testing.T, p *programmetest.Programme, name string, accounts map[string]int64) int64 {
	t.Helper()
	file, err := os.Open(filepath.Join(realFiles, name+".htm"))
	require.NoError(t, err)
	defer file.Close()
	var server string
	for account := range accounts {
		server, _, _ = strings.Cut(account, "/")
	}
	summary, err := p.Accrual.Ingest(t.Context(), func(yield func(int, feed.Fact, error) error) error {
		return metatrader.Read(file, metatrader.Options{Server: server}, yield)
	}, nil)
	require.NoError(t, err)
	require.Empty(t, summary.Rejected, name)
	return summary.Accepted
}

// tellInstruments feeds an instrument for each symbol in the waiting orders,
// and a rate for each currency.
func tellInstruments(t *testing.T, p *programmetest.Programme) {
	t.Helper()
	orders, err := db.Collect(t.Context(), p.DB, func(rows db.Rows) (string, error) {
		var body string
		err := rows.Scan(&body)
		return body, err
	}, `SELECT body FROM facts_waiting`)
	require.NoError(t, err)
	symbols, currencies := map[string]bool{}, map[string]bool{}
	for _, body := range orders {
		var o feed.Order
		require.NoError(t, json.Unmarshal([]byte(body), &o))
		symbols[feed.NormalSymbol(o.Symbol)] = true
	}
	for _, symbol := range slices.Sorted(maps.Keys(symbols)) {
		base, quote := "XXX", "USD"
		if len(symbol) >= 6 && !strings.ContainsAny(symbol[:6], "0123456789#.") {
			base, quote = symbol[:3], symbol[3:6]
		}
		if quote != "USD" {
			currencies[quote] = true
		}
		p.MustFeed(t, p.Fact(feed.InstrumentSet, "2010-01-01T00:00:00Z", fmt.Sprintf(
			`"symbol":%q,"group":"forex","base_currency":%q,"quote_currency":%q,"contract_size":1000,"point_size":"0.001","avg_spread":12`, symbol, base, quote)))
	}
	for _, currency := range slices.Sorted(maps.Keys(currencies)) {
		p.MustFeed(t, p.Fact(feed.RateSet, "2010-01-01T00:00:00Z", fmt.Sprintf(`"currency":%q,"usd":"0.9"`, currency)))
	}
}
