package performance_test

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report/performance"
)

func (w *trafficWorld) add(at time.Time, hourly bool, source map[click.Dimension]string, fill func(*happening)) {
	h := happening{at: at, hourly: hourly, source: source}
	fill(&h)
	w.all = append(w.all, h)
}

// client stores a client and its events, and adds the events to those that the
// test expects.
func (w *trafficWorld) client(t *testing.T, p *programmetest.Programme, random *rand.Rand, i int, source map[click.Dimension]string, moment func() time.Time) {
	t.Helper()
	uid, partner := programmetest.RandomUID(random), programmetest.UUID(programmetest.PartnerA)
	registered, verified, deposited, traded := moment(), moment(), moment(), clock.DayOf(moment(), time.UTC)
	clicked := db.OptionalMicros(&registered)
	known := i%5 != 0 // every fifth client came from another partner, so this partner knows no source of the client
	if i%4 == 0 || !known {
		clicked = nil
		source = map[click.Dimension]string{click.ByCampaign: source[click.ByCampaign], click.BySubID: source[click.BySubID], click.ByCountry: "FR"}
	}
	if !known {
		source = map[click.Dimension]string{click.ByCountry: "FR"}
	}
	dbtest.Insert(t, p.DB, "clients", dbtest.Row{
		"partner_id": partner, "client_uid": uid, "number": int64(i), "email": "", "country": "FR", "link_code": "alpha", "campaign_code": "", "sub_id": "",
		"click_id": "", "registered_at": db.Micros(registered), "reg_day": int64(0), "relation": "active", "verified_at": db.Micros(verified),
		"contact_status": "EMPTY", "first_deposit_at": db.Micros(deposited), "first_deposit_fact": "", "first_deposit_usd_e6": int64(0),
		"deposits_usd_e6": int64(0), "balance_usd_e6": int64(0), "equity_usd_e6": int64(0), "first_trade_day": int64(traded), "orders_count": int64(0),
		"volume_lots_e8": int64(0), "volume_usd_e4": int64(0), "reward_usd_e6": int64(0), "rebate_usd_e6": int64(0),
	})
	if known {
		country := source[click.ByCountry]
		if clicked == nil {
			country = ""
		}
		var link *int64
		if number, err := money.ParseScaled(source[click.ByLink], 0); err == nil && number > 0 {
			link = &number
		}
		dbtest.Insert(t, p.DB, "client_sources", dbtest.Row{
			"partner_id": partner, "client_uid": uid, "click_id": "", "clicked_at": clicked, "link_code": "alpha", "campaign_code": source[click.ByCampaign],
			"link_id": link, "tags": source[click.ByTag], "sub_id": source[click.BySubID], "country": country, "platform": source[click.ByPlatform],
			"registered_at": db.Micros(registered),
		})
		w.add(registered, true, source, func(h *happening) {
			if h.Registrations = 1; clicked != nil {
				h.ByClick = 1
			}
		})
		w.add(verified, true, source, func(h *happening) { h.KYCPassed = 1 })
		w.add(deposited, true, source, func(h *happening) { h.FTD = 1 })
		w.add(traded.Start(time.UTC), false, source, func(h *happening) { h.FTT = 1 })
	}
	for n := range 3 {
		day, account := moment().Truncate(24*time.Hour), uid.String()[:8]+string(rune('a'+n))
		orders, reward := random.Int64N(3), random.Int64N(9_000_000)-1_000_000
		dbtest.Insert(t, p.DB, "account_days", dbtest.Row{
			"partner_id": partner, "reward_day": int64(clock.DayOf(day, time.UTC)), "client_account": account, "number": int64(0), "client_uid": uid,
			"account_type": "Standard", "country": "FR", "link_code": "alpha", "reward_rows": int64(1), "orders_count": orders,
			"volume_lots_e8": int64(100_000_000), "volume_usd_e4": int64(250_000), "reward_e6": int64(0), "reward_usd_e6": reward,
		})
		w.add(day, false, source, func(h *happening) {
			h.Lots, h.Volume, h.Reward = 1_0000_0000, 25_0000, money.Amount(reward)
			if orders > 0 {
				h.client = uid
			}
		})
	}
	number, status, answered := int64(1000+i), []string{"paid", "paid", "failed"}[i%3], moment()
	dbtest.Insert(t, p.DB, "rebate_rows", dbtest.Row{
		"partner_id": partner, "row_id": number, "rebate_id": number, "client_account": "", "client_uid": uid, "percent_e4": int64(0), "orders_count": int64(0),
		"reward_e6": int64(0), "reward_usd_e6": int64(0), "rebate_e6": int64(0), "rebate_usd_e6": int64(0), "topay_e6": int64(0), "topay_usd_e6": int64(0),
		"status": "paid", "reason": "", "changed_at": int64(0),
	})
	for j, kind := range []string{"rebate", "withdrawal"} { // both have the same number, but only the rebate must be found
		dbtest.Insert(t, p.DB, "payouts", dbtest.Row{
			"partner_id": partner, "payout_id": 2*number + int64(j), "kind": kind, "subject_id": number, "client_account": "", "destination": "", "currency": "USD",
			"amount_e6": int64(0), "amount_usd_e6": 1_230_000 + number, "status": status, "reason": "", "posting_id": uid, "created_at": int64(0),
			"answered_at": db.Micros(answered),
		})
	}
	if status == "paid" {
		w.add(answered, true, source, func(h *happening) { h.Rebate = money.Amount(1_230_000 + number) })
	}
}

// expectedFigures computes the groups for a query from the events.
func (w *trafficWorld) expectedFigures(q *performance.Query, by []click.Dimension) map[string]performance.Figures {
	groups, active := map[string]performance.Figures{}, map[string]map[id.UUID]bool{}
	for i := range w.all {
		h := &w.all[i]
		zone := time.UTC
		if h.hourly {
			zone = w.zone
		}
		if day := clock.DayOf(h.at, zone); day < q.From || day > q.To || !h.passes(q.Only) {
			continue
		}
		for _, key := range h.keys(by, w.zone) {
			if tag := slices.Index(by, click.ByTag); tag >= 0 && q.Only[click.ByTag] != nil && !slices.Contains(q.Only[click.ByTag], key[tag]) {
				continue
			}
			name := strings.Join(key, "|")
			g := groups[name]
			g.Clicks += h.Clicks
			g.UniqueClicks += h.UniqueClicks
			g.Registrations += h.Registrations
			g.ByClick += h.ByClick
			g.KYCPassed += h.KYCPassed
			g.FTD += h.FTD
			g.FTT += h.FTT
			g.Lots += h.Lots
			g.Volume += h.Volume
			g.Reward += h.Reward
			g.Rebate += h.Rebate
			g.Cost += h.Cost
			if h.client != id.Nil {
				if active[name] == nil {
					active[name] = map[id.UUID]bool{}
				}
				active[name][h.client] = true
				g.ActiveClients = int64(len(active[name]))
			}
			groups[name] = g
		}
	}
	for name, g := range groups {
		if g == (performance.Figures{}) {
			delete(groups, name)
		}
	}
	return groups
}

func (h *happening) passes(only map[click.Dimension][]string) bool {
	for by, wanted := range only {
		values := []string{h.source[by]}
		if by == click.ByTag {
			values = strings.Split(h.source[by], ",")
		}
		if !slices.ContainsFunc(values, func(value string) bool { return slices.Contains(wanted, value) }) {
			return false
		}
	}
	return true
}

func (w *trafficWorld) check(t *testing.T) {
	t.Helper()
	for _, filters := range []string{
		"", "campaign_code=spring", "campaign_code=spring,summer&sub_id=s1", "link=2,10", "tag=a", "tag=a,ab", "tag=A", "country=FR,PL", "platform=web", "sub_id=nobody",
	} {
		for _, by := range []string{
			"campaign_code", "link", "tag", "sub_id", "country", "platform", "day", "hour", "month", "month,campaign_code", "day,hour,tag", "link,country,platform,month",
		} {
			params, err := url.ParseQuery(filters + "&date_from=2026-03-02&date_to=2026-03-31&group_by=" + by)
			require.NoError(t, err)
			r, _, err := w.service.Read(programmetest.UUID(programmetest.PartnerA), params)
			require.NoError(t, err)
			made, err := w.service.Report(t.Context(), r)
			require.NoError(t, err)
			found := map[string]performance.Figures{}
			for i := range made.Rows {
				found[strings.Join(made.Rows[i].Key, "|")] = made.Rows[i].Figures
			}
			require.Len(t, found, len(made.Rows), "each group is one row")
			require.Equal(t, w.expectedFigures(&r.Query, r.By), found, "%s by %s", filters, by)
			require.Equal(t, w.expectedFigures(&r.Query, nil)[""], made.Totals.Figures, "totals of %s by %s", filters, by)
		}
	}
	w.checkCompare(t)
	w.checkValues(t)
	other, _, err := w.service.Read(programmetest.UUID(programmetest.PartnerB), url.Values{"date_from": {"2026-02-01"}, "date_to": {"2026-04-30"}})
	require.NoError(t, err)
	made, err := w.service.Report(t.Context(), other)
	require.NoError(t, err)
	require.Positive(t, made.Totals.Clicks)
	require.Equal(t, performance.Figures{Clicks: made.Totals.Clicks, UniqueClicks: made.Totals.UniqueClicks}, made.Totals.Figures, "the other partner has clicks but no clients")
}

// checkCompare checks that the figures of the previous period equal the
// figures of a report for that period.
func (w *trafficWorld) checkCompare(t *testing.T) {
	t.Helper()
	for _, c := range []struct{ by, from, to, beforeFrom, beforeTo, now, before string }{
		{"campaign_code", "2026-03-10", "2026-03-19", "2026-02-28", "2026-03-09", "spring", "spring"},
		{"day", "2026-03-10", "2026-03-19", "2026-02-28", "2026-03-09", "2026-03-11", "2026-03-01"},
		{"hour", "2026-03-10", "2026-03-19", "2026-02-28", "2026-03-09", "", ""},
		{"month", "2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28", "2026-03", "2026-02"},
		{"month", "2026-03-31", "2026-03-31", "2026-02-28", "2026-02-28", "2026-03", "2026-02"},
		{"month", "2026-03-05", "2026-04-03", "2026-01-05", "2026-02-03", "2026-04", "2026-02"},
	} {
		params := url.Values{"group_by": {c.by}, "date_from": {c.from}, "date_to": {c.to}, "compare": {"previous"}}
		r, _, err := w.service.Read(programmetest.UUID(programmetest.PartnerA), params)
		require.NoError(t, err)
		made, err := w.service.Report(t.Context(), r)
		require.NoError(t, err)
		from, err := clock.ParseDay(c.beforeFrom)
		require.NoError(t, err)
		to, err := clock.ParseDay(c.beforeTo)
		require.NoError(t, err)
		previous := r.Query
		previous.From, previous.To = from, to
		groups := w.expectedFigures(&previous, r.By)
		sum := 0
		for i := range made.Rows {
			row := &made.Rows[i]
			if row.Before != (performance.Figures{}) {
				sum++
			}
			if row.Key[0] == c.now {
				require.Equal(t, groups[c.before], row.Before, "%+v", c)
			}
		}
		require.Len(t, groups, sum, "every group of the period before: %+v", c)
		require.Equal(t, w.expectedFigures(&previous, nil)[""], made.Totals.Before, "%+v", c)
		require.Equal(t, w.expectedFigures(&r.Query, nil)[""], made.Totals.Figures, "%+v", c)
	}
}

func (w *trafficWorld) checkValues(t *testing.T) {
	t.Helper()
	for by, values := range map[click.Dimension][]string{
		click.ByCampaign: {"spring", "summer"}, click.ByLink: {"1", "10", "2"}, click.ByTag: {"A", "a", "ab"},
		click.BySubID: {"s1", "s2"}, click.ByCountry: {"DE", "FR", "PL"}, click.ByPlatform: {"mobile", "web"},
	} {
		found, err := w.service.Values(t.Context(), programmetest.UUID(programmetest.PartnerA), by, "", 1000)
		require.NoError(t, err)
		require.Equal(t, values, found, by)
		found, err = w.service.Values(t.Context(), programmetest.UUID(programmetest.PartnerA), by, strings.ToUpper(values[0]), 1)
		require.NoError(t, err)
		require.Equal(t, values[:1], found, by)
		found, err = w.service.Values(t.Context(), programmetest.UUID(programmetest.PartnerA), by, "no such value", 1000)
		require.NoError(t, err)
		require.Empty(t, found)
	}
}
