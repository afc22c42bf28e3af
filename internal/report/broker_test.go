package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
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
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

const partnerC = "cccccccc-0000-4000-8000-000000000003"

// allBooks fills a store with random books of three partners and of the
// programme itself.
func allBooks(t *testing.T, p *programmetest.Programme, random *rand.Rand) {
	t.Helper()
	programmetest.WithOverrides(t, p)
	p.MustFeed(t, p.Setting()...)
	p.AgentLink(t, programmetest.PartnerA, 1, "ofagent", "b@example.com")
	p.Write(t, `UPDATE agent_links SET share_rewards = $1, share_clients = $1`, true)
	p.Agree(t, programmetest.PartnerA, 1, "2026-01-03T00:00:00Z", 25_0000, -1)
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 20, "MONTHLY", 1, true, "")
	p.Feed(t, programmetest.RandomFacts(p, random)...)
	for i, code := range []string{"ofagent", "beta", "gamma", "ofagent"} {
		account := strconv.Itoa(7001 + i)
		p.MustFeed(t, p.OpenAccount(programmetest.Client1, account, code, ``),
			p.Fact(feed.DepositReceived, "2026-03-02T10:00:00Z", fmt.Sprintf(`"client_account":%q,"amount_usd":%d`, account, 5+i)))
		for j := range 20 {
			at := time.Date(2026, 3, 1+random.IntN(60), random.IntN(24), 0, 0, 0, time.UTC).Format(time.RFC3339)
			p.Feed(t, p.Order(account, 70_000+100*i+j, programmetest.Pick(random, "EURUSD", "USDJPY"), at, fmt.Sprintf(`,"open_spread":%d`, random.IntN(200))))
			if random.IntN(8) == 0 {
				p.Feed(t, p.Fact(feed.OrderReversed, "2026-06-20T00:00:00Z", fmt.Sprintf(`"server":"Real","ticket":%d,"reason":"test"`, 70_000+100*i+j)))
			}
		}
		p.Clock.Advance(time.Minute)
	}
	programmetest.RequireSound(t, p.DB)
	for i, owner := range owners {
		dbtest.Insert(t, p.DB, "level_reviews", dbtest.Row{
			"partner_id": programmetest.UUID(owner), "review_day": int64(20_600), "reviewed_at": int64(0), "plan_id": id.Nil, "volume_usd_e4": int64(0), "active_clients": int64(1),
			"level": "Silver", "earned_level": "Gold", "new_level": "Gold", "from_day": int64(20_601), "falls_to": nil, "period_start_day": int64(20_570 - i), "period_end_day": int64(20_599),
			"progress_id": int64(57), "paid_through": nil, "currency": "USD", "orders_count": int64(1), "amount_usd_e6": int64(1_250_000 + i), "amount_e6": int64(1_250_000 + i),
		})
		dbtest.Insert(t, p.DB, "progress_rows", dbtest.Row{
			"partner_id": programmetest.UUID(owner), "client_account": "1001", "ticket": int64(1 + i), "part": int64(1), "kind": int64(0), "progress_id": int64(57), "row_id": int64(1),
			"reward_at": int64(1_780_000_000_000_000), "account_type": "Pro", "initial_usd_e6": int64(1), "initial_percent_e4": int64(20_0000), "old_percent_e4": int64(20_0000),
			"new_percent_e4": int64(36_0000), "amount_usd_e6": int64(1_250_000 + i), "amount_e6": int64(1_250_000 + i),
		})
	}
	programmetest.CPARows(t, p, owners...)
	p.Write(t, `UPDATE rebates SET status = 'approved' WHERE rebate_id IN (SELECT rebate_id FROM rebate_rows)`)
	p.Write(t, `UPDATE rebate_rows SET status = 'approved', topay_e6 = 10000, topay_usd_e6 = 10000`)
}

// answered is the response of a report.
type answered struct {
	Data   []map[string]json.RawMessage
	Totals map[string]json.RawMessage
	Page   struct{ Next, Previous *string }
}

func answerOf(t *testing.T, store report.Store, d *report.Definition, owner id.UUID, query string) answered {
	t.Helper()
	var got answered
	require.NoError(t, json.Unmarshal([]byte(textOf(t, store, d, owner, query)), &got))
	return got
}

func textOf(t *testing.T, store report.Store, d *report.Definition, owner id.UUID, query string) string {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	service := report.NewService(store, clock.At(programmetest.Now), report.Options{})
	answer, err := service.Prepare(d, &report.Request{
		PartnerID: owner, Params: params, Output: report.Output(params.Get("format")), Path: func(string) string { return "57" },
	})
	require.NoError(t, err, "%s %s", d.ID, query)
	var out bytes.Buffer
	require.NoError(t, answer.Write(t.Context(), &out), "%s %s", d.ID, query)
	return out.String()
}

// ofPartner converts a row of the broker's report to a row of the partner's
// report. It removes the column "partner", and renames the column "sub_partner"
// to "partner".
func ofPartner(row map[string]json.RawMessage) map[string]json.RawMessage {
	row = maps.Clone(row)
	delete(row, "partner")
	if member, has := row["sub_partner"]; has {
		delete(row, "sub_partner")
		row["partner"] = member
	}
	return row
}

// TestBrokerReports compares each of the broker's reports with the reports of the
// partners: for one partner it has the same rows, and for all partners the rows
// and the sums of all of them.
func TestBrokerReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		seed := programmetest.FromEnv(t, "TRIBUTARY_SEED", 12)
		allBooks(t, p, rand.New(rand.NewPCG(seed, 12)))
		store := report.NewSQLStore(p.DB)
		for _, d := range report.BrokerCatalogue() {
			t.Run(d.ID, func(t *testing.T) {
				t.Parallel()
				own := report.ByID(d.OperationID())
				base := "limit=1000&"
				if d.Groups != nil {
					base += "aggregate_by=country&reward_date_from=2026-01-01&reward_date_to=2026-12-31&"
				}
				rows := checkPartners(t, store, d, own, base)
				require.NotEmpty(t, rows, "the books have rows of every report")
				checkAll(t, store, d, own, base)
			})
		}
	})
}

var owners = []string{programmetest.PartnerA, programmetest.PartnerB, partnerC}

// checkPartners checks the report for each partner, with filters and orders. It
// returns the rows of all partners.
func checkPartners(t *testing.T, store report.Store, d, own *report.Definition, base string) (rows []map[string]json.RawMessage) {
	t.Helper()
	queries := []string{"", "country=CY,TH", "client_account=7001,1001", "partner_account=1"}
	for _, name := range own.Orderable() {
		if d.Groups == nil && name != "partner" {
			queries = append(queries, "ordering="+name, "ordering=-"+name)
		}
	}
	if !own.Unpaged {
		queries = append(queries, "offset=1")
	}
	for _, owner := range owners {
		for _, query := range queries {
			query = base + query
			mine, theirs := answerOf(t, store, own, programmetest.UUID(owner), query), answerOf(t, store, d, id.Nil, query+"&partner="+owner)
			require.Len(t, theirs.Data, len(mine.Data), query)
			for i, row := range theirs.Data {
				if d.Groups == nil {
					require.JSONEq(t, strconv.Quote(owner), string(row["partner"]))
				}
				require.Equal(t, mine.Data[i], ofPartner(row), query)
			}
			for name, total := range theirs.Totals {
				if !own.Unpaged {
					require.Equal(t, string(mine.Totals[name]), string(total), "%s of %s", name, query)
				}
			}
			if query == base {
				rows = append(rows, theirs.Data...)
			}
		}
	}
	return rows
}

// checkAll checks the report of all partners.
func checkAll(t *testing.T, store report.Store, d, own *report.Definition, base string) {
	t.Helper()
	if d.Groups != nil {
		base = strings.Replace(base, "country", "partner,country", 1)
	}
	queries := []string{"", "country=TH,CY", "client_account=7001,1001,7003", "date_from=2026-03-05", "client_uid=" + programmetest.Client1}
	for _, name := range own.Orderable() {
		if d.Groups == nil && name != "partner" {
			queries = append(queries, "ordering=-"+name)
		}
	}
	for _, query := range queries {
		query = base + query
		all := answerOf(t, store, d, id.Nil, query)
		count, sums := int64(0), map[string]*big.Rat{}
		var apart []map[string]json.RawMessage
		for _, owner := range owners {
			one := answerOf(t, store, d, id.Nil, query+"&partner="+owner)
			apart = append(apart, one.Data...)
			for name, total := range one.Totals {
				add(sums, name, total)
			}
			count += int64(len(one.Data))
		}
		require.ElementsMatch(t, apart, all.Data, query)
		for name, total := range all.Totals {
			if name == "server_dt" || strings.Contains(name, "period") {
				continue
			}
			got := map[string]*big.Rat{}
			add(got, name, total)
			difference := new(big.Rat).Sub(sums[name], got[name])
			require.LessOrEqual(t, difference.Abs(difference).Cmp(big.NewRat(2, 100)), 0, "%s of %s: the totals of all partners are the sums over the partners, rounded once", name, query)
		}
		paged := []map[string]json.RawMessage{}
		for offset := 0; offset < len(all.Data); offset += 7 {
			paged = append(paged, answerOf(t, store, d, id.Nil, strings.Replace(query, "limit=1000", "limit=7&offset="+strconv.Itoa(offset), 1)).Data...)
		}
		require.Equal(t, all.Data, paged, query)
		if d.Cursors() {
			walked := []map[string]json.RawMessage{}
			for cursor := new(report.FirstCursor); cursor != nil; {
				page := answerOf(t, store, d, id.Nil, strings.Replace(query, "limit=1000", "limit=9&cursor="+*cursor, 1))
				walked, cursor = append(walked, page.Data...), page.Page.Next
			}
			require.Equal(t, all.Data, walked, "by cursors: %s", query)
			walked = []map[string]json.RawMessage{}
			for cursor := new(report.LastCursor); cursor != nil; {
				page := answerOf(t, store, d, id.Nil, strings.Replace(query, "limit=1000", "limit=9&cursor="+*cursor, 1))
				walked, cursor = append(page.Data, walked...), page.Page.Previous
			}
			require.Equal(t, all.Data, walked, "by cursors, backward: %s", query)
		}
		require.Equal(t, len(all.Data)+1, strings.Count(textOf(t, store, d, id.Nil, query+"&format=csv"), "\r\n"), "a file has every row")
	}
	two := answerOf(t, store, d, id.Nil, base+"partner="+owners[0]+","+owners[2])
	apart := []map[string]json.RawMessage{}
	for _, owner := range []string{owners[0], owners[2]} {
		apart = append(apart, answerOf(t, store, d, id.Nil, base+"partner="+owner).Data...)
	}
	require.ElementsMatch(t, apart, two.Data, "two partners have the rows of both")
	require.JSONEq(t, strconv.Itoa(len(apart)), string(two.Totals["count"]))
	for _, stranger := range []string{partnerD, id.Nil.String()} {
		if own.Parent != nil {
			continue // its object does not exist
		}
		none := answerOf(t, store, d, id.Nil, base+"partner="+stranger)
		require.Empty(t, none.Data, "neither a partner who does not exist nor the programme itself has rows")
	}
}

// TestBrokerReports_Bounds checks that rows of all partners are added up only for
// a limited number of days.
func TestBrokerReports_Bounds(t *testing.T) {
	t.Parallel()
	service := report.NewService(&noted{engine: db.SQLite}, clock.System(), report.Options{})
	i := slices.IndexFunc(report.BrokerCatalogue(), func(d *report.Definition) bool { return d.OperationID() == "rewards_v2" })
	d := report.BrokerCatalogue()[i]
	for query, field := range map[string]string{
		"": "reward_date_from", "reward_date_from=2026-01-01": "reward_date_from", "reward_date_from=2025-01-01&reward_date_to=2026-01-02": "reward_date_to",
		"reward_date_from=2025-01-01&reward_date_to=2026-01-01": "", "reward_date=2026-01-01": "", "partner=" + partnerC: "", "reward_date_from=x&reward_date_to=2026-01-02": "reward_date_from",
		"partner=x&reward_date=2026-01-01": "partner",
		// The filter ignores these values.
		"reward_date=,": "reward_date_from", "reward_date=+": "reward_date_from", "reward_date=2026-01-01&reward_date=&reward_date_from=2026-01-01": "",
		// The filter uses the last of several values, and ignores white space.
		"reward_date_from=2026-01-01&reward_date_from=1990-01-01&reward_date_to=2026-01-02": "reward_date_to", "reward_date_from=+1990-01-01&reward_date_to=2026-01-02": "reward_date_to",
		"reward_date=" + days(366): "", "reward_date=" + days(367): "reward_date",
	} {
		params, err := url.ParseQuery("aggregate_by=month,partner&" + query)
		require.NoError(t, err)
		_, err = service.Prepare(d, &report.Request{Params: params})
		if field == "" {
			require.NoError(t, err, query)
			continue
		}
		var e *fault.Error
		require.ErrorAs(t, err, &e, query)
		require.Len(t, e.Fields, 1, query)
		require.Equal(t, field, e.Fields[0].Name, query)
	}
}

// days returns a list of successive days.
func days(count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return strings.Join(list, ",")
}

func add(sums map[string]*big.Rat, name string, total json.RawMessage) {
	if sums[name] == nil {
		sums[name] = new(big.Rat)
	}
	if n, ok := new(big.Rat).SetString(strings.Trim(string(total), `"`)); ok {
		sums[name].Add(sums[name], n)
	}
}

// TestBrokerReports_Plans checks that a default page of all partners is read from
// an index in order, and that a filter by account or client searches an index
// once for each partner.
func TestBrokerReports_Plans(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		allBooks(t, p, rand.New(rand.NewPCG(12, 12)))
		indexes := map[string]string{
			"orders": "reward_rows_closed", "clients_v2": "clients_day", "client_accounts": "accounts_day", "rewards": "account_days_day", "rewards_byday": "partner_days_day",
			"client_transactions": "deposits_all|postings_all|payouts_answered", "transactions": "postings_all", "progress_rewards": "level_reviews_raised", "cpa_clients": "cpa_clients_all",
		}
		for _, d := range report.BrokerCatalogue() {
			names := indexes[d.OperationID()]
			if names == "" {
				continue
			}
			plans := &explaining{SQLStore: report.NewSQLStore(p.DB), presorted: true}
			textOf(t, plans, d, id.Nil, "limit=5")
			for name := range strings.SplitSeq(names, "|") {
				require.Contains(t, plans.plans[0], name, d.ID)
			}
			if p.DB.Engine() == db.SQLite {
				require.NotRegexp(t, `(SCAN|SEARCH) (t|d|p|o) .*\n(.*SEARCH [a-z] .*\n)*.*TEMP B-TREE FOR ORDER BY`, plans.plans[0], d.ID)
			}
		}
		if p.DB.Engine() == db.Postgres {
			return // its choice depends on the number of rows
		}
		for query, index := range map[string]string{
			"orders?client_account=1001": "reward_rows_account", "orders?order_id=Real:100": "reward_rows_ticket", "rewards?client_account=1001": "account_days_account",
			"clients_v2?client_uid=" + programmetest.Client1: "clients", "clients_v2?email=one@example.com": "clients_email", "client_accounts?client_account=1001": "accounts",
		} {
			name, query, _ := strings.Cut(query, "?")
			plans := &explaining{SQLStore: report.NewSQLStore(p.DB), presorted: true}
			i := slices.IndexFunc(report.BrokerCatalogue(), func(d *report.Definition) bool { return d.OperationID() == name })
			textOf(t, plans, report.BrokerCatalogue()[i], id.Nil, query)
			for _, plan := range plans.plans {
				require.Contains(t, plan, index, query)
				require.Regexp(t, `SEARCH (t|a|e) USING .*partner_id=\? AND`, plan, query)
			}
		}
	})
}

// TestBrokerReports_Values checks the lists of filter values in reports of
// several partners. A list must contain only the values of these partners. Every
// list of all partners must have a limit.
func TestBrokerReports_Values(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		allBooks(t, p, rand.New(rand.NewPCG(12, 13)))
		values := func(t *testing.T, store report.Store, d *report.Definition, query string) (lists map[string][]any) {
			t.Helper()
			params, err := url.ParseQuery(query)
			require.NoError(t, err)
			answer, err := report.NewService(store, clock.At(programmetest.Now), report.Options{}).PrepareValues(d, id.Nil, params)
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, answer.Write(t.Context(), &out))
			require.NoError(t, json.Unmarshal(out.Bytes(), &lists))
			return lists
		}
		several := 0
		for _, d := range report.BrokerCatalogue() {
			if d.FiltersPath() == "" {
				continue
			}
			store := &explaining{SQLStore: report.NewSQLStore(p.DB)}
			ofA, ofC, both := values(t, store, d, "partner="+owners[0]), values(t, store, d, "partner="+owners[2]), values(t, store, d, "partner="+owners[0]+","+owners[2])
			require.ElementsMatch(t, []any{owners[0], owners[2]}, both["partner"], d.ID)
			for name, list := range both {
				if name == "partner" {
					continue
				}
				want := slices.Clone(ofA[name])
				for _, value := range ofC[name] {
					if !slices.Contains(want, value) {
						want = append(want, value)
					}
				}
				require.ElementsMatch(t, want, list, "%s of %s", name, d.ID)
				if len(want) > max(len(ofA[name]), len(ofC[name])) {
					several++
				}
			}
			store.plans = nil
			values(t, store, d, "")
			for _, plan := range store.plans {
				require.Contains(t, plan, " LIMIT $", d.ID)
			}
			_, err := report.NewService(store, clock.System(), report.Options{}).PrepareValues(d, id.Nil, url.Values{"partner": {"x"}})
			require.Equal(t, fault.ValidationError, fault.CodeOf(err))
		}
		require.Greater(t, several, 5)
	})
}

// TestReports_LargeNumbers checks that a filter accepts any 64-bit number.
func TestReports_LargeNumbers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		service, seen := report.NewService(report.NewSQLStore(p.DB), clock.At(programmetest.Now), report.Options{}), 0
		for _, d := range append(report.Catalogue(), report.BrokerCatalogue()...) {
			for _, c := range d.Filterable() {
				if c.Format != report.Integer {
					continue
				}
				seen++
				for _, number := range []string{"9223372036854775807", "-9223372036854775808,9223372036854775807"} {
					answer, err := service.Prepare(d, &report.Request{
						PartnerID: programmetest.UUID(programmetest.PartnerA), Params: url.Values{c.Name: {number}}, Path: func(string) string { return "57" },
					})
					require.NoError(t, err)
					if err := answer.Write(t.Context(), &bytes.Buffer{}); d.Parent == nil {
						require.NoError(t, err, "%s by %s", d.ID, c.Name)
					}
				}
			}
		}
		require.Greater(t, seen, 4)
	})
}
