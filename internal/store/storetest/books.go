package storetest

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
)

// now is the programme's time in these tests.
var now = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// Programme is a store with an accrual service on it, for scenarios.
type Programme struct {
	DB      db.DB
	Accrual *accrual.Service
	Clock   *clock.Fixed
	next    int
}

// NewProgramme returns an empty programme on db.
func NewProgramme(db db.DB) *Programme {
	at := clock.At(now)
	return &Programme{
		DB:      db,
		Accrual: newAccrual(db, at),
		Clock:   at,
	}
}

// loud makes an error that is only logged fail the test: what waits and cannot
// be applied is tried again for ever, and no summary shows it.
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

func newAccrual(database db.DB, at clock.Clock) *accrual.Service {
	database = db.Joining(database)
	return accrual.New(accrual.NewSQLStore(database), at, time.UTC, slog.New(loud{slog.DiscardHandler})).WithAudit(audit.NewSQLLog(database, at))
}

// Feed sends lines of the feed and returns what became of them.
func (p *Programme) Feed(t *testing.T, lines ...string) accrual.Summary {
	t.Helper()
	summary, err := p.Accrual.Ingest(t.Context(), accrual.Lines(strings.NewReader(strings.Join(lines, "\n"))), nil)
	require.NoError(t, err)
	return summary
}

// MustFeed is Feed for lines that are all new and complete.
func (p *Programme) MustFeed(t *testing.T, lines ...string) {
	t.Helper()
	s := p.Feed(t, lines...)
	require.Empty(t, s.Rejected)
	require.Equal(t, int64(len(lines)), s.Accepted)
	require.Zero(t, s.Unattributed)
}

// Fact spells one line: type, at, then the other fields as JSON members.
func (p *Programme) Fact(kind feed.Type, at, members string) string {
	p.next++
	return fmt.Sprintf(`{"id":"t-%d","type":%q,"at":%q,%s}`, p.next, kind, at, members)
}

// The cast of the scenarios.
const (
	PartnerA = "aaaaaaaa-0000-4000-8000-000000000001"
	PartnerB = "bbbbbbbb-0000-4000-8000-000000000002"
	Client1  = "11111111-0000-4000-8000-000000000001"
	Client2  = "22222222-0000-4000-8000-000000000002"
)

// Setting returns the facts that most scenarios start from: two partners (B
// below A, in EUR), instruments, rates, two clients with an account each.
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

// Order spells an order.closed fact of one lot, five minutes long.
func (p *Programme) Order(account string, ticket int, symbol, closed, more string) string {
	at, err := time.Parse(time.RFC3339, closed)
	if err != nil {
		panic(err)
	}
	return p.Fact(feed.OrderClosed, closed, fmt.Sprintf(
		`"server":"Real","ticket":%d,"client_account":%q,"symbol":%q,"side":"buy","lots":1,"open_time":%q,"close_time":%q,"open_price":1.1,"close_price":1.2%s`,
		ticket, account, symbol, at.Add(-5*time.Minute).Format(time.RFC3339), closed, more))
}

// Dump reads the books as they stand, without what may differ between two
// ways to the same books: ids, numbers, batches, times of writing.
func Dump(ctx context.Context, t *testing.T, database db.DB) []string {
	t.Helper()
	var out []string
	for _, q := range []struct {
		name  string
		width int
		query string
	}{
		{"client", 14, `SELECT CAST(relation AS text), email, country, link_code, coalesce(verified_at, 0), contact_status, coalesce(first_deposit_at, 0), first_deposit_usd_e6,
			deposits_usd_e6, balance_usd_e6, coalesce(first_trade_day, 0), coalesce(last_trade_day, 0), orders_count, reward_usd_e6 FROM clients ORDER BY partner_id, client_uid`},
		{"source", 12, `SELECT params, click_id, coalesce(clicked_at, 0), link_code, campaign_code, coalesce(link_id, 0), tags, sub_id, country, platform,
			coalesce(material_id, 0), registered_at FROM client_sources ORDER BY partner_id, client_uid`},
		{"account", 11, `SELECT client_account, account_type, link_code, equity_usd_e6, coalesce(first_trade_day, 0), coalesce(last_trade_day, 0), orders_count, volume_lots_e8, volume_usd_e4,
			reward_e6, reward_usd_e6 FROM accounts ORDER BY partner_id, client_account`},
		{"reward", 14, `SELECT server, ticket, part, client_account, kind, account_type, formula_code, level, currency, reward_day, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6
			FROM rewards ORDER BY partner_id, server, ticket, part, client_account, kind`},
		{"override", 7, `SELECT ticket, kind, depth, reward_day, base_usd_e6, amount_usd_e6, amount_e6 FROM overrides ORDER BY partner_id, sub_partner_id, ticket, kind`},
		{"agent-share", 10, `SELECT ticket, client_account, kind, link_id, agreement_at, reward_day, base_usd_e6, amount_usd_e6, amount_e6, paid_e6
			FROM agent_shares ORDER BY partner_id, owner_id, ticket, client_account, kind`},
		{"agreement", 3, `SELECT link_id, from_at, earned_usd_e6 FROM agent_agreements ORDER BY partner_id, link_id, from_at`},
		{"account-day", 10, `SELECT reward_day, client_account, account_type, link_code, reward_rows, orders_count, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6
			FROM account_days ORDER BY partner_id, reward_day, client_account`},
		{"partner-day", 8, `SELECT reward_day, account_days, reward_rows, orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6
			FROM partner_days WHERE reward_rows <> 0 OR override_usd_e6 <> 0 ORDER BY partner_id, reward_day`},
		{"totals", 9, `SELECT clients_active, clients_inactive, clients_changing, clients_left, orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6
			FROM partner_totals ORDER BY partner_id`},
		{"balance", 4, `SELECT account, currency, amount_e6, amount_usd_e6 FROM balances WHERE amount_e6 <> 0 OR amount_usd_e6 <> 0 ORDER BY partner_id, account, currency`},
		{"ledger", 6, `SELECT account, currency, coalesce(client_account, ''), coalesce(reward_day, 0), sum(amount_e6), sum(amount_usd_e6) FROM entries
			GROUP BY partner_id, account, currency, client_account, reward_day HAVING sum(amount_e6) <> 0
			ORDER BY partner_id, account, currency, client_account, reward_day`},
		{"server-day", 4, `SELECT server, day, orders, lots_e8 FROM server_days ORDER BY server, day`},
		// Of several things that a fact lacks, which one it waits for is no matter.
		{"waiting", 1, `SELECT fact_id FROM facts_waiting ORDER BY fact_id`},
	} {
		rows, err := db.Collect(ctx, database, func(rows db.Rows) (string, error) {
			values := make([]any, q.width)
			targets := make([]any, q.width)
			for i := range values {
				targets[i] = &values[i]
			}
			err := rows.Scan(targets...)
			return fmt.Sprint(append([]any{q.name}, values...)...), err
		}, strings.ReplaceAll(strings.ReplaceAll(q.query, "sum(amount_e6),", "CAST(sum(amount_e6) AS bigint),"), "sum(amount_usd_e6) FROM", "CAST(sum(amount_usd_e6) AS bigint) FROM"))
		require.NoError(t, err, q.name)
		out = append(out, rows...)
	}
	return out
}

// Shuffled feeds the lines in a random order, in random batches, with repeats.
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
