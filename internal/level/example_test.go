package level_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestTheWorkedExample feeds the orders of the example in docs/levels.md, and
// checks every amount of the example.
func TestTheWorkedExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "levels.md"))
	require.NoError(t, err)
	orders := regexp.MustCompile(`(?m)^\| (\d+) \| ([\w ]+) \| ([\d-]+) \| ([\d-]+) \| (\d+) \| ([\d.]*) ?\| ([\d.]*) ?\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, orders, 6)
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		s := &scene{Programme: p, t: t, levels: programmetest.WithLevels(p)}
		p.MustFeed(t, p.Setting()...)
		opened := map[string]bool{}
		for ticket, o := range orders {
			account, kind, closed, arrives := o[1], o[2], o[3], o[4]
			if !opened[account] {
				opened[account] = true
				uid := "99999999-0000-4000-8000-00000000" + account
				p.MustFeed(t,
					p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"email":"c%s@example.com","country":"IT","partner_code":"alpha"`, uid, account)),
					p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
						`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD"`, account, uid, kind)))
			}
			if arrives == "2026-07-04" {
				s.reviewOn("2026-07-01")
				require.Equal(t, "2026-07-02 Advanced", p.LevelsOf(t, programmetest.Alpha))
				require.Equal(t, "2026-07-01: 4 rows 34.375", p.Progress(t, programmetest.Alpha))
				s.moveTo(arrives)
			}
			at, err := time.Parse(time.DateOnly, closed)
			require.NoError(t, err)
			spreads := ""
			if o[6] != "" {
				spreads = fmt.Sprintf(`,"open_spread":%s,"close_spread":%s`, o[6], o[7])
			}
			p.MustFeed(t, p.Fact(feed.OrderClosed, at.Format(time.RFC3339), fmt.Sprintf(
				`"server":"Real","ticket":%d,"client_account":%q,"symbol":"EURUSD","side":"buy","lots":%s,"open_time":%q,"close_time":%q,"open_price":1.1,"close_price":1.2%s`,
				ticket, account, o[5], at.Add(-time.Hour).Format(time.RFC3339), at.Format(time.RFC3339), spreads)))
		}
		require.Equal(t, "2026-07-01: 5 rows 35.375", p.Progress(t, programmetest.Alpha))
		for ticket, o := range orders {
			amount := func(query string) money.Amount { return money.Amount(dbtest.Scalar(t, p.DB, query, int64(ticket))) }
			earned, more := amount(`SELECT reward_usd_e6 FROM reward_rows WHERE ticket = $1`), amount(`SELECT coalesce((SELECT amount_usd_e6 FROM progress_rows WHERE ticket = $1), 0)`)
			require.Equal(t, []string{o[8], o[10]}, []string{earned.String(), more.String()}, o[0])
			if more != 0 {
				require.Equal(t, o[9], (earned + more).String(), o[0])
			}
		}
		s.moveTo("2026-07-10")
		s.changeOrder(feed.OrderReversed, "2", "2026-07-10T00:00:00Z")
		require.Equal(t, "2026-07-01: 6 rows 25.375", p.Progress(t, programmetest.Alpha))
		programmetest.RequireSound(t, p.DB)
	})
}
