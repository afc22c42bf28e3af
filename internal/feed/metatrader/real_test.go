package metatrader_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
	"github.com/tributary-server/tributary/internal/money"
)

// realDir is a folder with real histories. It is outside the repository, and
// not every machine has it.
const realDir = "../../../../shared/data/metatrader"

// controlTotals is the entry of a file in expected.json. It contains sums over
// the orders of this file that no earlier file contains.
type controlTotals struct {
	Orders     int
	Lots       money.Lots
	Profit     money.Amount
	Commission money.Amount
	Swap       money.Amount
	Net        money.Amount
	Accounts   map[string]int
}

type normalised struct {
	Server     string
	Ticket     string
	Account    string
	Symbol     string
	Side       string
	Lots       money.Lots
	OpenTime   string      `json:"open_time"`
	CloseTime  string      `json:"close_time"`
	OpenPrice  money.Price `json:"open_price"`
	ClosePrice money.Price `json:"close_price"`
	Commission money.Amount
	Swap       money.Amount
	Profit     money.Amount
	Source     string
}

func (n normalised) order(t *testing.T) feed.Order {
	t.Helper()
	ticket, err := strconv.ParseInt(n.Ticket, 10, 64)
	require.NoError(t, err)
	at := func(text string) time.Time {
		form := time.RFC3339
		if strings.Contains(text, " ") {
			form = "2006.01.02 15:04:05"
		}
		parsed, err := time.Parse(form, text)
		require.NoError(t, err)
		return parsed.UTC()
	}
	return feed.Order{
		Server: n.Server, Ticket: ticket, ClientAccount: n.Account, Symbol: n.Symbol, Side: n.Side, Lots: n.Lots,
		OpenTime: at(n.OpenTime), CloseTime: at(n.CloseTime), OpenPrice: n.OpenPrice, ClosePrice: n.ClosePrice,
		Commission: n.Commission, Swap: n.Swap, Profit: n.Profit,
	}
}

type orderKey struct {
	server, account string
	ticket          int64
}

func keyOf(o feed.Order) orderKey { return orderKey{o.Server, o.ClientAccount, o.Ticket} }

func TestRealHistories(t *testing.T) {
	t.Parallel()
	expected, err := os.ReadFile(filepath.Join(realDir, "expected.json"))
	if os.IsNotExist(err) {
		t.Log("no real histories beside the repository: nothing to compare with")
		return
	}
	require.NoError(t, err)
	totals := map[string]controlTotals{}
	require.NoError(t, json.Unmarshal(expected, &totals))
	lines, err := os.ReadFile(filepath.Join(realDir, "orders.ndjson"))
	require.NoError(t, err)
	want := map[string]map[orderKey]feed.Order{}
	for line := range strings.Lines(string(lines)) {
		var n normalised
		require.NoError(t, json.Unmarshal([]byte(line), &n))
		if want[n.Source] == nil {
			want[n.Source] = map[orderKey]feed.Order{}
		}
		o := n.order(t)
		want[n.Source][keyOf(o)] = o
	}

	// The file raw-01 has 208 orders that are also in closed-01, which is read
	// before it.
	seen := map[orderKey]feed.Order{}
	repeated := map[string]int{}
	for _, source := range []string{"mt4mgr-closed-01", "mt4mgr-raw-01", "mt4stmt-heikendemo-01", "mt4stmt-magellan-01", "mt4stmt-oandasae-01"} {
		require.Contains(t, totals, source)
		got := controlTotals{Accounts: map[string]int{}}
		for _, o := range readReal(t, source, totals[source]) {
			if first, again := seen[keyOf(o)]; again {
				repeated[source]++
				// Both files must contain the same values for these fields.
				require.Equal(t, []any{first.Side, first.Symbol, first.Lots, first.OpenTime, first.CloseTime, first.OpenPrice, first.ClosePrice},
					[]any{o.Side, o.Symbol, o.Lots, o.OpenTime, o.CloseTime, o.OpenPrice, o.ClosePrice}, "%s %d", source, o.Ticket)
				continue
			}
			seen[keyOf(o)] = o
			require.Equal(t, want[source][keyOf(o)], o, "%s %d", source, o.Ticket)
			got.Orders++
			got.Lots += o.Lots
			got.Profit += o.Profit
			got.Commission += o.Commission
			got.Swap += o.Swap
			got.Accounts[o.Server+"/"+o.ClientAccount]++
		}
		got.Net = got.Profit + got.Commission + got.Swap
		require.Equal(t, totals[source], got, source)
		require.Len(t, want[source], got.Orders, source)
	}
	require.Equal(t, map[string]int{"mt4mgr-raw-01": 208}, repeated)
	require.Len(t, totals, 5)
}

func readReal(t *testing.T, source string, totals controlTotals) []feed.Order {
	t.Helper()
	server := ""
	for account := range totals.Accounts {
		server, _, _ = strings.Cut(account, "/")
	}
	read := func() (ids []string, orders []feed.Order) {
		file, err := os.Open(filepath.Join(realDir, source+".htm"))
		require.NoError(t, err)
		defer func() { require.NoError(t, file.Close()) }()
		err = metatrader.Read(file, metatrader.Options{Server: server}, func(line int, fact feed.Fact, err error) error {
			require.NoError(t, err, "%s line %d", source, line)
			ids = append(ids, fact.ID)
			orders = append(orders, *fact.Body.(*feed.Order))
			return nil
		})
		require.NoError(t, err, source)
		return ids, orders
	}
	ids, orders := read()
	again, _ := read()
	require.Equal(t, ids, again)
	return orders
}
