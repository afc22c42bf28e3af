// Package apitest sets up the production programme for tests of the API. The tests
// send requests through the SDK. The package checks each request and each response
// against the OpenAPI document.
package apitest

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

var (
	noLimit      = httpapi.Limit{Rate: -1}
	ThisMachine  = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	fastPassword = identity.Params{MemoryKiB: 64, Passes: 1, Threads: 1}
)

// Built returns the production programme with a database of its own. The test moves
// the clock, so nothing in the programme waits for real time.
func Built(tb testing.TB, changes ...func(*programme.Config)) (p *programme.Programme, clicks db.DB, at *clock.Fixed) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "tributary.db")
	main, err := sqlite.Open(tb.Context(), path)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, main.Close()) })
	clicks, err = sqlite.OpenClicks(tb.Context(), path)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, clicks.Close()) })
	p, at = builtOn(tb, main, clicks, changes...)
	return p, clicks, at
}

func builtOn(tb testing.TB, main, clicks db.DB, changes ...func(*programme.Config)) (p *programme.Programme, at *clock.Fixed) {
	tb.Helper()
	at = clock.At(time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC))
	c := programme.Config{
		Clock: at, Version: "1", LinkBase: "https://go.example.com/", PublicURL: "https://partners.example.com/",
		PartnerLimit: noLimit, BrokerLimit: noLimit, AddressLimit: noLimit,
		Passwords: fastPassword, ResetTime: -1, ExportDir: filepath.Join(tb.TempDir(), "exports"),
	}
	for _, change := range changes {
		change(&c)
	}
	p, err := programme.Build(tb.Context(), main, clicks, c)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, p.Close()) })
	return p, at
}

// PartnerC is a third partner, an affiliate.
const PartnerC = "cccccccc-0000-4000-8000-000000000003"

// World is a programme with facts and with three partners who can log in.
type World struct {
	*programmetest.Programme
	Server *programme.Programme
	Router *httpapi.Router
	Clicks db.DB

	signing sync.Mutex
	tokens  map[string]credential // by the names that As accepts
}

type credential struct {
	text string
	made time.Time
}

// SetupWorld returns a World with the facts of programmetest's Setting, and
// with an affiliate.
func SetupWorld(t *testing.T, changes ...func(*programme.Config)) *World {
	t.Helper()
	p, clicks, at := Built(t, changes...)
	return newWorld(t, p, clicks, at)
}

// EachWorld runs a suite with a World on each engine.
func EachWorld(t *testing.T, suite func(t *testing.T, w *World)) {
	t.Helper()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (store, clicks db.DB)) {
		t.Helper()
		main, clicks := open(t)
		p, at := builtOn(t, main, clicks)
		suite(t, newWorld(t, p, clicks, at))
	})
}

func newWorld(t *testing.T, p *programme.Programme, clicks db.DB, at *clock.Fixed) *World {
	t.Helper()
	w := &World{
		Programme: &programmetest.Programme{DB: p.DB, Accrual: p.Facts, Clock: at}, Server: p, Router: p.Router, Clicks: clicks, tokens: map[string]credential{},
	}
	w.MustFeed(t, w.Setting()...)
	w.MustFeed(t, w.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
		`"partner_uid":"`+PartnerC+`","email":"c@example.com","country":"MX","program":"affiliate","partner_code":"gamma","currency":"USD"`))
	return w
}

var people = map[string]string{"a": programmetest.PartnerA, "b": programmetest.PartnerB, "c": PartnerC}

// As returns the token or key of a caller. The names "a", "b" and "c" mean the
// tokens of the partners, "akey" means a key of partner A, and "broker" means a key
// of the broker. "a:read" and "broker:read" mean keys with the scope read. As
// returns any other name unchanged.
func (w *World) As(t *testing.T, name string) string {
	t.Helper()
	who, scope, _ := strings.Cut(name, ":")
	partner := people[strings.TrimSuffix(who, "key")]
	if partner == "" && who != "broker" {
		return name
	}
	w.signing.Lock()
	defer w.signing.Unlock()
	known, found := w.tokens[name]
	if found && w.Clock.Now().Sub(known.made).Abs() < time.Hour {
		return known.text
	}
	made := credential{made: w.Clock.Now()}
	var err error
	switch {
	case who == "broker" || scope != "" || strings.HasSuffix(who, "key"):
		if found {
			return known.text
		}
		key := identity.NewKey{Role: caller.Broker, Name: name, Scopes: slices.DeleteFunc([]string{scope}, func(s string) bool { return s == "" })}
		if partner != "" {
			key.Role, key.PartnerID = caller.Partner, new(UID(partner))
		}
		made.text, _, err = w.Server.Identity.CreateKey(t.Context(), key)
	default:
		if !found {
			require.NoError(t, w.Server.Identity.SetPassword(t.Context(), UID(partner), AuthPassword))
		}
		made.text, err = w.Server.Identity.Login(t.Context(), identity.Login{Login: who + "@example.com", Password: AuthPassword, Address: "127.0.0.1"})
	}
	require.NoError(t, err)
	w.tokens[name] = made
	return made.text
}

// Logged counts the entries in the audit log, without the logins of the test's
// callers.
func (w *World) Logged(t *testing.T) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action NOT IN ('login.succeeded', 'api_key.created')`).Scan(&n))
	return n
}

func UID(text string) id.UUID {
	u, err := id.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}
