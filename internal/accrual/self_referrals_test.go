package accrual_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/settings"
)

// TestSelfReferrals checks what happens when a partner becomes their own
// client. It also covers facts from before the partner existed.
func TestSelfReferrals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"flagged unless it is set":       selfFlagged,
			"allowed":                        selfAllowed,
			"refused in every form":          selfRefused,
			"facts older than their partner": olderThanPartner,
			"facts of the future":            futureRefused,
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

const (
	client3 = "33333333-0000-4000-8000-000000000003"
	client4 = "44444444-0000-4000-8000-000000000004"
)

func client(p *programmetest.Programme, uid, email, code string) string {
	return p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"email":%q,"country":"DE"%s`, uid, email, code))
}

func selfReferrals(t *testing.T, p *programmetest.Programme, f inbox.SelfReferralFilter) []accrual.SelfReferral {
	t.Helper()
	f.Page = page.Page{Limit: 100}
	list, count, err := inbox.NewStore(p.DB).SelfReferrals(t.Context(), f)
	require.NoError(t, err)
	require.EqualValues(t, len(list), count)
	return list
}

func set(t *testing.T, p *programmetest.Programme, value string) {
	t.Helper()
	_, err := settings.NewStore(p.DB).Set(t.Context(), &settings.SelfReferral.Info, value, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), programmetest.Now)
	require.NoError(t, err)
}

func ownerOf(t *testing.T, p *programmetest.Programme, uid string) (owners []id.UUID) {
	t.Helper()
	owners, err := db.Collect(t.Context(), p.DB, func(rows db.Rows) (owner id.UUID, err error) {
		err = rows.Scan(&owner)
		return owner, err
	}, `SELECT partner_id FROM clients WHERE client_uid = $1 ORDER BY partner_id`, programmetest.UUID(uid))
	require.NoError(t, err)
	return owners
}

func selfFlagged(t *testing.T, p *programmetest.Programme) {
	own := client(p, client3, " A+2@Example.com", `,"partner_code":"alpha"`)
	p.Feed(t, own)
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, client(p, client4, "a@example.org", `,"partner_code":"alpha"`))
	list := selfReferrals(t, p, inbox.SelfReferralFilter{})
	require.Len(t, list, 1)
	require.Equal(t, accrual.SelfReferral{
		PartnerID: programmetest.UUID(programmetest.PartnerA), ClientUID: programmetest.UUID(client3), FactID: idOf(t, own), At: list[0].At, Email: "a+2@example.com",
	}, list[0])
	require.Equal(t, []id.UUID{programmetest.UUID(programmetest.PartnerA)}, ownerOf(t, p, client3), "it counts")
	refused := true
	require.Empty(t, selfReferrals(t, p, inbox.SelfReferralFilter{Refused: &refused}))
	require.Empty(t, selfReferrals(t, p, inbox.SelfReferralFilter{Partners: []id.UUID{programmetest.UUID(programmetest.PartnerB)}}))
	require.EqualValues(t, 1, p.Feed(t, own).Duplicates)
}

func selfAllowed(t *testing.T, p *programmetest.Programme) {
	set(t, p, settings.AllowSelfReferral)
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, client(p, client3, "a@example.com", `,"partner_code":"alpha"`))
	require.Empty(t, selfReferrals(t, p, inbox.SelfReferralFilter{}))
	require.Equal(t, []id.UUID{programmetest.UUID(programmetest.PartnerA)}, ownerOf(t, p, client3))
}

func selfRefused(t *testing.T, p *programmetest.Programme) {
	set(t, p, settings.RefuseSelfReferral)
	p.MustFeed(t, p.Setting()...)
	registration := `,"partner_code":"alpha"`
	p.MustFeed(t, client(p, client3, "a+x@example.com", registration), client(p, client4, "a@example.com", ""))
	require.EqualValues(t, 1, p.Feed(t, client(p, client3, "a+x@example.com", registration)).Duplicates)
	opened := func(account, uid, code string) string {
		return p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
			`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"%s`, account, uid, code))
	}
	p.MustFeed(t, opened("3001", client3, ""), opened("4001", client4, `,"partner_code":"alpha"`),
		p.Fact(feed.ClientPartnerChanged, "2026-02-10T00:00:00Z", `"client_uid":"`+client4+`","partner_code":"alpha"`))
	p.MustFeed(t, p.Fact(feed.AccountOpened, "2026-02-12T00:00:00Z",
		`"client_account":"4002","client_uid":"`+client4+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
	p.MustFeed(t, p.Order("3001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("4001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``),
		p.Order("4002", 3, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA), "no partner earns by trading")
	require.Equal(t, []id.UUID{id.Nil}, ownerOf(t, p, client3))
	require.Equal(t, []id.UUID{id.Nil}, ownerOf(t, p, client4))
	refused := true
	require.Len(t, selfReferrals(t, p, inbox.SelfReferralFilter{Refused: &refused}), 3, "the broker sees why")
	p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, "2026-02-20T00:00:00Z", `"client_uid":"`+client4+`","partner_code":"beta"`))
	require.Equal(t, []id.UUID{id.Nil, programmetest.UUID(programmetest.PartnerB)}, ownerOf(t, p, client4), "another partner may have it")
}

// olderThanPartner checks the import of a client's history from before the
// partner registered.
func olderThanPartner(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	p.MustFeed(t, setting[2:6]...)
	for i, day := range []string{"2025-05-01T00:00:00Z", "2025-05-02T00:00:00Z"} {
		p.MustFeed(t, p.Fact(feed.RateSet, day, fmt.Sprintf(`"currency":"EUR","usd":"1.0%d"`, i)))
	}
	p.MustFeed(t, p.Fact(feed.InstrumentSet, "2025-01-01T00:00:00Z", `"symbol":"EURUSD","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10`))
	history := []string{
		p.Fact(feed.ClientRegistered, "2025-06-01T00:00:00Z", `"client_uid":"`+client3+`","email":"three@example.com","country":"DE","partner_code":"alpha"`),
		p.Fact(feed.AccountOpened, "2025-06-02T00:00:00Z", `"client_account":"3001","client_uid":"`+client3+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Order("3001", 1, "EURUSD", "2025-07-01T10:00:00Z", ``),
	}
	p.Feed(t, history...)
	require.EqualValues(t, 3, p.Health(t).Total())
	p.MustFeed(t, setting[0])
	require.Zero(t, p.Health(t).Total())
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	require.Equal(t, []id.UUID{programmetest.UUID(programmetest.PartnerA)}, ownerOf(t, p, client3))
}

func futureRefused(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	at := func(ahead time.Duration) string { return programmetest.Now.Add(ahead).Format(time.RFC3339) }
	s := p.Feed(t, p.Fact(feed.RateSet, at(24*time.Hour+time.Second), `"currency":"EUR","usd":1`), p.Order("1001", 1, "EURUSD", at(25*time.Hour), ``))
	require.EqualValues(t, 2, s.RejectedCount)
	require.Equal(t, "in_future", s.Rejected[0].Code)
	require.EqualValues(t, 1, p.Feed(t, p.Fact(feed.RateSet, at(24*time.Hour), `"currency":"EUR","usd":1`)).Accepted)
}
