package partner_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

func TestPartner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *partnerBundle){
			"totals follow every change":    testTotals,
			"overview":                      testOverview,
			"overview after changes":        testOverviewChanges,
			"affiliation":                   testAffiliation,
			"a client by e-mail, uid, code": testFindClient,
			"links":                         testLinks,
			"many partners take one code":   testOneCode,
			"a code that facts wait for":    testAwaitedCode,
			"wallet accounts":               testWallet,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				test(t, &partnerBundle{Programme: programmetest.New(db), store: partner.NewStore(db)})
			})
		}
	})
}

type partnerBundle struct {
	*programmetest.Programme
	store *partner.Store
}

func (b *partnerBundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, b.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}

func (b *partnerBundle) overview(t *testing.T, partnerID id.UUID) *partner.Overview {
	t.Helper()
	o, err := b.store.Overview(t.Context(), partnerID, programmetest.Today)
	require.NoError(t, err)
	return o
}

// recountedTotals computes the content of partner_totals from the rows that the
// table sums up. keptTotals reads the stored content. Both return one row per
// partner, in the same order.
const (
	keptTotals = `SELECT partner_id, clients_active, clients_inactive, clients_changing, clients_left,
		orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6 FROM partner_totals
		WHERE clients_active + clients_inactive + clients_changing + clients_left <> 0 OR orders_count <> 0 OR reward_usd_e6 <> 0 OR override_usd_e6 <> 0
		ORDER BY partner_id`
	recountedTotals = `SELECT p.partner_id, coalesce(c.active, 0) AS clients_active, coalesce(c.inactive, 0) AS clients_inactive,
		coalesce(c.changing, 0) AS clients_changing, coalesce(c.gone, 0) AS clients_left,
		CAST(coalesce(d.orders, 0) AS bigint) AS orders_count, CAST(coalesce(d.lots, 0) AS bigint) AS volume_lots_e8,
		CAST(coalesce(d.volume, 0) AS bigint) AS volume_usd_e4, CAST(coalesce(d.reward, 0) AS bigint) AS reward_usd_e6,
		CAST(coalesce(d.override, 0) AS bigint) AS override_usd_e6
		FROM partners p
		LEFT JOIN (SELECT partner_id, count(CASE WHEN relation = 'CURRENT' AND whole = 1 THEN 1 END) AS active,
				count(CASE WHEN relation = 'CURRENT' AND whole = 0 THEN 1 END) AS inactive,
				count(CASE relation WHEN 'CHANGING' THEN 1 END) AS changing, count(CASE relation WHEN 'LEFT' THEN 1 END) AS gone
			FROM (SELECT partner_id, relation, CASE WHEN verified_at IS NULL OR first_deposit_at IS NULL OR first_trade_day IS NULL THEN 0 ELSE 1 END AS whole
				FROM clients) s GROUP BY partner_id) c ON c.partner_id = p.partner_id
		LEFT JOIN (SELECT partner_id, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
				sum(reward_usd_e6) AS reward, sum(override_usd_e6) AS override FROM partner_days GROUP BY partner_id) d ON d.partner_id = p.partner_id
		WHERE c.partner_id IS NOT NULL OR d.orders <> 0 OR d.reward <> 0 OR d.override <> 0 ORDER BY p.partner_id`
)

// totalsRow is a row of both queries.
type totalsRow struct {
	PartnerID id.UUID `db:"partner_id"`
	Active    int64   `db:"clients_active"`
	Inactive  int64   `db:"clients_inactive"`
	Changing  int64   `db:"clients_changing"`
	Left      int64   `db:"clients_left"`
	Orders    int64   `db:"orders_count"`
	Lots      int64   `db:"volume_lots_e8"`
	Volume    int64   `db:"volume_usd_e4"`
	Reward    int64   `db:"reward_usd_e6"`
	Override  int64   `db:"override_usd_e6"`
}

func (b *partnerBundle) totals(t *testing.T, query string) []totalsRow {
	t.Helper()
	list, err := db.All[totalsRow](t.Context(), b.DB, query)
	require.NoError(t, err)
	return list
}

func testTotals(t *testing.T, b *partnerBundle) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // each run needs a different seed; the log shows the seed, so that a failed run can be repeated
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	programmetest.WithOverrides(t, b.Programme)
	b.MustFeed(t, b.Setting()...)
	b.Feed(t, programmetest.RandomServers(b.Programme, random)...)
	b.Shuffled(t, random, programmetest.RandomFacts(b.Programme, random))
	require.GreaterOrEqual(t, len(b.totals(t, keptTotals)), 3, "two partners and the house")
	require.Equal(t, b.totals(t, recountedTotals), b.totals(t, keptTotals))

	revision := `SELECT revision FROM partner_totals WHERE partner_id = $1`
	before := dbtest.Scalar(t, b.DB, revision, programmetest.Alpha)
	b.Feed(t, b.Order("1001", 999, "EURUSD", "2026-06-01T00:00:00Z", ``))
	require.Greater(t, dbtest.Scalar(t, b.DB, revision, programmetest.Alpha), before)
	require.Equal(t, b.totals(t, recountedTotals), b.totals(t, keptTotals))
}

func testOverview(t *testing.T, b *partnerBundle) {
	programmetest.WithOverrides(t, b.Programme)
	b.MustFeed(t, b.Setting()...)
	b.MustFeed(t,
		b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		b.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`),
		b.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``),
		b.Order("1001", 2, "EURUSD", "2026-04-02T23:59:00Z", ``),
		b.Order("1001", 3, "EURUSD", "2026-06-01T00:00:00Z", ``),
		b.Order("1001", 4, "EURUSD", "2026-06-30T00:00:00Z", ``),
		b.Order("2001", 5, "EURUSD", "2026-03-31T00:00:00Z", ``))
	b.exec(t, `INSERT INTO partner_levels (partner_id, from_day, level) VALUES ($1, $2, 'Bronze'), ($1, $3, 'Silver'), ($1, $4, 'Gold')`,
		programmetest.Alpha, int64(programmetest.Today.Today-10), int64(programmetest.Today.Today), int64(programmetest.Today.Today+1))

	o := b.overview(t, programmetest.Alpha)
	require.Equal(t, partner.Partner{
		ID: programmetest.Alpha, Email: "a@example.com", Country: "CY", Programme: "ib", Status: partner.Active,
	}, o.Partner)
	require.Equal(t, "Silver", o.Level)
	require.Equal(t, "alpha", o.DefaultCode)
	require.Equal(t, partner.ClientCounts{Active: 1}, o.Clients)
	lot, volume, earned := money.Lots(1_0000_0000), money.Volume(120_000_0000), money.Amount(2_000_000)
	require.Equal(t, partner.Recent{
		Today:        partner.Totals{VolumeLots: lot, VolumeUSD: volume, RewardUSD: earned},
		Month:        partner.Totals{VolumeLots: 2 * lot, VolumeUSD: 2 * volume, RewardUSD: 2 * earned},
		WindowVolume: 3 * volume, ActiveClients: 1,
	}, o.Recent, "the last 90 days begin on April 2nd")
	require.Equal(t, partner.Totals{VolumeLots: 4 * lot, VolumeUSD: 4 * volume, RewardUSD: 4 * earned, OverrideUSD: 200_000}, o.AllTime)
	require.Equal(t, []partner.WalletAccount{{
		Number: partner.AccountNumber(programmetest.Alpha), Name: "a", Currency: "USD", Kind: "reward", Balance: 8_200_000, BalanceUSD: 8_200_000,
	}}, o.Accounts)
	require.Len(t, o.Plans, 2)

	o = b.overview(t, programmetest.Beta)
	require.Equal(t, "EUR", o.Accounts[0].Currency)
	require.Equal(t, partner.ClientCounts{Inactive: 1}, o.Clients)
	require.Zero(t, o.ActiveClients, "the last trade is older than the window")
	require.Empty(t, o.Level)

	_, err := b.store.Overview(t.Context(), id.New(), programmetest.Today)
	require.ErrorIs(t, err, partner.ErrUnknown)
}

func testOverviewChanges(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	require.Zero(t, b.overview(t, programmetest.Alpha).AllTime)
	for n := range 3 {
		b.MustFeed(t, b.Order("1001", n, "EURUSD", "2026-06-30T10:00:00Z", ``))
		o := b.overview(t, programmetest.Alpha)
		require.EqualValues(t, (n+1)*2_000_000, o.Today.RewardUSD, "an acknowledged order is visible at once")
		require.EqualValues(t, (n+1)*2_000_000, o.Accounts[0].Balance)
		require.EqualValues(t, 1, o.ActiveClients)
		require.Equal(t, o, b.overview(t, programmetest.Alpha), "a second call returns the same")
	}
	b.MustFeed(t, b.Fact(feed.OrderReversed, "2026-06-30T11:00:00Z", `"server":"Real","ticket":2,"reason":"test"`))
	require.EqualValues(t, 4_000_000, b.overview(t, programmetest.Alpha).Today.RewardUSD)
	b.MustFeed(t, b.Fact(feed.ClientLeft, "2026-06-30T11:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
	require.Equal(t, partner.ClientCounts{Left: 1}, b.overview(t, programmetest.Alpha).Clients)

	tomorrow := partner.DaysAt(programmetest.Now.Add(24*time.Hour), time.UTC)
	o, err := b.store.Overview(t.Context(), programmetest.Alpha, tomorrow)
	require.NoError(t, err)
	require.Zero(t, o.Today)
	require.Zero(t, o.Month, "tomorrow is in July")
	require.EqualValues(t, 3*120_000_0000, o.WindowVolume)

	require.Len(t, b.overview(t, programmetest.Alpha).Plans, 1)
	plan := reward.Default()
	plan.Levels[0].Name = "Beginner"
	_, err = reward.NewStore(b.DB).Add(t.Context(), plan, programmetest.Now)
	require.NoError(t, err)
	require.Len(t, b.overview(t, programmetest.Alpha).Plans, 2)
	require.Equal(t, "Beginner", b.overview(t, programmetest.Alpha).Plans[1].Levels[0].Name)
}

func testAffiliation(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	find := func(partnerID id.UUID, email string) (partner.Affiliation, bool) {
		a, ok, err := b.store.Affiliation(t.Context(), partnerID, email)
		require.NoError(t, err)
		return a, ok
	}
	a, ok := find(programmetest.Alpha, "one@example.com")
	require.True(t, ok)
	require.Equal(t, partner.Affiliation{ClientUID: programmetest.UUID(programmetest.Client1), Accounts: []string{"1001"}}, a)
	for _, email := range []string{"two@example.com", "nobody@example.com", ""} {
		a, ok = find(programmetest.Alpha, email)
		require.False(t, ok, email)
		require.Zero(t, a, email)
	}

	byAccount := func(partnerID id.UUID, account string) (partner.Affiliation, bool) {
		a, ok, err := b.store.AffiliationByAccount(t.Context(), partnerID, account)
		require.NoError(t, err)
		return a, ok
	}
	same, ok := byAccount(programmetest.Alpha, "1001")
	require.True(t, ok)
	require.Equal(t, partner.Affiliation{ClientUID: programmetest.UUID(programmetest.Client1), Accounts: []string{"1001"}}, same)
	for _, account := range []string{"2001", "3", "", "0001001"} {
		_, ok = byAccount(programmetest.Alpha, account)
		require.False(t, ok, account)
	}

	open := func(account, opened string) string {
		return b.Fact(feed.AccountOpened, opened, `"client_account":"`+account+`","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`)
	}
	b.MustFeed(t, open("999", "2026-02-03T00:00:00Z"),
		b.Fact(feed.ClientPartnerChanging, "2026-03-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	a, ok = find(programmetest.Alpha, "one@example.com")
	require.True(t, ok, "a client that is changing is still the partner's")
	require.Equal(t, []string{"1001", "999"}, a.Accounts, "oldest first")

	b.MustFeed(t, b.Fact(feed.ClientPartnerChanged, "2026-03-02T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`), open("1003", "2026-03-03T00:00:00Z"))
	_, ok = find(programmetest.Alpha, "one@example.com")
	require.False(t, ok)
	a, ok = find(programmetest.Beta, "one@example.com")
	require.True(t, ok)
	require.Equal(t, []string{"1003"}, a.Accounts, "only accounts under this partner")
	_, ok = byAccount(programmetest.Alpha, "1001")
	require.False(t, ok, "the client has changed to another partner")
	same, ok = byAccount(programmetest.Beta, "1003")
	require.True(t, ok)
	require.Equal(t, a, same)

	const again = "99999999-0000-4000-8000-000000000009"
	b.MustFeed(t, b.Fact(feed.ClientRegistered, "2026-04-01T00:00:00Z", `"client_uid":"`+again+`","email":"one@example.com","country":"DE","partner_code":"beta"`))
	a, ok = find(programmetest.Beta, "one@example.com")
	require.True(t, ok)
	require.Equal(t, partner.Affiliation{ClientUID: programmetest.UUID(again)}, a, "the client that registered last is found")
}

func testFindClient(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	ctx := t.Context()
	registered := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	full := func() id.UUID { u := programmetest.UUID(programmetest.Client1); return u }
	low, high := programmetest.UUID("11111111-0000-0000-0000-000000000000"), programmetest.UUID("11111111-ffff-ffff-ffff-ffffffffffff")
	finders := map[string]func(partnerID id.UUID) (partner.ClientRef, bool, error){
		"email": func(p id.UUID) (partner.ClientRef, bool, error) {
			return b.store.ClientByEmail(ctx, p, "one@example.com")
		},
		"uid":     func(p id.UUID) (partner.ClientRef, bool, error) { return b.store.ClientByUID(ctx, p, full(), full()) },
		"short":   func(p id.UUID) (partner.ClientRef, bool, error) { return b.store.ClientByUID(ctx, p, low, high) },
		"account": func(p id.UUID) (partner.ClientRef, bool, error) { return b.store.ClientByAccount(ctx, p, "1001") },
	}
	expect := func(status attribution.Status) {
		for name, find := range finders {
			c, ok, err := find(programmetest.Alpha)
			require.NoError(t, err, name)
			require.True(t, ok, name)
			require.Equal(t, partner.ClientRef{ClientUID: programmetest.UUID(programmetest.Client1), RegisteredAt: registered, Status: status}, c, name)
			c, ok, err = find(programmetest.Beta)
			require.NoError(t, err, name)
			require.False(t, ok, name)
			require.Zero(t, c, name)
		}
	}
	expect(attribution.StatusInactive)
	b.MustFeed(t,
		b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		b.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`),
		b.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	expect(attribution.StatusActive)
	b.MustFeed(t, b.Fact(feed.ClientPartnerChanging, "2026-03-02T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	expect(attribution.StatusChanging)
	b.MustFeed(t, b.Fact(feed.ClientLeft, "2026-03-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
	expect(attribution.StatusLeft)

	const again = "99999999-0000-4000-8000-000000000009"
	b.MustFeed(t, b.Fact(feed.ClientRegistered, "2026-01-05T00:00:00Z", `"client_uid":"`+again+`","email":"one@example.com","country":"DE","partner_code":"alpha"`))
	c, _, err := b.store.ClientByEmail(ctx, programmetest.Alpha, "one@example.com")
	require.NoError(t, err)
	require.Equal(t, programmetest.UUID(again), c.ClientUID, "a client who has not left is preferred")
}

func testLinks(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	ctx := t.Context()
	account, released, err := b.store.AddLink(ctx, programmetest.NewLink(programmetest.Alpha, "mine"), 3)
	require.NoError(t, err)
	require.False(t, released)
	require.Equal(t, partner.AccountNumber(programmetest.Alpha), account)
	for _, taken := range []string{"mine", "alpha", "beta"} {
		_, _, err = b.store.AddLink(ctx, programmetest.NewLink(programmetest.Alpha, taken), 3)
		require.ErrorIs(t, err, partner.ErrCodeTaken, taken)
		_, _, err = b.store.AddLink(ctx, programmetest.NewLink(programmetest.Beta, taken), 3)
		require.ErrorIs(t, err, partner.ErrCodeTaken, taken)
	}
	b.MustFeed(t, b.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
		`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"CY","program":"ib","partner_code":"c_promo","currency":"USD"`))
	_, _, err = b.store.AddLink(ctx, programmetest.NewLink(programmetest.Beta, "promo"), 3)
	require.ErrorIs(t, err, partner.ErrCodeTaken, "c_promo could be the affiliate's link for promo")
	_, _, err = b.store.AddLink(ctx, programmetest.NewLink(id.New(), "stranger"), 3)
	require.ErrorIs(t, err, partner.ErrUnknown)
	_, _, err = b.store.AddLink(ctx, programmetest.NewLink(programmetest.Alpha, "third"), 3)
	require.NoError(t, err)
	_, _, err = b.store.AddLink(ctx, programmetest.NewLink(programmetest.Alpha, "fourth"), 3)
	require.ErrorIs(t, err, partner.ErrTooMany)

	codes := func(partnerID id.UUID) (codes []string, standard string) {
		links, account, err := b.store.Links(ctx, partnerID)
		require.NoError(t, err)
		require.Equal(t, partner.AccountNumber(partnerID), account)
		for _, l := range links {
			codes = append(codes, l.Code)
			if l.IsDefault {
				standard += l.Code
			}
		}
		return codes, standard
	}
	list, standard := codes(programmetest.Alpha)
	require.Equal(t, []string{"mine", "third", "alpha"}, list, "newest first, then by code")
	require.Equal(t, "alpha", standard)
	changed, _, err := b.store.SetDefaultLink(ctx, programmetest.Alpha, "third")
	require.NoError(t, err)
	want := *programmetest.NewLink(programmetest.Alpha, "third")
	want.IsDefault = true
	require.Equal(t, want, changed)
	_, standard = codes(programmetest.Alpha)
	require.Equal(t, "third", standard, "a partner has one default link")
	found, programme, err := b.store.DefaultLink(ctx, programmetest.Alpha)
	require.NoError(t, err)
	require.Equal(t, want, found)
	require.Equal(t, "ib", programme)

	for _, code := range []string{"beta", "unknown"} {
		_, _, err = b.store.SetDefaultLink(ctx, programmetest.Alpha, code)
		require.ErrorIs(t, err, partner.ErrUnknown, code)
	}
	b.exec(t, `UPDATE partner_links SET is_blocked = (1 = 1) WHERE link_code = 'mine'`)
	_, _, err = b.store.SetDefaultLink(ctx, programmetest.Alpha, "mine")
	require.ErrorIs(t, err, partner.ErrLinkBlocked)
	_, standard = codes(programmetest.Alpha)
	require.Equal(t, "third", standard)
	list, standard = codes(programmetest.Beta)
	require.Equal(t, []string{"beta"}, list)
	require.Equal(t, "beta", standard, "another partner's default link stays")
	_, _, err = b.store.DefaultLink(ctx, id.New())
	require.ErrorIs(t, err, partner.ErrUnknown)
}

func testOneCode(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	const takers = 8
	var group sync.WaitGroup
	errs := make([]error, takers)
	for i := range takers {
		group.Go(func() {
			owner := programmetest.Alpha
			if i%2 == 1 {
				owner = programmetest.Beta
			}
			_, _, errs[i] = b.store.AddLink(t.Context(), programmetest.NewLink(owner, "wanted"), 1000)
		})
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, partner.ErrCodeTaken)
	}
	require.Equal(t, 1, won)
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM partner_links WHERE link_code = 'wanted'`))
}

func testAwaitedCode(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	s := b.Feed(t,
		b.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"later"`),
		b.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"44444444-0000-4000-8000-000000000004","email":"four@example.com","country":"IT","partner_code":"later-still"`))
	require.EqualValues(t, 2, s.Unattributed)
	woken := 0
	service, err := partner.New(b.store, b.Clock, partner.Config{
		LinkBase: "https://go.example.com", WakeFacts: func(context.Context) { woken++ },
	})
	require.NoError(t, err)
	_, _, err = service.CreateLink(t.Context(), programmetest.Beta, "mine")
	require.NoError(t, err)
	require.Zero(t, woken, "nothing waits for this code")
	link, account, err := service.CreateLink(t.Context(), programmetest.Beta, "later")
	require.NoError(t, err)
	require.Equal(t, "later", link.Code)
	require.True(t, link.IsCustom)
	require.Equal(t, partner.AccountNumber(programmetest.Beta), account)
	require.Equal(t, 1, woken)
	require.NoError(t, b.Accrual.Drain(t.Context()))
	_, ok, err := b.store.ClientByEmail(t.Context(), programmetest.Beta, "three@example.com")
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM facts_waiting`), "the fact for another code still waits")
}

func testWallet(t *testing.T, b *partnerBundle) {
	b.MustFeed(t, b.Setting()...)
	b.MustFeed(t, b.Order("2001", 2, "usdjpy", "2026-03-01T10:00:00Z", ``))
	b.exec(t, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6)
		VALUES ($1, 'rebates_reserved', 'EUR', 250001, 271251), ($1, 'wallet', 'USD', 5, 5), ($1, 'payable', 'EUR', 7, 7)`, programmetest.Beta)
	b.exec(t, `INSERT INTO partner_accounts (partner_id, partner_account, name, currency, kind, created_at) VALUES ($1, '1000', 'savings', 'USD', 'regular', $2)`,
		programmetest.Beta, db.Micros(programmetest.Now))
	require.Equal(t, []partner.WalletAccount{
		{
			Number: partner.AccountNumber(programmetest.Beta), Name: "b", Currency: "EUR", Kind: "reward",
			Balance: 1_536_099, BalanceUSD: 1_666_667, Reserved: 250_001, ReservedUSD: 271_251,
		},
		{Number: "1000", Name: "savings", Currency: "USD", Kind: "regular", Balance: 5, BalanceUSD: 5},
	}, b.overview(t, programmetest.Beta).Accounts)
	accounts := b.overview(t, programmetest.Alpha).Accounts
	require.Len(t, accounts, 1)
	require.Zero(t, accounts[0].Balance)
}
