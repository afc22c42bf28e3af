package accrual_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestServers checks the names of trading servers, orders that two sources
// report, and the servers' day totals.
func TestServers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"names compare without case":             serverSpellings,
			"an order on another server is refused":  foreignServer,
			"an early order on another server waits": foreignServerEarly,
			"a server gets another name":             serverRenamed,
			"a new name before its account":          serverRenamedEarly,
			"a reversal under the new name":          reversalAfterRename,
			"a server's day in several spellings":    serverDaySpellings,
			"a renamed account changes its partner":  renamedAccountMoves,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				test(t, p)
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

func orderOn(p *programmetest.Programme, server, account string, ticket int, more string) string {
	return p.Fact(feed.OrderClosed, "2026-03-01T10:00:00Z", fmt.Sprintf(
		`"server":%q,"ticket":%d,"client_account":%q,"symbol":"EURUSD","side":"buy","lots":1,"open_time":"2026-03-01T09:00:00Z",`+
			`"close_time":"2026-03-01T10:00:00Z","open_price":1.1,"close_price":1.2%s`, server, ticket, account, more))
}

func serverChange(p *programmetest.Programme, account, server string) string {
	return p.Fact(feed.AccountServerChanged, "2026-02-20T00:00:00Z", fmt.Sprintf(`"client_account":%q,"server":%q`, account, server))
}

func serverSpellings(t *testing.T, p *programmetest.Programme) {
	early := orderOn(p, " REAL ", "1001", 1, "")
	require.EqualValues(t, 1, p.Feed(t, early).Unattributed)
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "real", "1001", 1, "")).Duplicates, "while it waits")
	p.MustFeed(t, p.Setting()...)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "rEAL", "1001", 1, "")).Duplicates)
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "rEAL", "1001", 1, `,"close_spread":3`)).Duplicates, "spreads are not compared")
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rewards WHERE server = 'Real'`), "spelled as its account spells it")
	require.EqualValues(t, 1, p.Feed(t, strings.Replace(early, " REAL ", "real", 1)).Duplicates, "the very same fact, spelled otherwise")
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"REAL ","ticket":1,"reason":"x"`))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	opened := p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"1001","client_uid":"`+programmetest.Client1+`","server":"real","platform":"mt5","account_type":"Standard","currency":"USD"`)
	require.EqualValues(t, 1, p.Feed(t, opened).Duplicates)
}

func foreignServer(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	s := p.Feed(t, orderOn(p, "Other", "1001", 1, ""))
	require.EqualValues(t, 1, s.RejectedCount)
	require.Equal(t, "conflict", s.Rejected[0].Code)
	require.Contains(t, s.Rejected[0].Message, `"Real"`)
	require.Contains(t, s.Rejected[0].Message, `"Other"`)
	require.Zero(t, p.Health(t).Orders)
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "Real", "1001", 1, "")).Accepted)
}

func foreignServerEarly(t *testing.T, p *programmetest.Programme) {
	order := orderOn(p, "Other", "1001", 1, "")
	require.EqualValues(t, 1, p.Feed(t, order).Unattributed)
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "Real", "1001", 1, "")).Unattributed, "which of the two is right is not known yet")
	p.MustFeed(t, p.Setting()...)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	list, _, err := inbox.NewStore(p.DB).Facts(t.Context(), inbox.Filter{Page: page.Page{Limit: 9}})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, []string{"refused", "conflict"}, []string{list[0].Kind, list[0].Key})
	require.Contains(t, list[0].Message, `"Real"`)
	require.Contains(t, list[0].Message, `"Other"`)
	require.EqualValues(t, 1, p.Feed(t, order).Duplicates)
	p.MustFeed(t, serverChange(p, "1001", "OTHER"))
	require.Zero(t, p.Health(t).Total(), "after the correction both facts report one order")
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 1, p.Health(t).Orders)
}

func serverRenamed(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, orderOn(p, "Real", "1001", 1, ""), serverChange(p, "1001", "New"), orderOn(p, "New", "1001", 2, ""), orderOn(p, "Real", "1001", 3, ""))
	require.Equal(t, "6", p.Wallet(t, programmetest.PartnerA))
	for ticket := 1; ticket <= 3; ticket++ {
		require.EqualValues(t, 2, p.Feed(t, orderOn(p, "new", "1001", ticket, ""), orderOn(p, "real", "1001", ticket, "")).Duplicates, "one order under both names")
		require.EqualValues(t, 1, p.Feed(t, orderOn(p, "new", "1001", ticket, `,"lots":2`)).RejectedCount)
	}
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "New", "2001", 4, "")).RejectedCount, "only for this account")
	require.EqualValues(t, 1, p.Feed(t, serverChange(p, "1001", "NEW")).Duplicates)
	require.Equal(t, "6", p.Wallet(t, programmetest.PartnerA))
	waits := []string{p.Order("1001", 9, "GBPUSD", "2026-03-01T10:00:00Z", "")}
	require.EqualValues(t, 1, p.Feed(t, waits...).Unattributed)
	other := p.Fact(feed.OrderClosed, "2026-03-01T10:00:00Z", `"server":"New","ticket":9,"client_account":"1001","symbol":"GBPUSD","side":"buy","lots":1,`+
		`"open_time":"2026-03-01T09:55:00Z","close_time":"2026-03-01T10:00:00Z","open_price":1.1,"close_price":1.2`)
	require.EqualValues(t, 1, p.Feed(t, other).Duplicates, "also while it waits")
}

func serverRenamedEarly(t *testing.T, p *programmetest.Programme) {
	p.Feed(t, orderOn(p, "New", "1001", 1, ""), orderOn(p, "Real", "1001", 1, ""), orderOn(p, "New", "1001", 2, ""), serverChange(p, "1001", "New"))
	p.MustFeed(t, p.Setting()...)
	require.Zero(t, p.Health(t).Total())
	require.Equal(t, "4", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 2, p.Health(t).Orders)
}

func reversalAfterRename(t *testing.T, p *programmetest.Programme) {
	reversed := func(server string, ticket int) string {
		return p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", fmt.Sprintf(`"server":%q,"ticket":%d,"reason":"x"`, server, ticket))
	}
	require.EqualValues(t, 1, p.Feed(t, reversed("NEW", 1)).Unattributed)
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, orderOn(p, "Real", "1001", 1, ""), orderOn(p, "Real", "1001", 2, ""))
	require.Equal(t, "4", p.Wallet(t, programmetest.PartnerA), "no fact says yet that New is Real")
	p.MustFeed(t, serverChange(p, "1001", "New"))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, reversed("new", 2), orderOn(p, "New", "1001", 3, ""))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, reversed("real", 3))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 1, p.Feed(t, reversed("new", 4)).Unattributed)
	p.MustFeed(t, orderOn(p, "Real", "1001", 4, ""))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA), "it waited under the other name")
}

func serverDaySpellings(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	totals := func(at, server string, orders int) string {
		return p.Fact(feed.DayTotals, at, fmt.Sprintf(`"server":%q,"day":"2026-03-01","orders":%d,"lots":%d`, server, orders, orders))
	}
	p.MustFeed(t, orderOn(p, "REAL", "1001", 1, ""), totals("2026-03-02T00:00:00Z", "real ", 2))
	require.Len(t, p.Health(t).Days, 1)
	p.MustFeed(t, orderOn(p, "Real", "1001", 2, ""))
	require.Empty(t, p.Health(t).Days, "gone as soon as it agrees")
	p.MustFeed(t, totals("2026-03-03T00:00:00Z", "rEAL", 3))
	require.Len(t, p.Health(t).Days, 1)
	require.EqualValues(t, 3, p.Health(t).Days[0].ExpectedOrders)
}

func renamedAccountMoves(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Fact(feed.AccountOpened, "2026-02-10T00:00:00Z", `"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		serverChange(p, "1002", "New"), orderOn(p, "New", "1002", 1, ""),
		p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`),
		p.Fact(feed.ClientPartnerChanged, "2026-02-05T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`),
		orderOn(p, "New", "1002", 2, ""))
	require.EqualValues(t, 1, p.Feed(t, orderOn(p, "real", "1002", 1, "")).Duplicates)
	require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, p.Fact(feed.OrderReinstated, "2026-03-06T00:00:00Z", `"server":"NEW","ticket":1,"reason":"x"`))
	require.Equal(t, "4", p.Rewards(t, programmetest.PartnerB))
}
