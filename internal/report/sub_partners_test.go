package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/reward"
)

const partnerE = "eeeeeeee-0000-4000-8000-000000000005"

type members struct {
	Data []struct {
		Partner       id.UUID `json:"partner"`
		Parent        id.UUID `json:"parent"`
		Depth         int     `json:"depth"`
		LinkCode      string  `json:"link_code"`
		Country       string  `json:"country"`
		Level         string  `json:"level"`
		Clients       int64   `json:"clients"`
		ActiveClients int64   `json:"active_clients"`
		OverrideUSD   string  `json:"override_usd"`
	} `json:"data"`
	Totals struct {
		Count       int64       `json:"count"`
		Clients     int64       `json:"clients"`
		OverrideUSD string      `json:"override_usd"`
		VolumeLots  json.Number `json:"volume_lots"`
	} `json:"totals"`
}

func subPartners(t *testing.T, store report.Store, owner id.UUID, query string) members {
	t.Helper()
	text := subPartnersText(t, store, owner, query)
	var got members
	require.NoError(t, json.Unmarshal([]byte(text), &got), text)
	return got
}

func subPartnersText(t *testing.T, store report.Store, owner id.UUID, query string) string {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	service := report.NewService(store, clock.At(programmetest.Now), report.Options{})
	asked := &report.Request{PartnerID: owner, Params: params, Output: report.Output(params.Get("format"))}
	answer, err := service.Prepare(definition(t, "sub_partners"), asked)
	require.NoError(t, err, query)
	var out bytes.Buffer
	require.NoError(t, answer.Write(t.Context(), &out), query)
	return out.String()
}

// TestSubPartners builds the tree A > B > D, A > E, books random orders, and
// compares the report with the overrides and with the ledger.
func TestSubPartners(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		plan := reward.Default()
		plan.OverridePercents = []money.Percent{10_0000, 5_0000}
		_, err := reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
		require.NoError(t, err)
		p.MustFeed(t, p.Setting()...)
		for i, sub := range []struct{ uid, code, country, parent string }{{partnerD, "delta", "JP", "beta"}, {partnerE, "epsilon", "PL", "alpha"}} {
			p.MustFeed(t,
				p.Fact(feed.PartnerRegistered, fmt.Sprintf("2026-01-0%dT00:00:00Z", 3+i), fmt.Sprintf(
					`"partner_uid":%q,"email":"%[2]s@example.com","country":%[3]q,"program":"ib","partner_code":%[2]q,"currency":"USD","parent_code":%[4]q`, sub.uid, sub.code, sub.country, sub.parent)),
				p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
					`"client_account":"%d001","client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":%q`, 8+i, programmetest.Client2, sub.code)))
		}
		random := rand.New(rand.NewPCG(11, 12))
		p.Feed(t, programmetest.RandomFacts(p, random)...)
		for i := range 60 {
			at := time.Date(2026, 3, 1+random.IntN(60), random.IntN(24), 0, 0, 0, time.UTC).Format(time.RFC3339)
			p.MustFeed(t, p.Order(programmetest.Pick(random, "1001", "2001", "8001", "9001"), 50_000+i, "EURUSD", at, fmt.Sprintf(`,"open_spread":%d`, random.IntN(200))))
			if random.IntN(8) == 0 {
				p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-20T00:00:00Z", fmt.Sprintf(`"server":"Real","ticket":%d,"reason":"test"`, 50_000+i)))
			}
		}
		programmetest.RequireSound(t, p.DB)
		p.SetLevel(t, programmetest.UUID(partnerE), "Gold", "2026-06-30")
		p.SetLevel(t, programmetest.UUID(partnerE), "Silver", "2026-07-01")

		store := report.NewSQLStore(p.DB)
		d, e := programmetest.UUID(partnerD), programmetest.UUID(partnerE)
		all := subPartners(t, store, programmetest.Alpha, "")
		var shown []string
		for _, m := range all.Data {
			shown = append(shown, fmt.Sprintf("%d %s %s %s %s", m.Depth, m.LinkCode, m.Country, m.Level, m.Parent))
			require.NotEqual(t, "0.00", m.OverrideUSD, m.Partner)
			require.Equal(t, cents(dbtest.Scalar(t, p.DB, `SELECT CAST(sum(amount_usd_e6) AS BIGINT) FROM overrides WHERE partner_id = $1 AND sub_partner_id = $2`, programmetest.Alpha, m.Partner)), m.OverrideUSD)
			require.Equal(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM clients WHERE partner_id = $1`, m.Partner), m.Clients)
		}
		require.Equal(t, []string{
			"1 epsilon PL Gold " + programmetest.PartnerA, "2   Trading Partner " + programmetest.PartnerB, "1 beta TH Trading Partner " + programmetest.PartnerA,
		}, shown, "the newest first")
		require.EqualValues(t, 3, all.Totals.Count)
		require.Equal(t, cents(dbtest.Scalar(t, p.DB, `SELECT CAST(sum(e.amount_usd_e6) AS BIGINT) FROM postings p JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
			WHERE p.partner_id = $1 AND e.account = 'wallet' AND e.client_account IS NULL AND e.reward_day IS NOT NULL`, programmetest.Alpha)), all.Totals.OverrideUSD, "the ledger has the same sum")

		for query, want := range map[string][]id.UUID{
			"depth=1": {e, programmetest.Beta}, "depth=2": {d}, "depth=1,2": {e, d, programmetest.Beta}, "depth=3": nil, "depth=0": nil,
			"partner=" + partnerD: {d}, "partner=" + partnerD + "," + partnerE: {e, d}, "parent=" + programmetest.PartnerB: {d}, "parent=" + programmetest.PartnerA: {e, programmetest.Beta},
			"partner=" + programmetest.PartnerA: nil, "country=jp": nil, "country=pl,jp": {e}, "ordering=depth,-partner": {e, programmetest.Beta, d}, "limit=1&offset=1": {d},
		} {
			got := subPartners(t, store, programmetest.Alpha, query)
			var ids []id.UUID
			for _, m := range got.Data {
				ids = append(ids, m.Partner)
			}
			require.Equal(t, want, ids, query)
		}

		require.NotContains(t, subPartnersText(t, store, programmetest.Alpha, "format=csv"), "delta", "the link and the country of a partner further down are its own parent's")
		below := subPartners(t, store, programmetest.Beta, "country=jp")
		require.Equal(t, []string{"delta", "JP"}, []string{below.Data[0].LinkCode, below.Data[0].Country})
		plan.Levels = []reward.Level{{Name: "New", SharePercent: 20_0000}, {Name: "Silver", SharePercent: 35_0000}}
		plan.From = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		_, err = reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
		require.NoError(t, err)
		for _, m := range subPartners(t, store, programmetest.Alpha, "").Data {
			require.Equal(t, "New", m.Level, "a partner whose level is not in the plan is paid as the first level")
		}
		p.SetLevel(t, e, "Silver", "2026-06-30")
		require.Equal(t, "Silver", subPartners(t, store, programmetest.Alpha, "partner="+partnerE).Data[0].Level)

		require.Equal(t, "2 "+partnerD, onlyMember(t, subPartners(t, store, programmetest.Alpha, "partner="+partnerD)))
		require.Equal(t, "1 "+partnerD, onlyMember(t, subPartners(t, store, programmetest.Beta, "")), "B sees only what is below it")
		for _, leaf := range []id.UUID{d, e} {
			for _, query := range []string{"", "partner=" + programmetest.PartnerB, "parent=" + programmetest.PartnerA} {
				require.Empty(t, subPartners(t, store, leaf, query).Data, "the tree of another partner does not exist")
			}
		}

		plans := &explaining{SQLStore: store}
		subPartners(t, plans, programmetest.Alpha, "depth=1")
		require.Len(t, plans.plans, 2)
		for _, plan := range plans.plans {
			require.NotContains(t, plan, "overrides", "the cost must not grow with the orders")
			if p.DB.Engine() == db.SQLite {
				require.Contains(t, plan, "partners_parent")
				require.NotRegexp(t, `SCAN (c|m|r|s|o)\b`, plan)
			}
		}
	})
}

func onlyMember(t *testing.T, m members) string {
	t.Helper()
	require.Len(t, m.Data, 1)
	require.EqualValues(t, 1, m.Totals.Count)
	return strconv.Itoa(m.Data[0].Depth) + " " + m.Data[0].Partner.String()
}

func cents(usd int64) string { return string(money.AppendFixed(nil, money.RoundScaled(usd, 6, 2), 2)) }
