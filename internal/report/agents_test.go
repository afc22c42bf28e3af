package report_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
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

const partnerD = "dddddddd-0000-4000-8000-000000000004"

// TestSharedReports compares the reports of a referral agent with figures
// computed in memory. Each owner of the agent's links shares both reports, one
// of them or none.
func TestSharedReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		random := rand.New(rand.NewPCG(9, 10))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
			`"partner_uid":"`+partnerD+`","email":"d@example.com","country":"JP","program":"ib","partner_code":"delta","currency":"JPY"`))
		for i, l := range []struct {
			owner, code, email string
			rewards, clients   bool
		}{
			{programmetest.PartnerA, "both", "d@example.com", true, true},
			{programmetest.PartnerA, "rewards", "d@example.com", true, false},
			{programmetest.PartnerA, "closed", "d@example.com", false, false},
			{programmetest.PartnerB, "Clients", "d@example.com", false, true},
			{programmetest.PartnerB, "of-a", "a@example.com", true, true},
		} {
			link := int64(700 + i)
			p.AgentLink(t, l.owner, link, l.code, l.email)
			p.Write(t, `UPDATE agent_links SET share_rewards = $2, share_clients = $3 WHERE link_id = $1`, link, l.rewards, l.clients)
			p.Agree(t, l.owner, link, "2026-03-01T00:00:00Z", 30_0000, 0)
			for j := range 6 {
				account := strconv.Itoa(5000 + 100*i + j)
				at := time.Date(2026, 2, 3+j%4, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
				p.MustFeed(t, p.Fact(feed.AccountOpened, at, fmt.Sprintf(
					`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD","partner_code":%q`,
					account, programmetest.Pick(random, programmetest.Client1, programmetest.Client2), programmetest.Pick(random, "Standard", "Pro"), l.code)))
			}
		}
		for i := range 150 {
			account := strconv.Itoa(5000 + 100*random.IntN(5) + random.IntN(5)) // the sixth account of each link never trades
			at := time.Date(2026, 2, 20+random.IntN(20), random.IntN(24), 0, 0, 0, time.UTC).Format(time.RFC3339)
			p.MustFeed(t, p.Order(account, 1+i, programmetest.Pick(random, "EURUSD", "USDJPY"), at, fmt.Sprintf(`,"open_spread":%d`, random.IntN(20))))
			if random.IntN(10) == 0 {
				p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-20T00:00:00Z", fmt.Sprintf(`"server":"Real","ticket":%d,"reason":"test"`, 1+i)))
			}
		}
		programmetest.RequireSound(t, p.DB)
		b := &reportBundle{
			books:   &programmetest.ReportBooks{Partner: report.Partner{ID: programmetest.UUID(partnerD), Account: accountOf(t, p.DB, partnerD), Currency: "JPY"}},
			service: report.NewService(report.NewSQLStore(p.DB), clock.At(programmetest.ReportNow), report.Options{}), db: p.DB,
		}
		sheets := sharedSheets(t, b)
		b.service.Stride(stride)
		for name, test := range map[string]func(*testing.T){
			"lists":        func(t *testing.T) { b.checkLists(t, sheets) },
			"values":       func(t *testing.T) { b.checkValues(t, sheets) },
			"plans":        func(t *testing.T) { sharedPlans(t, b) },
			"boundaries":   func(t *testing.T) { sharedBoundaries(t, b) },
			"not an agent": func(t *testing.T) { sharedNotAgent(t, b) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t)
			})
		}
	})
}

func accountOf(t *testing.T, db db.DB, partner string) (account string) {
	t.Helper()
	require.NoError(t, db.QueryRow(t.Context(), `SELECT partner_account FROM partners WHERE partner_id = $1`, programmetest.UUID(partner)).Scan(&account))
	return account
}

func sharedSheets(t *testing.T, b *reportBundle) map[string]*sheet {
	t.Helper()
	earned := map[string]programmetest.ReportRow{} // the key is an account, or an account and a day
	for _, s := range readShares(t, b.db) {
		for _, key := range []string{s.Text("client_account"), s.Text("client_account") + " " + strconv.FormatInt(s.Int("reward_day"), 10)} {
			if earned[key] == nil {
				earned[key] = programmetest.ReportRow{}
			}
			earned[key]["share_e6"] = earned[key].Int("share_e6") + s.Int("amount_e6")
			earned[key]["share_usd_e6"] = earned[key].Int("share_usd_e6") + s.Int("amount_usd_e6")
		}
	}
	v2 := &sheet{
		visible: keys(`id link_code country client_account client_account_type client_uid reg_date partner_account currency volume_lots volume_mln_usd trade_fn reward reward_usd`),
		order:   "-reg_date", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward":%s,"reward_usd":%s,"currency":%s,"client_uid_count":%s`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "share_e6", moneyNumber), total(rows, "share_usd_e6", moneyNumber),
				onlyOf(rows, "JPY"), different(rows, "client_uid"))
		},
	}
	v3 := &sheet{
		visible: keys(`link_code country client_account client_account_type client_uid reg_date partner_account volume_lots volume_mln_usd trade_fn agent_commission_usd`),
		order:   "-reg_date", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"client_uid_count":%s,"volume_lots":%s,"volume_mln_usd":%s,"agent_commission_usd":%s`,
				different(rows, "client_uid"), total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "share_usd_e6", moneyNumber))
		},
	}
	for _, a := range readShared(t, b.db, `SELECT client_account, account_type, country, client_uid, link_code, opened_day, last_trade_day, volume_lots_e8, volume_usd_e4 FROM accounts`) {
		if !slices.Contains([]string{"both", "Clients"}, a.Text("link_code")) {
			continue
		}
		sums := earned[a.Text("client_account")]
		a["share_e6"], a["share_usd_e6"] = sums.Int("share_e6"), sums.Int("share_usd_e6")
		cells := sharedCells(a)
		cells["id"], cells["reg_date"], cells["trade_fn"] = integer(number(t, a.Text("client_account"))), day(a, "day"), day(a, "last_trade_day")
		cells["partner_account"], cells["currency"] = text(b.books.Partner.Account), text("JPY")
		cells["reward"], cells["reward_usd"] = numberCell(a, "share_e6", moneyNumber), numberCell(a, "share_usd_e6", moneyNumber)
		cells["agent_commission_usd"] = cells["reward_usd"]
		r := row{cells, []cell{text(a.Text("client_account"))}, a}
		v2.rows, v3.rows = append(v2.rows, r), append(v3.rows, r)
	}
	v4 := &sheet{
		visible: keys(`client_account client_account_type client_uid country link_code reward_date volume_lots volume_mln_usd share_amount_usd`),
		order:   "-reward_date", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"share_amount_usd":%s`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "share_usd_e6", moneyNumber))
		},
	}
	for _, d := range readShared(t, b.db, `SELECT client_account, account_type, country, client_uid, link_code, reward_day, NULL, volume_lots_e8, volume_usd_e4 FROM account_days`) {
		if !slices.Contains([]string{"both", "rewards"}, d.Text("link_code")) {
			continue
		}
		d["share_usd_e6"] = earned[d.Text("client_account")+" "+strconv.FormatInt(d.Int("day"), 10)].Int("share_usd_e6")
		cells := sharedCells(d)
		cells["reward_date"], cells["share_amount_usd"] = day(d, "day"), numberCell(d, "share_usd_e6", moneyNumber)
		v4.rows = append(v4.rows, row{cells, []cell{cells["reward_date"], text(d.Text("client_account"))}, d})
	}
	return map[string]*sheet{"clients_shared": v2, "clients_shared_v3": v3, "rewards_shared": v4}
}

func number(t *testing.T, digits string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(digits, 10, 64)
	require.NoError(t, err)
	return n
}

func sharedCells(r programmetest.ReportRow) map[string]cell {
	return map[string]cell{
		"client_account": account(r.Text("client_account")), "client_account_type": text(r.Text("account_type")), "client_uid": short(r.UID("client_uid")),
		"country": text(r.Text("country")), "link_code": text(r.Text("link_code")),
		"volume_lots": numberCell(r, "volume_lots_e8", lots), "volume_mln_usd": numberCell(r, "volume_usd_e4", mlnUSD),
	}
}

func readShared(t *testing.T, database db.DB, query string) []programmetest.ReportRow {
	t.Helper()
	rows, err := db.Collect(t.Context(), database, func(rows db.Rows) (programmetest.ReportRow, error) {
		var account, kind, country, code string
		var client id.UUID
		var first, volume, usd int64
		var last *int64
		err := rows.Scan(&account, &kind, &country, &client, &code, &first, &last, &volume, &usd)
		r := programmetest.ReportRow{
			"client_account": account, "account_type": kind, "country": country, "client_uid": client, "link_code": code,
			"day": first, "last_trade_day": nil, "volume_lots_e8": volume, "volume_usd_e4": usd,
		}
		if last != nil {
			r["last_trade_day"] = *last
		}
		return r, err
	}, query)
	require.NoError(t, err)
	return rows
}

func readShares(t *testing.T, database db.DB) []programmetest.ReportRow {
	t.Helper()
	rows, err := db.Collect(t.Context(), database, func(rows db.Rows) (programmetest.ReportRow, error) {
		var account string
		var day, amount, usd int64
		err := rows.Scan(&account, &day, &amount, &usd)
		return programmetest.ReportRow{"client_account": account, "reward_day": day, "amount_e6": amount, "amount_usd_e6": usd}, err
	}, `SELECT client_account, reward_day, amount_e6, amount_usd_e6 FROM agent_shares WHERE partner_id = $1`, programmetest.UUID(partnerD))
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	return rows
}

// sharedPlans checks that no query reads an owner's accounts that do not belong
// to the agent's links.
func sharedPlans(t *testing.T, b *reportBundle) {
	for reportID := range map[string]bool{"clients_shared": true, "clients_shared_v3": true, "rewards_shared": true} {
		store := &explaining{SQLStore: report.NewSQLStore(b.db)}
		answer, err := report.NewService(store, clock.At(programmetest.ReportNow), report.Options{}).Prepare(definition(t, reportID), &report.Request{PartnerID: b.books.Partner.ID, Params: url.Values{"limit": {"3"}}})
		require.NoError(t, err)
		require.NoError(t, answer.Write(t.Context(), &bytes.Buffer{}))
		require.Len(t, store.plans, 2)
		for _, plan := range store.plans {
			if b.db.Engine() == db.SQLite {
				require.Contains(t, plan, "accounts_link", reportID)
				require.Contains(t, plan, "agent_shares_owner", reportID)
				require.NotContains(t, plan, "SCAN accounts", reportID)
			} else {
				require.NotContains(t, plan, "Seq Scan", reportID)
			}
		}
	}
}

// sharedBoundaries checks a list for which no index has the rows in order. One
// statement must find all boundaries of the list, no matter how many there are.
func sharedBoundaries(t *testing.T, b *reportBundle) {
	store := &explaining{SQLStore: report.NewSQLStore(b.db)}
	service := report.NewService(store, clock.At(programmetest.ReportNow), report.Options{})
	service.Stride(2)
	for _, reportID := range []string{"clients_shared", "rewards_shared"} {
		store.plans = nil
		found, _, err := service.Boundaries(t.Context(), definition(t, reportID), &report.Request{PartnerID: b.books.Partner.ID, Params: url.Values{}})
		require.NoError(t, err)
		require.Greater(t, len(found), 4, reportID)
		require.Len(t, store.plans, 2, "%s: one statement counts the rows, and one finds the boundaries", reportID)
	}
}

// TestSharedReports_Moves moves an account from one owner to another, who has a
// link of the same agent. The account then has a row for each owner. Each row has
// the agent's earnings from the period in which this owner had the account.
func TestSharedReports_Moves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
			`"partner_uid":"`+partnerD+`","email":"d@example.com","country":"JP","program":"ib","partner_code":"delta","currency":"USD"`))
		for i, owner := range []string{programmetest.PartnerA, programmetest.PartnerB} {
			link, code := int64(700+i), []string{"zof-a", "of-b"}[i]
			p.AgentLink(t, owner, link, code, "d@example.com")
			p.Write(t, `UPDATE agent_links SET share_rewards = $1, share_clients = $1`, true)
			p.Agree(t, owner, link, "2026-01-03T00:00:00Z", []int64{10_0000, 40_0000}[i], 0)
		}
		p.MustFeed(t, p.OpenAccount(programmetest.Client1, "7001", "zof-a", ``), p.Order("7001", 1, "EURUSD", "2026-03-10T01:00:00Z", ``))
		p.MustFeed(t, p.Fact(feed.ClientMoved, "2026-03-10T12:00:00Z", fmt.Sprintf(`"client_uid":%q,"partner_code":"of-b","reason":"test"`, programmetest.Client1)))
		p.MustFeed(t, p.Order("7001", 2, "EURUSD", "2026-03-10T23:00:00Z", ``))
		store, agent := report.NewSQLStore(p.DB), programmetest.UUID(partnerD)
		for reportID, column := range map[string]string{"clients_shared": "reward_usd", "clients_shared_v3": "agent_commission_usd", "rewards_shared": "share_amount_usd"} {
			d := definition(t, reportID)
			got := answerOf(t, store, d, agent, "client_account=7001&ordering=link_code")
			require.Len(t, got.Data, 2, reportID)
			for i, want := range []struct{ code, earned string }{{"of-b", "0.8"}, {"zof-a", "0.2"}} {
				require.JSONEq(t, strconv.Quote(want.code), string(got.Data[i]["link_code"]), reportID)
				require.JSONEq(t, want.earned, string(got.Data[i][column]), "%s: %s", reportID, want.code)
			}
			require.JSONEq(t, "1", string(got.Totals[column]), reportID)
			got = answerOf(t, store, d, agent, "client_account=7001")
			first := answerOf(t, store, d, agent, "client_account=7001&limit=1&cursor=first")
			second := answerOf(t, store, d, agent, "client_account=7001&limit=1&cursor="+*first.Page.Next)
			require.Equal(t, got.Data, append(first.Data, second.Data...), "%s: each row is on one page", reportID)
		}
	})
}

// sharedNotAgent checks that the shared reports are empty for an owner, and for
// a partner who is not an agent.
func sharedNotAgent(t *testing.T, b *reportBundle) {
	for _, partner := range []string{programmetest.PartnerB, programmetest.PartnerA} {
		other := &reportBundle{books: &programmetest.ReportBooks{Partner: report.Partner{ID: programmetest.UUID(partner)}}, service: b.service, db: b.db}
		body := other.get(t, definition(t, "clients_shared_v3"), url.Values{}, report.CSV)
		if partner == programmetest.PartnerB {
			require.Equal(t, 1, strings.Count(body, "\n"), "B is not an agent: %s", body)
		} else {
			require.Equal(t, 7, strings.Count(body, "\n"), "A is B's agent: %s", body)
			require.NotContains(t, body, "Clients")
		}
	}
}
