package click_test

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestClicks(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (database, clicks db.DB)) {
		for name, test := range map[string]func(*testing.T, db.DB){
			"a click is found by its id":              clickIsFound,
			"a visitor is new once a day":             clickVisitors,
			"the sums are those of the clicks":        clickSums,
			"old clicks are removed, their sums stay": clickPurge,
			"concurrent clicks are all kept":          clicksTogether,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, clicks := open(t)
				test(t, clicks)
			})
		}
	})
}

func recorder(t *testing.T, db db.DB) *click.Recorder {
	t.Helper()
	r := click.NewRecorder(t.Context(), click.NewSQLStore(db), click.DefaultQueue)
	t.Cleanup(r.Close)
	return r
}

func visitor(n byte) click.Visitor {
	return click.Visitor{Address: netip.AddrFrom4([4]byte{192, 0, 2, n}), Agent: "Mozilla/5.0"}
}

func clickIsFound(t *testing.T, db db.DB) {
	store := click.NewSQLStore(db)
	signer, err := click.NewSigner(t.Context(), store, clock.At(programmetest.Now))
	require.NoError(t, err)
	again, err := click.NewSigner(t.Context(), store, clock.At(programmetest.Now))
	require.NoError(t, err)
	c := programmetest.ClickOf(programmetest.PartnerA, programmetest.Now, click.Counted)
	c.Source = click.Source{
		LinkCode: "alpha", CampaignCode: "spring", LinkID: 7, Tags: "news,x", SubID: "zażółć", Country: "PL", Platform: "mobile", MaterialID: 9,
	}
	c.Params = "gclid=1&utm_source=x"
	require.NoError(t, recorder(t, db).Add(t.Context(), c, visitor(1)))
	text := signer.ID(click.Ref{PartnerID: c.PartnerID, UID: c.UID})
	require.Equal(t, text, again.ID(click.Ref{PartnerID: c.PartnerID, UID: c.UID}), "one key for all processes")
	require.LessOrEqual(t, len(text), 100, "the id must fit into a fact")

	lost := signer.ID(click.Ref{PartnerID: c.PartnerID, UID: id.New()})
	foreign := signer.ID(click.Ref{PartnerID: programmetest.UUID(programmetest.PartnerB), UID: c.UID})
	ids := []string{text, text, lost, foreign, "", "x", text + "A", text[:59], "\x00" + text[1:]}
	for i := range text {
		forged := []byte(text)
		forged[i] = map[bool]byte{true: 'B', false: 'A'}[forged[i] == 'A']
		ids = append(ids, string(forged))
	}
	found, err := click.NewFinder(store, again).Clicks(t.Context(), ids)
	require.NoError(t, err)
	c.Unique = true
	require.Equal(t, map[string]click.Click{text: c}, found)
}

func clickVisitors(t *testing.T, database db.DB) {
	r, store := recorder(t, database), click.NewSQLStore(database)
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	salts := map[string]bool{}
	for _, step := range []struct {
		partner string
		at      time.Time
		who     byte
		kind    click.Kind
		unique  bool
	}{
		{programmetest.PartnerA, midnight.Add(-time.Hour), 1, click.Bot, false},
		{programmetest.PartnerA, midnight.Add(-time.Hour), 1, click.Counted, true},
		{programmetest.PartnerA, midnight.Add(-time.Minute), 1, click.Counted, false},
		{programmetest.PartnerA, midnight.Add(-time.Minute), 2, click.Counted, true},
		{programmetest.PartnerB, midnight.Add(-time.Microsecond), 1, click.Counted, true},
		{programmetest.PartnerA, midnight, 1, click.Counted, true},
		{programmetest.PartnerA, midnight.Add(-time.Microsecond), 1, click.Counted, false}, // this click is stored after the first click of the next day
		{programmetest.PartnerA, midnight.Add(time.Second), 1, click.Counted, false},
		{programmetest.PartnerA, midnight.Add(time.Second), 2, click.Head, false},
		{programmetest.PartnerA, midnight.Add(time.Second), 2, click.Prefetch, false},
		{programmetest.PartnerA, midnight.Add(time.Second), 2, click.Counted, true},
	} {
		c := programmetest.ClickOf(step.partner, step.at, step.kind)
		require.NoError(t, r.Add(t.Context(), c, visitor(step.who)))
		found, err := store.Find(t.Context(), []click.Ref{{PartnerID: c.PartnerID, UID: c.UID}})
		require.NoError(t, err)
		require.Equal(t, step.unique, found[0].Unique, "%+v", step)
		// The test reads the keys of the days and the visitors with SQL,
		// because no method returns them.
		all, err := db.Collect(t.Context(), database, func(rows db.Rows) (salt []byte, err error) {
			err = rows.Scan(&salt)
			return salt, err
		}, `SELECT salt FROM click_salts`)
		require.NoError(t, err)
		require.Len(t, all, 1, "yesterday's key is deleted")
		require.Len(t, all[0], 32)
		salts[string(all[0])] = true
	}
	require.Len(t, salts, 2, "each day has a key of its own")
	require.EqualValues(t, 5, dbtest.Scalar(t, database, `SELECT count(*) FROM click_visitors`))
	// After a restart, the recorder must still recognise today's visitors.
	restarted := recorder(t, database)
	c := programmetest.ClickOf(programmetest.PartnerA, midnight.Add(time.Minute), click.Counted)
	require.NoError(t, restarted.Add(t.Context(), c, visitor(1)))
	found, err := store.Find(t.Context(), []click.Ref{{PartnerID: c.PartnerID, UID: c.UID}})
	require.NoError(t, err)
	require.False(t, found[0].Unique)
}

// randomClicks returns clicks whose fields have only a few different values, so
// that many clicks share a group.
func randomClicks(random *rand.Rand, n int) []click.Click {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	out := make([]click.Click, n)
	for i := range out {
		c := programmetest.ClickOf(pick(programmetest.PartnerA, programmetest.PartnerB), time.Date(2026, 2, 26, random.IntN(100), 0, 0, 0, time.UTC),
			[]click.Kind{click.Counted, click.Counted, click.Counted, click.Bot, click.Prefetch, click.Head}[random.IntN(6)])
		c.Source = click.Source{
			LinkCode: pick("alpha", "alpha2"), CampaignCode: pick("", "spring", "summer"), LinkID: random.Int64N(3), Tags: pick("", "a", "a,b", "b"),
			SubID: pick("", "s1", "s2"), Country: pick("", "PL"), Platform: pick("web", "mobile"), MaterialID: random.Int64N(2),
		}
		c.Visitor = id.UUID{byte(random.IntN(20))}
		out[i] = c
	}
	return out
}

// clickRecount counts the sums that do not match the clicks of the table.
const clickRecount = `SELECT count(*) FROM (SELECT partner_id, hour, link_code, campaign_code, link_id, tags, sub_id, country, platform, material_id,
		sum(CASE WHEN kind = 'click' THEN 1 ELSE 0 END) AS clicks, sum(CASE WHEN is_unique THEN 1 ELSE 0 END) AS uniques,
		sum(CASE WHEN kind = 'bot' THEN 1 ELSE 0 END) AS bots, sum(CASE WHEN kind = 'prefetch' THEN 1 ELSE 0 END) AS prefetches,
		sum(CASE WHEN kind = 'head' THEN 1 ELSE 0 END) AS heads FROM clicks
		GROUP BY partner_id, hour, link_code, campaign_code, link_id, tags, sub_id, country, platform, material_id) c
	FULL JOIN click_hours h ON h.partner_id = c.partner_id AND h.hour = c.hour AND h.link_code = c.link_code AND h.campaign_code = c.campaign_code
		AND h.link_id = c.link_id AND h.tags = c.tags AND h.sub_id = c.sub_id AND h.country = c.country AND h.platform = c.platform
		AND h.material_id = c.material_id
	WHERE c.hour IS NULL OR h.hour IS NULL OR h.clicks <> c.clicks OR h.uniques <> c.uniques OR h.bots <> c.bots
		OR h.prefetches <> c.prefetches OR h.heads <> c.heads`

func clickSums(t *testing.T, db db.DB) {
	store, random := click.NewSQLStore(db), rand.New(rand.NewPCG(3, 4))
	clicks := randomClicks(random, 3000)
	for start := 0; start < len(clicks); {
		end := min(len(clicks), start+1+random.IntN(400))
		require.NoError(t, store.Add(t.Context(), clicks[start:end]))
		start = end
	}
	require.Equal(t, len(clicks), countFound(t, store, clicks))
	require.Zero(t, dbtest.Scalar(t, db, clickRecount))
	// The test sums with SQL, because no method returns the visitors, and Sums
	// returns the sums of only one partner.
	require.Equal(t, dbtest.Scalar(t, db, `SELECT count(*) FROM click_visitors`), dbtest.Scalar(t, db, `SELECT CAST(sum(uniques) AS bigint) FROM click_hours`))

	from, to := clock.DayOf(time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC), time.UTC), clock.DayOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	keys := map[click.Dimension]func(*click.Click) []string{
		click.ByLinkCode: func(c *click.Click) []string { return []string{c.LinkCode} },
		click.ByCampaign: func(c *click.Click) []string { return []string{c.CampaignCode} },
		click.ByLink:     func(c *click.Click) []string { return []string{strconv.FormatInt(c.LinkID, 10)} },
		click.ByTag: func(c *click.Click) []string {
			return map[string][]string{"": {""}, "a": {"a"}, "a,b": {"a", "b"}, "b": {"b"}}[c.Tags]
		},
		click.BySubID:    func(c *click.Click) []string { return []string{c.SubID} },
		click.ByCountry:  func(c *click.Click) []string { return []string{c.Country} },
		click.ByPlatform: func(c *click.Click) []string { return []string{c.Platform} },
		click.ByMaterial: func(c *click.Click) []string {
			if c.MaterialID == 0 {
				return nil // clicks without a material are left out
			}
			return []string{strconv.FormatInt(c.MaterialID, 10)}
		},
		click.ByHour:  func(c *click.Click) []string { return []string{c.At.Format("2006-01-02T15")} },
		click.ByDay:   func(c *click.Click) []string { return []string{c.At.Format(time.DateOnly)} },
		click.ByMonth: func(c *click.Click) []string { return []string{c.At.Format("2006-01")} },
	}
	for by, key := range keys {
		expected := map[string]click.Counts{}
		for i := range clicks {
			c := &clicks[i]
			if day := click.DayOf(c.Hour); c.PartnerID != programmetest.UUID(programmetest.PartnerA) || day < from || day > to || c.SubID == "" || c.LinkID == 0 {
				continue
			}
			for _, k := range key(c) {
				n := expected[k+"/"+c.Country]
				n.Add(click.CountsOf(c))
				expected[k+"/"+c.Country] = n
			}
		}
		sums, err := store.Sums(t.Context(), click.Query{
			PartnerID: programmetest.UUID(programmetest.PartnerA), From: from, To: to, By: []click.Dimension{by, click.ByCountry},
			Only: map[click.Dimension][]string{click.BySubID: {"s1", "s2", "other"}, click.ByLink: {"1", "2", "x"}},
		})
		require.NoError(t, err)
		got := map[string]click.Counts{}
		for _, sum := range sums {
			got[sum.Key[0]+"/"+sum.Key[1]] = sum.Counts
		}
		require.Equal(t, expected, got, by)
	}
	whole, err := store.Sums(t.Context(), click.Query{PartnerID: id.New(), From: from, To: to})
	require.NoError(t, err)
	require.Equal(t, []click.Sum{{Key: []string{}}}, whole)
	for _, bad := range []click.Query{{By: []click.Dimension{"x"}}, {Only: map[click.Dimension][]string{click.ByTag: {"a"}}}} {
		_, err := store.Sums(t.Context(), bad)
		require.Error(t, err)
	}
}

func clickPurge(t *testing.T, db db.DB) {
	store, random := click.NewSQLStore(db), rand.New(rand.NewPCG(5, 6))
	clicks := randomClicks(random, 2500)
	require.NoError(t, store.Add(t.Context(), clicks))
	_, err := store.Salt(t.Context(), 1, []byte("old"))
	require.NoError(t, err)
	before := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var old int64
	for i := range clicks {
		if clicks[i].At.Before(before) {
			old++
		}
	}
	require.Greater(t, old, int64(1000), "more than one step")
	// The test sums with SQL, because Sums returns the sums of only one
	// partner.
	sums := dbtest.Scalar(t, db, `SELECT CAST(sum(clicks + bots + heads + prefetches) AS bigint) FROM click_hours`)
	gone, err := store.Purge(t.Context(), before, clock.DayOf(before, time.UTC))
	require.NoError(t, err)
	require.Equal(t, old, gone)
	require.Equal(t, len(clicks)-int(old), countFound(t, store, clicks))
	require.Equal(t, sums, dbtest.Scalar(t, db, `SELECT CAST(sum(clicks + bots + heads + prefetches) AS bigint) FROM click_hours`))
	// The test reads the keys of the days and the visitors with SQL, because no
	// method returns them.
	require.Zero(t, dbtest.Scalar(t, db, `SELECT count(*) FROM click_salts`))
	day := int64(clock.DayOf(before, time.UTC))
	require.Zero(t, dbtest.Scalar(t, db, `SELECT count(*) FROM click_visitors WHERE day < $1`, day))
	require.NotZero(t, dbtest.Scalar(t, db, `SELECT count(*) FROM click_visitors WHERE day >= $1`, day))
}

// countFound returns how many of the clicks are stored.
func countFound(t *testing.T, store click.SQLStore, clicks []click.Click) int {
	t.Helper()
	refs := make([]click.Ref, len(clicks))
	for i := range clicks {
		refs[i] = click.Ref{PartnerID: clicks[i].PartnerID, UID: clicks[i].UID}
	}
	stored, err := store.Find(t.Context(), refs)
	require.NoError(t, err)
	return len(stored)
}

func clicksTogether(t *testing.T, db db.DB) {
	recorders := []*click.Recorder{recorder(t, db), recorder(t, db)}
	var callers sync.WaitGroup
	errs := make(chan error, 400)
	for i := range 400 {
		callers.Go(func() {
			errs <- recorders[i%2].Add(context.WithoutCancel(t.Context()), programmetest.ClickOf(programmetest.PartnerA, programmetest.Now, click.Counted), visitor(byte(i%50)))
		})
	}
	callers.Wait()
	for range 400 {
		require.NoError(t, <-errs)
	}
	day := clock.DayOf(programmetest.Now, time.UTC)
	sums, err := click.NewSQLStore(db).Sums(t.Context(), click.Query{PartnerID: programmetest.Alpha, From: day, To: day})
	require.NoError(t, err)
	require.Equal(t, []click.Sum{{Key: []string{}, Counts: click.Counts{Clicks: 400, Uniques: 50}}}, sums)
	require.Zero(t, dbtest.Scalar(t, db, clickRecount))
}
