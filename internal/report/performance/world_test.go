package performance_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
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

// TestPerformance recomputes every figure of every group in the performance
// report from the events.
func TestPerformance(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (db, clicks db.DB)) {
		for _, name := range []string{"UTC", "Asia/Kolkata", "Europe/Berlin"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				zone, err := time.LoadLocation(name)
				require.NoError(t, err)
				w := newTrafficWorld(t, open, zone)
				w.check(t)
				w.checkPlans(t)
			})
		}
	})
}

// happening is one event, with the source that decides to which groups it
// belongs.
type happening struct {
	at     time.Time
	hourly bool // whether the event has an hour and not only a day
	source map[click.Dimension]string
	client id.UUID // client who traded; nil if no client traded
	performance.Figures
}

type trafficWorld struct {
	db      db.DB
	clicks  db.DB
	service *performance.Service
	zone    *time.Location
	all     []happening
}

// The days are around the end of March 2026, when clocks change in Berlin.
var trafficStart = time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC)

func newTrafficWorld(t *testing.T, open func(t *testing.T) (db, clicks db.DB), zone *time.Location) *trafficWorld {
	t.Helper()
	db, clicks := open(t)
	w := &trafficWorld{db: db, clicks: clicks, zone: zone}
	store := click.NewSQLStore(clicks)
	w.service = performance.New(performance.NewSQLStore(db, clicks, zone), clock.At(time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC)), zone)
	p := programmetest.New(db)
	random := rand.New(rand.NewPCG(5, 6))
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	moment := func() time.Time {
		return trafficStart.Add(time.Duration(random.Int64N(int64(45 * 24 * time.Hour)))).Truncate(time.Microsecond)
	}
	source := func() map[click.Dimension]string {
		return map[click.Dimension]string{
			click.ByCampaign: pick("", "spring", "summer"), click.ByLink: pick("", "1", "2", "10"), click.ByTag: pick("", "a", "A,ab", "a,ab"),
			click.BySubID: pick("", "s1", "s2"), click.ByCountry: pick("PL", "DE"), click.ByPlatform: pick("web", "mobile"),
		}
	}
	var kept []click.Click
	seen := map[string]bool{}
	for range 300 {
		at, from, owner := moment(), source(), pick(programmetest.PartnerA, programmetest.PartnerA, programmetest.PartnerB)
		c := programmetest.ClickOf(owner, at, click.Kind(pick("click", "click", "bot")))
		link, _ := strconv.ParseInt(from[click.ByLink], 10, 64)
		c.Hour = click.HourOf(at, zone)
		c.Source = click.Source{
			LinkCode: "alpha", CampaignCode: from[click.ByCampaign], LinkID: link, Tags: from[click.ByTag], SubID: from[click.BySubID],
			Country: from[click.ByCountry], Platform: from[click.ByPlatform],
		}
		c.Visitor = id.UUID{byte(1 + random.IntN(3))}
		kept = append(kept, c)
	}
	require.NoError(t, store.Add(t.Context(), kept))
	for _, c := range kept {
		if c.PartnerID != programmetest.UUID(programmetest.PartnerA) || c.Kind != click.Counted {
			continue
		}
		h := happening{at: c.At, hourly: true, Figures: performance.Figures{Clicks: 1}, source: sourceOf(&c.Source)}
		visitor := fmt.Sprint(clock.DayOf(c.At, zone), c.Visitor)
		if !seen[visitor] {
			seen[visitor] = true
			h.UniqueClicks = 1
		}
		w.all = append(w.all, h)
	}
	for i := range 60 {
		w.client(t, p, random, i, source(), moment)
	}
	for i := range 12 {
		day, amount := trafficStart.AddDate(0, 0, 3*i), int64(random.IntN(100))*1_000_000
		code := pick("spring", "summer", "unclicked")
		p.Write(t, `INSERT INTO campaign_costs (partner_id, campaign_code, day, amount_usd_e6, comment) VALUES ($1, $2, $3, $4, '')`,
			programmetest.UUID(programmetest.PartnerA), code, int64(clock.DayOf(day, time.UTC)), amount)
		w.add(day, false, map[click.Dimension]string{click.ByCampaign: code}, func(h *happening) { h.Cost = money.Amount(amount) })
	}
	return w
}

func sourceOf(s *click.Source) map[click.Dimension]string {
	link := ""
	if s.LinkID != 0 {
		link = strconv.FormatInt(s.LinkID, 10)
	}
	return map[click.Dimension]string{
		click.ByCampaign: s.CampaignCode, click.ByLink: link, click.ByTag: s.Tags, click.BySubID: s.SubID,
		click.ByCountry: s.Country, click.ByPlatform: s.Platform,
	}
}

func (h *happening) keys(by []click.Dimension, zone *time.Location) [][]string {
	keys := [][]string{nil}
	for _, d := range by {
		values := []string{h.source[d]}
		local := h.at
		if h.hourly {
			local = h.at.In(zone)
		}
		switch d {
		case click.ByTag:
			values = strings.Split(h.source[d], ",")
		case click.ByDay:
			values[0] = local.Format(time.DateOnly)
		case click.ByMonth:
			values[0] = local.Format("2006-01")
		case click.ByHour:
			if values[0] = ""; h.hourly {
				values[0] = local.Format("2006-01-02T15")
			}
		default:
		}
		var longer [][]string
		for _, key := range keys {
			for _, value := range values {
				longer = append(longer, append(slices.Clone(key), value))
			}
		}
		keys = longer
	}
	return keys
}
