package attribution_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/verify"
)

func sourceWindow(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	_, err := settings.NewStore(c.DB).Set(t.Context(), &settings.AttributionWindow.Info, "60d",
		time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), programmetest.Now)
	require.NoError(t, err)
	old := `,"click_id":"` + c.click(t, programmetest.PartnerA, "alpha", "2026-02-10T00:00:00Z") + `"`
	require.Empty(t, c.registerCounted(t, "d0000001-0000-4000-8000-000000000000", "2026-03-30T23:59:59Z", old), "the window is 30 days before the change")
	require.NotEmpty(t, c.registerCounted(t, "d0000002-0000-4000-8000-000000000000", "2026-03-31T00:00:00Z", old), "the window is 60 days after the change")
}

// TestSources checks which click a registration is attributed to.
func TestSources(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (db, clicks db.DB)) {
		for name, test := range map[string]func(*testing.T, *clicked){
			"the rules":                   sourceRules,
			"a click whose code is late":  sourceWaits,
			"a registration sent twice":   sourceTwice,
			"clicks that cannot be found": sourceUnknown,
			"the window in force":         sourceWindow,
			"facts in any order":          sourcesInAnyOrder,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newClicked(t, open))
			})
		}
		sourceDamage(t, open)
	})
}

// clicked is a test programme with a store of clicks.
type clicked struct {
	*programmetest.Programme
	store  click.SQLStore
	signer click.Signer
}

func newClicked(t *testing.T, open func(t *testing.T) (db, clicks db.DB)) *clicked {
	t.Helper()
	db, clicks := open(t)
	c := &clicked{Programme: programmetest.New(db), store: click.NewSQLStore(clicks)}
	var err error
	c.signer, err = click.NewSigner(t.Context(), c.store, c.Clock)
	require.NoError(t, err)
	c.Accrual = programmetest.NewAccrual(db, c.Clock, click.NewFinder(c.store, c.signer))
	return c
}

func (c *clicked) click(t *testing.T, partner, code, at string) string {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, at)
	require.NoError(t, err)
	kept := programmetest.ClickOf(partner, moment, click.Counted)
	kept.Source = click.Source{LinkCode: code, CampaignCode: "spring", LinkID: 7, Tags: "news", SubID: "site", Country: "PL", Platform: "mobile", MaterialID: 9}
	require.NoError(t, c.store.Add(t.Context(), []click.Click{kept}))
	return c.signer.ID(click.Ref{PartnerID: kept.PartnerID, UID: kept.UID})
}

func (c *clicked) registration(client, at, more string) string {
	return c.Fact(feed.ClientRegistered, at, fmt.Sprintf(`"client_uid":%q,"email":"%s@example.com","country":"DE"%s`, client, client[:8], more))
}

// origin returns a client's stored source as text: the partner, link code,
// campaign, sub_id, country, link number, material, and 1 if the source is a
// click, or 0 if not.
func (c *clicked) origin(t *testing.T, client string) string {
	t.Helper()
	var partner id.UUID
	var code, campaign, sub, country string
	var link, material, counts int64
	require.NoError(t, c.DB.QueryRow(t.Context(), `SELECT partner_id, link_code, campaign_code, sub_id, country, coalesce(link_id, 0), coalesce(material_id, 0),
		CASE WHEN click_id = '' THEN 0 ELSE 1 END FROM client_sources WHERE client_uid = $1`, programmetest.UUID(client)).
		Scan(&partner, &code, &campaign, &sub, &country, &link, &material, &counts))
	var same int64
	require.NoError(t, c.DB.QueryRow(t.Context(), `SELECT count(*) FROM clients WHERE partner_id = $1 AND client_uid = $2 AND link_code = $3
		AND campaign_code = $4 AND sub_id = $5`, partner, programmetest.UUID(client), code, campaign, sub).Scan(&same))
	require.EqualValues(t, 1, same, "the client's row agrees")
	return fmt.Sprint(partner.Short()[:1], " ", code, " ", campaign, " ", sub, " ", country, " ", link, " ", material, " ", counts)
}

// registerCounted registers a client and returns the id of the click to which the
// registration is attributed.
func (c *clicked) registerCounted(t *testing.T, client, at, more string) (clickID string) {
	t.Helper()
	c.MustFeed(t, c.registration(client, at, more))
	require.NoError(t, c.DB.QueryRow(t.Context(), `SELECT click_id FROM client_sources WHERE client_uid = $1`, programmetest.UUID(client)).Scan(&clickID))
	return clickID
}

func sourceRules(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	const at = "2026-03-31T00:00:00Z"
	fresh := c.click(t, programmetest.PartnerA, "alpha", "2026-03-30T00:00:00Z")
	oldest := c.click(t, programmetest.PartnerA, "alpha", "2026-03-01T00:00:00Z")
	tooOld := c.click(t, programmetest.PartnerA, "alpha", "2026-02-28T23:59:59Z")
	soon := c.click(t, programmetest.PartnerA, "alpha", "2026-03-31T00:05:00Z") // within the tolerance for clocks that run ahead
	later := c.click(t, programmetest.PartnerA, "alpha", "2026-03-31T00:05:01Z")
	for i, rule := range []struct{ name, more, origin string }{
		{"no source", ``, "0     0 0 0"},
		{"only a code", `,"partner_code":"beta","campaign_code":"c1","sub_id":"s1"`, "b beta c1 s1  0 0 0"},
		{"a campaign without a partner", `,"campaign_code":"c1"`, "0  c1   0 0 0"},
		{"a click", `,"click_id":"` + fresh + `"`, "a alpha spring site PL 7 9 1"},
		{"a click at the window's end", `,"click_id":"` + oldest + `"`, "a alpha spring site PL 7 9 1"},
		{"a click before the window", `,"click_id":"` + tooOld + `"`, "0     0 0 0"},
		{"a click in the registration's second", `,"click_id":"` + soon + `"`, "a alpha spring site PL 7 9 1"},
		{"a click after the registration", `,"click_id":"` + later + `"`, "0     0 0 0"},
		{"the broker's campaign and sub_id", `,"click_id":"` + fresh + `","campaign_code":"c1","sub_id":"s1"`, "a alpha c1 s1 PL 7 9 1"},
		{"a code and its partner's click", `,"partner_code":"alpha","click_id":"` + fresh + `"`, "a alpha spring site PL 7 9 1"},
		{"a code and another partner's click", `,"partner_code":"beta","click_id":"` + fresh + `"`, "b beta    0 0 0"},
		{"a code and an invalid click", `,"partner_code":"beta","click_id":"whatever"`, "b beta    0 0 0"},
		{"an invalid click", `,"click_id":"whatever"`, "0     0 0 0"},
		{"a forged click", `,"click_id":"` + fresh[:59] + map[bool]string{true: "B", false: "A"}[fresh[59] == 'A'] + `"`, "0     0 0 0"},
		{"an unknown click", `,"click_id":"` + c.signer.ID(click.Ref{PartnerID: programmetest.UUID(programmetest.PartnerA), UID: id.New()}) + `"`, "0     0 0 0"},
	} {
		client := fmt.Sprintf("c%07d-0000-4000-8000-000000000000", i)
		c.MustFeed(t, c.registration(client, at, rule.more))
		require.Equal(t, rule.origin, c.origin(t, client), rule.name)
		var known string
		require.NoError(t, c.DB.QueryRow(t.Context(), `SELECT click_id FROM clients WHERE client_uid = $1`, programmetest.UUID(client)).Scan(&known))
		if owner, genuine := click.NewFinder(c.store, c.signer).Owner(known); genuine {
			require.Equal(t, rule.origin[:1], owner.Short()[:1], "%s: an id names its partner", rule.name)
		}
	}
	// If a registration names several clicks, the last one is chosen. If the
	// registration has a code, only clicks on links of the code's partner can be
	// chosen.
	last, other := c.click(t, programmetest.PartnerA, "alpha", "2026-03-30T12:00:00Z"), c.click(t, programmetest.PartnerB, "beta", "2026-03-30T13:00:00Z")
	list := fmt.Sprintf(`,"click_id":%q,"click_ids":[%q,%q,%q,"whatever",%q,%q]`, fresh, tooOld, last, later, oldest, oldest)
	require.Equal(t, last, c.registerCounted(t, "d0000001-0000-4000-8000-000000000000", at, list))
	require.Equal(t, other, c.registerCounted(t, "d0000002-0000-4000-8000-000000000000", at, `,"click_ids":["`+last+`","`+other+`"]`))
	require.Equal(t, last, c.registerCounted(t, "d0000003-0000-4000-8000-000000000000", at, `,"partner_code":"alpha","click_ids":["`+last+`","`+other+`"]`))
	told := c.registration("d0000004-0000-4000-8000-000000000000", at, `,"click_ids":["`+last+`","`+fresh+`"]`)
	require.EqualValues(t, 1, c.Feed(t, told).Accepted)
	told = strings.Replace(told, `"`+last+`","`+fresh+`"`, `"`+fresh+`","`+last+`","","`+fresh+`"`, 1)
	require.EqualValues(t, 1, c.Feed(t, told).Duplicates, "a list in another order is the same")
	// From this plan on, the first click within the window is chosen instead.
	plan := reward.Default()
	plan.From, plan.CountedClick = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC), reward.FirstClick
	_, err := reward.NewStore(c.DB).Add(t.Context(), plan, plan.From)
	require.NoError(t, err)
	require.Equal(t, later, c.registerCounted(t, "d0000005-0000-4000-8000-000000000000", "2026-03-31T11:59:59Z", list))
	require.Equal(t, fresh, c.registerCounted(t, "d0000006-0000-4000-8000-000000000000", "2026-03-31T12:00:00Z", list), "the oldest click is now outside the window")
	client := "c0000003-0000-4000-8000-000000000000"
	c.MustFeed(t, c.Fact(feed.ClientPartnerChanged, "2026-04-01T00:00:00Z", `"client_uid":"`+client+`","partner_code":"beta"`))
	require.Equal(t, "a alpha spring site PL 7 9 1", c.origin(t, client))
	c.proven(t)
}

func (c *clicked) proven(t *testing.T) {
	t.Helper()
	_, err := verify.Run(t.Context(), verify.NewStore(c.DB), func(f verify.Fault) { t.Errorf("%s", f) })
	require.NoError(t, err)
}

// sourceWaits checks a click whose partner and code do not exist yet. This can
// happen after an older backup was restored.
func sourceWaits(t *testing.T, c *clicked) {
	by := c.click(t, programmetest.PartnerA, "alpha", "2026-01-30T00:00:00Z")
	require.EqualValues(t, 1, c.Feed(t, c.registration(programmetest.Client1, "2026-02-01T00:00:00Z", `,"click_id":"`+by+`"`)).Unattributed)
	setting := c.Setting()
	c.MustFeed(t, setting[:2]...)
	require.Equal(t, "a alpha spring site PL 7 9 1", c.origin(t, programmetest.Client1))
	// The code in a click can belong to another partner by the time of the
	// registration.
	moved := c.click(t, programmetest.PartnerA, "beta", "2026-01-30T00:00:00Z")
	c.MustFeed(t, c.registration(programmetest.Client2, "2026-02-01T00:00:00Z", `,"click_id":"`+moved+`"`))
	require.Equal(t, "0     0 0 0", c.origin(t, programmetest.Client2))
	c.proven(t)
}

func sourceTwice(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()[:2]...)
	more := `,"click_id":"` + c.click(t, programmetest.PartnerA, "alpha", "2026-01-30T00:00:00Z") + `"`
	first := c.registration(programmetest.Client1, "2026-02-01T00:00:00Z", more)
	c.MustFeed(t, first)
	require.EqualValues(t, 2, c.Feed(t, first, c.registration(programmetest.Client1, "2026-02-01T00:00:00Z", more)).Duplicates)
	require.EqualValues(t, 1, c.Feed(t, c.registration(programmetest.Client1, "2026-02-01T00:00:00Z", `,"partner_code":"beta"`)).RejectedCount)
	require.Equal(t, "a alpha spring site PL 7 9 1", c.origin(t, programmetest.Client1))
	c.proven(t)
}

type nowhere struct{}

func (nowhere) Clicks(context.Context, []string) (map[string]click.Click, error) {
	return nil, errors.New("out of order")
}

func (nowhere) Owner(string) (id.UUID, bool) { return id.Nil, false }

// sourceUnknown checks that registrations are refused while the store of clicks
// cannot be read, and accepted when they are sent again later.
func sourceUnknown(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()[:2]...)
	facts := c.registration(programmetest.Client1, "2026-02-01T00:00:00Z", `,"click_id":"`+c.click(t, programmetest.PartnerA, "alpha", "2026-01-30T00:00:00Z")+`"`)
	fact, err := feed.ParseLine([]byte(facts))
	require.NoError(t, err)
	_, err = programmetest.NewAccrual(c.DB, c.Clock, nowhere{}).Apply(t.Context(), []feed.Fact{fact}, "")
	require.ErrorContains(t, err, "out of order")
	c.MustFeed(t, facts)
	require.Equal(t, "a alpha spring site PL 7 9 1", c.origin(t, programmetest.Client1))
}

func sourcesInAnyOrder(t *testing.T, c *clicked) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // every run needs another seed, and the log shows it
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	lines := c.Setting()
	configuration, facts := lines[2:6], slices.Concat(lines[:2], lines[6:])
	for i := range 40 {
		partner, code := programmetest.PartnerA, "alpha"
		if random.IntN(2) == 0 {
			partner, code = programmetest.PartnerB, "beta"
		}
		by := c.click(t, partner, code, time.Date(2026, 2, 1, 0, random.IntN(60*24*60), 0, 0, time.UTC).Format(time.RFC3339))
		more := []string{``, `,"click_id":"` + by + `"`, `,"click_id":"` + by + `","partner_code":"beta"`, `,"click_id":"x","sub_id":"s"`}[random.IntN(4)]
		client := fmt.Sprintf("d%07d-0000-4000-8000-000000000000", i)
		facts = append(facts, c.registration(client, "2026-03-15T00:00:00Z", more))
		if random.IntN(3) == 0 {
			facts = append(facts, c.Fact(feed.ClientPartnerChanged, "2026-03-16T00:00:00Z", `"client_uid":"`+client+`","partner_code":"alpha"`))
		}
	}
	c.Feed(t, configuration...)
	c.Shuffled(t, random, facts)
	c.proven(t)
	shuffled := programmetest.Dump(t.Context(), t, c.DB)
	programmetest.RequireTables(t, shuffled, "client", "source")
	require.Len(t, slices.DeleteFunc(slices.Clone(shuffled), func(line string) bool { return !strings.HasPrefix(line, "source") }), 42)

	wipe(t, c.DB)
	c.Feed(t, configuration...)
	c.Feed(t, facts...)
	if diff := cmp.Diff(shuffled, programmetest.Dump(t.Context(), t, c.DB)); diff != "" {
		t.Fatalf("seed %d: the books differ (-shuffled +in order):\n%s", seed, diff)
	}
}

// wipe deletes all facts and everything that was derived from them, except the
// programme's own partner (the house).
func wipe(t *testing.T, database db.DB) {
	t.Helper()
	require.NoError(t, database.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		for _, table := range []string{
			"partner_accounts", "partner_links", "link_codes", "sign_in_emails", "client_events", "client_sources", "account_routes", "facts", "facts_waiting",
			"server_days", "clients", "accounts", "account_types", "attributions", "partner_totals", "instruments", "rates",
			"deposits", "reward_rows", "reward_terms", "reward_revisions", "overrides", "account_days", "client_months", "partner_days", "postings", "entries", "balances",
		} {
			if _, err := q.Exec(ctx, `DELETE FROM `+table); err != nil {
				return err
			}
		}
		_, err := q.Exec(ctx, `DELETE FROM partners WHERE programme <> 'house'`)
		return err
	}))
}

func sourceDamage(t *testing.T, open func(t *testing.T) (database, clicks db.DB)) {
	const whose = "a client's source belongs to its first partner"
	for name, damage := range map[string]struct{ statement, check string }{
		"a lost source":           {`DELETE FROM client_sources`, whose},
		"another partner":         {`UPDATE client_sources SET partner_id = (SELECT partner_id FROM partners WHERE email = 'b@example.com')`, whose},
		"another link":            {`UPDATE client_sources SET link_code = 'beta'`, whose},
		"another moment":          {`UPDATE client_sources SET registered_at = registered_at + 1`, whose},
		"a click from the future": {`UPDATE client_sources SET clicked_at = registered_at + 300000001`, "a click is before its registration"},
		"a click without its id":  {`UPDATE client_sources SET click_id = ''`, "a click is before its registration"},
		"two sources": {`INSERT INTO client_sources SELECT (SELECT partner_id FROM partners WHERE email = 'b@example.com'), client_uid, click_id, clicked_at, link_code,
			campaign_code, link_id, tags, sub_id, country, platform, material_id, registered_at, params FROM client_sources`, "a client has one source"},
		"an unknown client's source": {`DELETE FROM client_events`, "a source belongs to a registered client"},
	} {
		t.Run("damage: "+name, func(t *testing.T) {
			t.Parallel()
			c := newClicked(t, open)
			c.MustFeed(t, c.Setting()[:2]...)
			c.MustFeed(t, c.registration(programmetest.Client1, "2026-02-01T00:00:00Z", `,"click_id":"`+c.click(t, programmetest.PartnerA, "alpha", "2026-01-30T00:00:00Z")+`"`))
			require.NoError(t, c.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
				_, err := q.Exec(ctx, damage.statement)
				return err
			}))
			var found []string
			_, err := verify.Run(t.Context(), verify.NewStore(c.DB), func(f verify.Fault) { found = append(found, f.Check) })
			require.NoError(t, err)
			require.Contains(t, found, damage.check)
		})
	}
}
