package wire_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/internal/traffic"
)

var (
	first  = id.UUID{1, 0x97, 0xc0, 0xde, 6: 0x70, 8: 0x80, 15: 1}
	second = id.UUID{1, 0x97, 0xc0, 0xde, 6: 0x70, 8: 0x80, 15: 2}
	noon   = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	later  = noon.Add(90*time.Minute + 250*time.Millisecond)
)

// TestForms checks the exact bytes that a program receives for each type: the names
// and the order of fields, ids, times and nulls.
func TestForms(t *testing.T) {
	t.Parallel()
	const ids = `"0197c0de-0000-7000-8000-00000000000`
	material := &promo.Material{
		ID: 7, Kind: "banner", Title: "Trade <gold>", Language: "en", Width: new(int64(300)), Height: new(int64(250)), Theme: "dark",
		Product: "metals", Version: 2, CreatedAt: noon, MediaType: "image/png", FileName: "gold.png", Size: 1024, HasPreview: true, Clicks: new(int64(0)),
	}
	text := &promo.Material{ID: 8, Kind: "text", Title: "Words", Version: 1, CreatedAt: noon}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"a contact request without an answer": {
			wire.ContactOf(&partner.ContactRequest{ID: first, ClientUID: second, Message: "Let us talk.", RequestedAt: noon, ExpiresAt: noon.AddDate(0, 0, 30), Status: partner.ContactPending}),
			`{"id":` + ids + `1","client_uid":` + ids + `2","message":"Let us talk.","status":"PENDING","requested_at":"2026-06-30T12:00:00Z","expires_at":"2026-07-30T12:00:00Z","answered_at":null}`,
		},
		"a contact request with an answer": {
			wire.ContactOf(&partner.ContactRequest{ID: first, ClientUID: second, RequestedAt: noon, ExpiresAt: noon, Status: partner.ContactGranted, AnsweredAt: &later, Email: "client@example.com"}),
			`{"id":` + ids + `1","client_uid":` + ids + `2","message":"","status":"GRANTED","requested_at":"2026-06-30T12:00:00Z","expires_at":"2026-06-30T12:00:00Z","answered_at":"2026-06-30T13:30:00.25Z"}`,
		},
		"a key that was never used": {
			wire.KeyOf(&identity.APIKey{ID: "k3v9d0q2x7ab", Role: caller.Partner, Scopes: []string{"read"}, Name: "bot", CreatedAt: noon}),
			`{"id":"k3v9d0q2x7ab","name":"bot","scopes":["read"],"created_at":"2026-06-30T12:00:00Z","expires_at":null,"last_used_at":null}`,
		},
		"a key with times": {
			wire.KeyOf(&identity.APIKey{ID: "k", Role: caller.Broker, Scopes: []string{"feed", "read"}, Name: "bot", CreatedAt: noon, ExpiresAt: &later, LastUsedAt: &noon}),
			`{"id":"k","name":"bot","scopes":["feed","read"],"created_at":"2026-06-30T12:00:00Z","expires_at":"2026-06-30T13:30:00.25Z","last_used_at":"2026-06-30T12:00:00Z"}`,
		},
		"the address of a link": {
			wire.LinkAddressOf(&partner.LinkAddress{URL: "https://go.example.com/a/abc?x=1&y=2", Domain: "go.example.com", Code: "abc"}),
			`{"full_default_link":"https://go.example.com/a/abc?x=1&y=2","domain":"go.example.com","code":"abc"}`,
		},
		"no address": {wire.LinkAddressOf(nil), `null`},
		"a banner": {
			wire.MaterialOf(material),
			`{"id":7,"kind":"banner","title":"Trade <gold>","language":"en","width":300,"height":250,"theme":"dark","product":"metals",` +
				`"preview_url":"/api/promo/materials/7/preview/?v=2","file_url":"/api/promo/materials/7/file/?v=2","created":"2026-06-30T12:00:00Z","clicks":0}`,
		},
		"a banner with its file": {
			wire.MaterialDetailOf(material),
			`{"id":7,"kind":"banner","title":"Trade <gold>","language":"en","width":300,"height":250,"theme":"dark","product":"metals",` +
				`"preview_url":"/api/promo/materials/7/preview/?v=2","file_url":"/api/promo/materials/7/file/?v=2","created":"2026-06-30T12:00:00Z","clicks":0,` +
				`"media_type":"image/png","file_name":"gold.png","file_size":1024,"version":2}`,
		},
		"a text, which has no size, no preview and no count of clicks": {
			wire.MaterialOf(text),
			`{"id":8,"kind":"text","title":"Words","language":"","width":null,"height":null,"theme":"","product":"",` +
				`"preview_url":null,"file_url":"/api/promo/materials/8/file/?v=1","created":"2026-06-30T12:00:00Z"}`,
		},
		"items that keep working": {
			wire.SetUpsOf([]identity.SetUp{
				{Kind: "webhook", ID: "w1", Name: "Dashboard", Target: "https://example.com/", Status: "paused", Created: noon, Changed: later, Paused: true},
				{Kind: "authenticator", Name: "Authenticator app", Status: "active", Created: noon, Changed: noon},
			}),
			`[{"kind":"webhook","id":"w1","name":"Dashboard","target":"https://example.com/","status":"paused","created":"2026-06-30T12:00:00Z","changed":"2026-06-30T13:30:00.25Z","paused_by_reset":true},` +
				`{"kind":"authenticator","id":null,"name":"Authenticator app","target":"","status":"active","created":"2026-06-30T12:00:00Z","changed":"2026-06-30T12:00:00Z","paused_by_reset":false}]`,
		},
		"no items": {wire.SetUpsOf(nil), `[]`},
		"a token":  {wire.TokenOut{Token: "a.b.c"}, `{"token":"a.b.c"}`},
		"a traffic source": {
			wire.SourceOf(&traffic.Source{PartnerID: second, ID: first, Name: "My blog", Type: "website", URL: "https://blog.example.com/", Status: "draft", Reason: "internal", CreatedAt: noon, CheckedAt: &later}),
			`{"uid":` + ids + `1","name":"My blog","type":"website","url":"https://blog.example.com/","status":"draft","created":"2026-06-30T12:00:00Z"}`,
		},
		"an empty text": {wire.UnlessEmpty(""), `null`},
		"a text":        {wire.UnlessEmpty(" "), `" "`},
	} {
		sent, err := object.Encode(c.value)
		require.NoError(t, err, name)
		require.Equal(t, c.want, string(sent), name)
	}
}

func TestForms_AKeyWithoutLimitsNamesWhatItMayDo(t *testing.T) {
	t.Parallel()
	for _, role := range []caller.Role{caller.Partner, caller.Broker} {
		require.NotEmpty(t, wire.KeyOf(&identity.APIKey{Role: role}).Scopes, role)
	}
}

// TestLists checks that an empty list of domains or landing pages is [] and not null,
// and that count covers all rows.
func TestLists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(*testing.T) db.DB) {
		fallback, err := url.Parse("https://go.example.com")
		require.NoError(t, err)
		s := campaign.New(campaign.NewStore(open(t)), clock.At(noon), fallback)
		lists := func() [2]string {
			domains, err := wire.LinkDomains(s)(t.Context(), nil)
			require.NoError(t, err)
			pages, err := wire.LandingPages(s)(t.Context(), nil)
			require.NoError(t, err)
			var sent [2]string
			for i, list := range []any{domains, pages} {
				text, err := object.Encode(list)
				require.NoError(t, err)
				sent[i] = string(text)
			}
			return sent
		}
		require.Equal(t, [2]string{
			`{"data":[{"domain":"go.example.com","scheme":"https","region":"","is_default":true}],"totals":{"count":1}}`,
			`{"data":[],"totals":{"count":0}}`,
		}, lists(), "before the broker has set one up")

		_, err = s.SetDomain(t.Context(), campaign.Domain{Domain: "asia.example.com", Scheme: "https", Region: "Asia", IsDefault: true})
		require.NoError(t, err)
		body := `{"data":[{"domain":"asia.example.com","scheme":"https","region":"Asia","is_default":true}],"totals":{"count":1}}`
		require.Equal(t, []byte(body), []byte(lists()[0]))
	})
}

func TestMaterialsIn_Filter(t *testing.T) {
	t.Parallel()
	in := wire.MaterialsIn{Kinds: []string{"banner"}, Languages: []string{"en"}, Sizes: []string{"300x250", "1x999999"}, Themes: []string{"dark"}, Products: []string{"metals"}}
	in.Page.Limit = 7
	filter, err := in.Filter()
	require.NoError(t, err)
	require.Equal(t, promo.Filter{
		Kinds: in.Kinds, Languages: in.Languages, Sizes: []promo.Size{{Width: 300, Height: 250}, {Width: 1, Height: 999999}},
		Themes: in.Themes, Products: in.Products, Page: in.Page,
	}, filter)

	for _, size := range []string{"", "300", "300x", "x250", "300X250", "0x250", "300x0", "300x250x1", "-1x5", "1000000x1", "300×250", " 300x250"} {
		in := wire.MaterialsIn{Sizes: []string{"300x250", size}}
		_, err := in.Filter()
		require.ErrorContains(t, err, "size: Must be a width and a height in pixels, such as 300x250.", size)
	}
}

// TestExamples checks that each example has the fields of its type, in the same order.
// Some examples end before their last field or brace.
func TestExamples(t *testing.T) {
	t.Parallel()
	for example, value := range map[string]any{
		wire.ContactExample + "}":   wire.ContactOut{},
		wire.DomainExample:          wire.DomainOut{},
		wire.LandingExample:         wire.LandingOut{},
		wire.MaterialExample + "}":  wire.MaterialOut{Clicks: new(int64(0))},
		wire.SetUpExample + "true}": wire.SetUpOut{},
		wire.SourceExample + "}":    wire.SourceOut{},
	} {
		require.Equal(t, names(t, encode(t, value)), names(t, example), example)
		require.NoError(t, json.Unmarshal([]byte(example), &value), example)
	}
	for _, list := range []json.RawMessage{wire.DomainsExample, wire.PagesExample} {
		require.Equal(t, []string{"data", "totals"}, names(t, string(list)))
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := object.Encode(value)
	require.NoError(t, err)
	return string(text)
}

func names(t *testing.T, text string) []string {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &fields), text)
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		return strings.Index(text, `"`+a+`":`) - strings.Index(text, `"`+b+`":`)
	})
}

// TestAllow checks the kinds of access. An operation that refuses all keys must not
// have a scope.
func TestAllow(t *testing.T) {
	t.Parallel()
	require.Empty(t, wire.Anyone.Access.Role)
	require.Nil(t, wire.Anyone.Access.Scheme)
	for name, c := range map[string]struct {
		who              httpapi.Allow
		role             caller.Role
		optional, person bool
		scope            string
	}{
		"Partner":      {who: wire.Partner, role: caller.Partner},
		"Read":         {who: wire.Read, role: caller.Partner, scope: "read"},
		"Write":        {who: wire.Write, role: caller.Partner, scope: "write"},
		"Person":       {who: wire.Person, role: caller.Partner, person: true},
		"PersonOrNone": {who: wire.PersonOrNone, role: caller.Partner, person: true, optional: true},
		"BrokerRead":   {who: wire.BrokerRead, role: caller.Broker, scope: "read"},
		"BrokerWrite":  {who: wire.BrokerWrite, role: caller.Broker, scope: "write"},
		"BrokerMoney":  {who: wire.BrokerMoney, role: caller.Broker, scope: "write"},
		"BrokerEdit":   {who: wire.BrokerEdit, role: caller.Broker, scope: "write"},
		"BrokerFeed":   {who: wire.BrokerFeed, role: caller.Broker, scope: "feed"},
		"Staff":        {who: wire.Staff, role: caller.Broker, person: true},
		"StaffAdmin":   {who: wire.StaffAdmin, role: caller.Broker, person: true},
	} {
		access := c.who.Access
		require.Equal(t, c.role, access.Role, name)
		require.Equal(t, c.optional, access.Optional, name)
		require.Equal(t, c.person, access.Person, name)
		require.Equal(t, c.scope, c.who.Scope, name)
		require.NotNil(t, access.Scheme, name)
	}
	require.NotEqual(t, wire.Read.Access.Scheme, wire.BrokerRead.Access.Scheme, "a broker's key is no partner's token")
}
