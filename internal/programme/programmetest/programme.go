// Package programmetest gives tests a programme with partners and clients, lines of
// their feed, and checks of the books. It may import every domain, because only
// external test packages (such as x_test) import it.
package programmetest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Now is the current time in these tests.
var Now = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// Programme is a database with a service that applies facts, for test scenarios.
type Programme struct {
	DB      db.DB
	Accrual *accrual.Service
	Clock   *clock.Fixed
	Next    int // number of the last fact
}

// New returns an empty programme on db.
func New(db db.DB) *Programme {
	at := clock.At(Now)
	return &Programme{
		DB:      db,
		Accrual: NewAccrual(db, at, nil),
		Clock:   at,
	}
}

// loud is a log handler that panics on an error. Without loud, a test would not
// notice a fact that cannot be applied, because the summary does not show it.
type loud struct{ slog.Handler }

// Enabled implements slog.Handler.
func (loud) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle implements slog.Handler.
func (loud) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	panic(text)
}

// NewAccrual returns a service that applies facts to a database, with an audit log.
// The service panics if it logs an error. If clicks is nil, facts cannot refer to
// clicks.
func NewAccrual(database db.DB, at clock.Clock, clicks accrual.Clicks) *accrual.Service {
	database = db.Joining(database)
	return accrual.New(accrual.NewSQLStore(database), at, time.UTC, slog.New(loud{slog.DiscardHandler}), accrual.Config{
		Clicks: clicks, Audit: audit.NewSQLLog(database, at),
	})
}

// Feed applies lines of the feed and returns their summary.
func (p *Programme) Feed(t *testing.T, lines ...string) accrual.Summary {
	t.Helper()
	summary, err := p.Accrual.Ingest(t.Context(), accrual.Lines(strings.NewReader(strings.Join(lines, "\n"))), nil)
	require.NoError(t, err)
	return summary
}

// MustFeed is like Feed, but fails the test unless all lines are new and valid, and
// have a partner.
func (p *Programme) MustFeed(t *testing.T, lines ...string) {
	t.Helper()
	s := p.Feed(t, lines...)
	require.Empty(t, s.Rejected)
	require.Equal(t, int64(len(lines)), s.Accepted)
	require.Zero(t, s.Unattributed)
}

// Fact returns a line of the feed. The caller passes the fields that follow "type"
// and "at", as JSON.
func (p *Programme) Fact(kind feed.Type, at, members string) string {
	p.Next++
	return fmt.Sprintf(`{"id":"t-%d","type":%q,"at":%q,%s}`, p.Next, kind, at, members)
}

// These are the partners and clients of the scenarios.
const (
	PartnerA = "aaaaaaaa-0000-4000-8000-000000000001"
	PartnerB = "bbbbbbbb-0000-4000-8000-000000000002"
	Client1  = "11111111-0000-4000-8000-000000000001"
	Client2  = "22222222-0000-4000-8000-000000000002"
)

// These are the ids of both partners, and the day of Now.
var (
	Alpha = UUID(PartnerA)
	Beta  = UUID(PartnerB)
	Today = partner.DaysAt(Now, time.UTC)
)

// UUID parses a UUID and panics if it is invalid.
func UUID(s string) id.UUID {
	u, err := id.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// Setting returns the facts with which most scenarios begin: two partners,
// instruments, rates, and two clients with one account each. Partner B is a
// sub-partner of A and is paid in EUR.
func (p *Programme) Setting() []string {
	return []string{
		p.Fact(feed.PartnerRegistered, "2026-01-01T00:00:00Z", `"partner_uid":"`+PartnerA+`","email":"a@example.com","country":"CY","program":"ib","partner_code":"alpha","currency":"USD"`),
		p.Fact(feed.PartnerRegistered, "2026-01-02T00:00:00Z", `"partner_uid":"`+PartnerB+`","email":"b@example.com","country":"TH","program":"ib","partner_code":"beta","currency":"EUR","parent_code":"alpha"`),
		p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"EURUSD","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10`),
		p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"USDJPY","group":"forex","base_currency":"USD","quote_currency":"JPY","contract_size":100000,"point_size":0.001,"avg_spread":"12.5"`),
		p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"JPY","usd":"0.006666666667"`),
		p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"EUR","usd":"1.085"`),
		p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+Client1+`","email":"one@example.com","country":"DE","partner_code":"alpha"`),
		p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+Client2+`","email":"two@example.com","country":"FR","partner_code":"beta"`),
		p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"1001","client_uid":"`+Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"2001","client_uid":"`+Client2+`","server":"Real","platform":"mt4","account_type":"Pro","currency":"USD"`),
	}
}

// Order returns an order.closed fact of one lot. The order was open for five
// minutes.
func (p *Programme) Order(account string, ticket int, symbol, closed, more string) string {
	at, err := time.Parse(time.RFC3339, closed)
	if err != nil {
		panic(err)
	}
	return p.Fact(feed.OrderClosed, closed, fmt.Sprintf(
		`"server":"Real","ticket":%d,"client_account":%q,"symbol":%q,"side":"buy","lots":1,"open_time":%q,"close_time":%q,"open_price":1.1,"close_price":1.2%s`,
		ticket, account, symbol, at.Add(-5*time.Minute).Format(time.RFC3339), closed, more))
}

// Shuffled applies the lines in a random order and in batches of random size. It
// repeats some of the lines later.
func (p *Programme) Shuffled(t *testing.T, random *rand.Rand, lines []string) {
	t.Helper()
	lines = append([]string(nil), lines...)
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	for start := 0; start < len(lines); {
		end := min(len(lines), start+1+random.IntN(len(lines)/3+1))
		require.Empty(t, p.Feed(t, lines[start:end]...).Rejected)
		if start > 0 && random.IntN(3) == 0 {
			repeated := p.Feed(t, lines[:start]...)
			require.Equal(t, int64(start), repeated.Duplicates)
		}
		start = end
	}
}
