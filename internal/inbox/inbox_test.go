package inbox_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestInbox(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *inboxBundle){
			"health":                testHealth,
			"unattributed accounts": testUnattributed,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				test(t, &inboxBundle{Programme: programmetest.New(db), inbox: inbox.NewStore(db)})
			})
		}
	})
}

type inboxBundle struct {
	*programmetest.Programme
	inbox inbox.Store
}

func (b *inboxBundle) health(t *testing.T) *inbox.Health {
	t.Helper()
	h, err := b.inbox.Health(t.Context())
	require.NoError(t, err)
	return h
}

func testHealth(t *testing.T, b *inboxBundle) {
	require.Equal(t, &inbox.Health{Waiting: []inbox.Waiting{}}, b.health(t))
	b.MustFeed(t, b.Setting()...)
	totals := func(server, day string, orders int, lots string) string {
		return b.Fact(feed.DayTotals, day+"T23:00:00Z", fmt.Sprintf(`"server":%q,"day":%q,"orders":%d,"lots":%s`, server, day, orders, lots))
	}
	b.MustFeed(t,
		b.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``),
		b.Order("1001", 2, "EURUSD", "2026-06-02T10:00:00Z", ``),
		totals("Real", "2026-06-01", 1, "1"), totals("Real", "2026-06-02", 1, `"1.01"`), totals("Other", "2026-06-02", 7, "0.5"), totals("Real", "2026-06-03", 1, "1"))
	for n := range 25 {
		b.Feed(t, b.Order(strconv.Itoa(5000+n), 100+n, "EURUSD", "2026-06-04T10:00:00Z", ``))
	}
	b.Feed(t,
		b.Order("5000", 200, "EURUSD", "2026-06-03T10:00:00Z", ``),
		b.Order("1001", 201, "GBPUSD", "2026-06-04T10:00:00Z", ``),
		b.Fact(feed.OrderReversed, "2026-06-05T00:00:00Z", `"server":"Real","ticket":999,"reason":"test"`),
		b.Fact(feed.PayoutPaid, "2026-06-05T00:00:00Z", `"payout_id":"p:1"`),
		b.Fact(feed.ClientVerified, "2026-06-05T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003"`))

	h := b.health(t)
	require.EqualValues(t, 29, h.Orders, "with and without an account")
	require.Equal(t, money.Lots(29_0000_0000), h.Lots)
	day := func(text string) clock.Day {
		d, err := clock.ParseDay(text)
		require.NoError(t, err)
		return d
	}
	require.Equal(t, []inbox.Day{
		{Server: "Other", Day: day("2026-06-02"), ExpectedOrders: 7, ExpectedLots: 5000_0000},
		{Server: "Real", Day: day("2026-06-02"), ExpectedOrders: 1, Orders: 1, ExpectedLots: 1_0100_0000, Lots: 1_0000_0000},
	}, h.Days, "days that agree and days without totals are not shown")
	require.EqualValues(t, 30, h.Total())
	kinds := map[string]inbox.Waiting{}
	for _, w := range h.Waiting {
		kinds[w.Kind] = w
	}
	require.Len(t, kinds, 5)
	account := kinds["account"]
	require.EqualValues(t, 26, account.Facts)
	require.Len(t, account.Keys, inbox.MaxKeys)
	require.Equal(t, "5000", account.Keys[0])
	require.Equal(t, time.Date(2026, 6, 3, 10, 0, 0, 0, time.UTC), account.Oldest)
	require.Equal(t, []string{"GBPUSD"}, kinds["instrument"].Keys)
	require.Equal(t, []string{"real:999"}, kinds["order"].Keys)
	require.Equal(t, []string{"p:1"}, kinds["payout"].Keys)
	require.Equal(t, []string{"33333333-0000-4000-8000-000000000003"}, kinds["client"].Keys)

	b.Write(t, `UPDATE facts_waiting SET waits_for = '' WHERE waits_for = 'payout:p:1'`)
	h = b.health(t)
	require.Equal(t, inbox.Waiting{Kind: inbox.KindReady, Facts: 1, Oldest: time.Date(2026, 6, 5, 0, 0, 0, 0, time.UTC)}, h.Waiting[len(h.Waiting)-1])

	require.NoError(t, b.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		for n := range inbox.MaxDays + 1 {
			if _, err := q.Exec(ctx, `INSERT INTO server_days (server, day, name, orders, lots_e8, expected_orders, expected_lots_e8, expected_at) VALUES ('old', $1, 'Old', 0, 0, 1, 1, 0)`, int64(n)); err != nil {
				return err
			}
		}
		return nil
	}))
	h = b.health(t)
	require.Len(t, h.Days, inbox.MaxDays)
	require.Equal(t, "Other", h.Days[0].Server, "newest first")
}

func testUnattributed(t *testing.T, b *inboxBundle) {
	list := func(limit, offset int) ([]inbox.Account, inbox.AccountTotals) {
		rows, totals, err := b.inbox.UnattributedAccounts(t.Context(), page.Page{Limit: limit, Offset: offset})
		require.NoError(t, err)
		return rows, totals
	}
	rows, totals := list(100, 0)
	require.Empty(t, rows)
	require.Zero(t, totals)
	b.MustFeed(t, b.Setting()...)
	b.Feed(t,
		b.Order("7001", 1, "EURUSD", "2026-06-02T10:00:00Z", ``),
		b.Order("7001", 2, "EURUSD", "2026-06-01T10:00:00Z", ``),
		b.Fact(feed.DepositReceived, "2026-06-03T00:00:00Z", `"client_account":"7001","amount_usd":100`),
		b.Fact(feed.DepositReceived, "2026-06-04T00:00:00Z", `"client_account":"7002","amount_usd":100`),
		b.Order("1001", 3, "GBPUSD", "2026-06-04T10:00:00Z", ``))
	rows, totals = list(100, 0)
	first := inbox.Account{
		ClientAccount: "7001", Orders: 2, Facts: 3,
		First: time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC), Last: time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC),
	}
	at := time.Date(2026, 6, 4, 0, 0, 0, 0, time.UTC)
	second := inbox.Account{ClientAccount: "7002", Facts: 1, First: at, Last: at}
	require.Equal(t, []inbox.Account{first, second}, rows)
	require.Equal(t, inbox.AccountTotals{Count: 2, Orders: 2, Facts: 4}, totals)
	rows, totals = list(1, 1)
	require.Equal(t, []inbox.Account{second}, rows)
	require.EqualValues(t, 2, totals.Count, "the totals are of the whole list")

	b.MustFeed(t, b.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"7001","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`))
	rows, _ = list(100, 0)
	require.Equal(t, []inbox.Account{second}, rows)
}
