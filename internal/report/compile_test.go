package report_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

type noted struct {
	engine     db.Engine
	statements []string
	args       [][]any
}

func (n *noted) Engine() db.Engine { return n.engine }

func (n *noted) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	return fn(ctx, n)
}

func (n *noted) Partner(_ context.Context, partnerID id.UUID) (*report.Partner, error) {
	return &report.Partner{ID: partnerID, Account: "116", AccountName: "partner", Currency: "USD"}, nil
}

func (n *noted) Query(_ context.Context, statement string, args ...any) (report.Rows, error) {
	n.statements, n.args = append(n.statements, statement), append(n.args, args)
	return none{}, nil
}

type none struct{}

func (none) Next() bool        { return false }
func (none) Scan(...any) error { return nil }
func (none) Err() error        { return nil }
func (none) Close()            {}

var partnerID = id.UUID{1}

func compileReport(t *testing.T, engine db.Engine, reportID, query string) *noted {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	store := &noted{engine: engine}
	service := report.NewService(store, clock.At(time.Unix(1_000_000, 0)), report.Options{})
	answer, err := service.Prepare(report.ByID(reportID), &report.Request{PartnerID: partnerID, Params: params})
	require.NoError(t, err)
	require.NoError(t, answer.Write(t.Context(), &bytes.Buffer{}))
	for _, args := range store.args {
		require.Equal(t, partnerID, args[0], "$1 is always the partner")
	}
	return store
}

func TestCompile(t *testing.T) {
	t.Parallel()
	const joined = " LEFT JOIN reward_terms w ON w.partner_id = t.partner_id AND w.terms = t.terms" +
		" LEFT JOIN accounts a ON a.partner_id = t.partner_id AND a.number = t.account"
	const days = "t.reward_day, t.volume_lots_e8, t.volume_usd_e4, t.reward_usd_e6, t.orders_count"
	for _, tt := range []struct {
		name, report, query string
		engine              db.Engine
		want                []string // complete statements; if a text begins with "...", only the end of a statement
		args                [][]any
	}{
		{
			"all days", "rewards_byday", "", db.SQLite,
			[]string{"SELECT " + days + " FROM partner_days t WHERE t.partner_id = $1 AND t.reward_rows > 0 ORDER BY t.reward_day DESC"},
			[][]any{{partnerID}},
		},
		{
			"an ordering that the contract does not know", "rewards_byday", "ordering=-created", db.SQLite,
			[]string{"SELECT " + days + " FROM partner_days t WHERE t.partner_id = $1 AND t.reward_rows > 0 ORDER BY t.reward_day DESC"},
			[][]any{{partnerID}},
		},
		{
			"some days", "rewards_byday", "reward_date_from=1970-01-02&reward_date_to=1970-01-03&ordering=reward_date", db.Postgres,
			[]string{"SELECT " + days + " FROM partner_days t WHERE t.partner_id = $1 AND t.reward_rows > 0 AND t.reward_day >= $2 AND t.reward_day <= $3 ORDER BY t.reward_day"},
			[][]any{{partnerID, int64(1), int64(2)}},
		},
		{
			"a default page walks an index; its totals come from the rollup", "orders", "", db.Postgres,
			[]string{
				"... FROM reward_rows t" + joined + " WHERE t.partner_id = $1 ORDER BY t.close_at DESC, t.ticket DESC, t.part DESC, t.account DESC, t.kind DESC LIMIT 100",
				"... FROM partner_days t WHERE t.partner_id = $1",
			},
			[][]any{{partnerID}, {partnerID}},
		},
		{
			"days of orders go by the indexed instants around them", "orders", "date_from=1970-01-03&limit=5", db.SQLite,
			[]string{
				"... FROM (SELECT t.close_at, t.ticket, t.part, t.account, t.kind FROM reward_rows t" + joined + " WHERE t.partner_id = $1 AND t.reward_day >= $2 AND t.close_at >= $3" +
					" ORDER BY t.close_at DESC, t.ticket DESC, t.part DESC, t.account DESC, t.kind DESC LIMIT $4) p CROSS JOIN reward_rows t" + joined + " WHERE t.partner_id = $1" +
					" AND t.close_at = p.close_at AND t.ticket = p.ticket AND t.part = p.part AND t.account = p.account AND t.kind = p.kind" +
					" ORDER BY t.close_at DESC, t.ticket DESC, t.part DESC, t.account DESC, t.kind DESC",
				"... FROM partner_days t WHERE t.partner_id = $1 AND t.reward_day >= $2",
			},
			[][]any{{partnerID, int64(2), int64(86_400_000_000), int64(5)}, {partnerID, int64(2)}},
		},
		{
			"a later page skips its rows", "rewards", "limit=1000&offset=2000", db.SQLite,
			[]string{
				"... FROM (SELECT t.reward_day, t.client_account FROM account_days t WHERE t.partner_id = $1" +
					" ORDER BY t.reward_day DESC, t.client_account DESC LIMIT 1000 OFFSET $2) p CROSS JOIN account_days t WHERE t.partner_id = $1" +
					" AND t.reward_day = p.reward_day AND t.client_account = p.client_account ORDER BY t.reward_day DESC, t.client_account DESC",
				"... FROM partner_days t WHERE t.partner_id = $1",
			},
			[][]any{{partnerID, int64(2000)}, {partnerID}},
		},
		{
			"PostgreSQL plans again for the values of filters", "rewards", "country=TH", db.Postgres,
			[]string{
				"... FROM (SELECT t.reward_day, t.client_account FROM account_days t WHERE t.partner_id = $1 AND t.country = $2" +
					" ORDER BY t.reward_day DESC, t.client_account DESC LIMIT $3) p CROSS JOIN account_days t WHERE t.partner_id = $1" +
					" AND t.reward_day = p.reward_day AND t.client_account = p.client_account ORDER BY t.reward_day DESC, t.client_account DESC",
				"...",
			},
			[][]any{{partnerID, "TH", int64(100)}, {partnerID, "TH"}},
		},
		{
			"an account's rows by its index", "rewards", "client_account=1,2&limit=1", db.SQLite,
			[]string{
				"... FROM (SELECT t.reward_day, t.client_account FROM account_days t INDEXED BY account_days_account WHERE t.partner_id = $1 AND t.client_account @any($2)" +
					" ORDER BY t.reward_day DESC, t.client_account DESC LIMIT 1) p CROSS JOIN account_days t WHERE t.partner_id = $1 AND t.reward_day = p.reward_day" +
					" AND t.client_account = p.client_account ORDER BY t.reward_day DESC, t.client_account DESC",
				"... FROM account_days t INDEXED BY account_days_account WHERE t.partner_id = $1 AND t.client_account @any($2)",
			},
			[][]any{{partnerID, []string{"1", "2"}}, {partnerID, []string{"1", "2"}}},
		},
		{
			"an account's orders by its number, and terms by theirs, without a join for the totals", "orders", "client_account=1&symbol=EURUSD&limit=1", db.SQLite,
			[]string{
				"...",
				"... FROM reward_rows t INDEXED BY reward_rows_account WHERE t.partner_id = $1" +
					" AND t.account IN (SELECT a.number FROM accounts a WHERE a.partner_id = $1 AND a.client_account = $2)" +
					" AND t.terms IN (SELECT w.terms FROM reward_terms w WHERE w.partner_id = $1 AND w.symbol = $3)",
			},
			nil,
		},
		{
			"an order with its reversal by its ticket, also beside an account", "orders", "client_account=1&order_id=MT5%20Real:7,MT5:8-2&limit=1", db.SQLite,
			[]string{
				"...",
				"... FROM reward_rows t INDEXED BY reward_rows_ticket WHERE t.partner_id = $1" +
					" AND (t.ticket = $2 AND t.part = $3 AND t.terms IN (SELECT w.terms FROM reward_terms w WHERE w.partner_id = $1 AND w.server = $4)" +
					" OR t.ticket = $5 AND t.part = $6 AND t.terms IN (SELECT w.terms FROM reward_terms w WHERE w.partner_id = $1 AND w.server = $7))" +
					" AND t.account IN (SELECT a.number FROM accounts a WHERE a.partner_id = $1 AND a.client_account = $8)",
			},
			nil,
		},
		{
			"text by its bytes, null last", "client_accounts", "ordering=partner_code,-platform,partner_account&limit=0", db.Postgres,
			[]string{
				`... ORDER BY t.link_code COLLATE "C", NULLIF(t.platform, '') COLLATE "C" DESC NULLS LAST, t.client_account`,
				"...",
			},
			nil,
		},
		{
			"the partner's own account matches every row, and another account none", "rewards", "partner_account=116,7&country=TH", db.Postgres,
			[]string{"...", "... FROM account_days t WHERE t.partner_id = $1 AND 1 = 1 AND t.country = $2"},
			nil,
		},
		{
			"groups", "rewards_v2", "aggregate_by=country,month&partner_account=1", db.Postgres,
			[]string{
				"... FROM account_days t WHERE t.partner_id = $1 AND 1 = 0 GROUP BY 1, 2) t ORDER BY t.country COLLATE \"C\", t.month COLLATE \"C\" DESC",
				"... t WHERE t.partner_id = $1 AND 1 = 0",
			},
			nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := compileReport(t, tt.engine, tt.report, tt.query)
			require.Len(t, got.statements, len(tt.want))
			for i, want := range tt.want {
				if end, cut := strings.CutPrefix(want, "..."); cut {
					require.True(t, strings.HasSuffix(got.statements[i], end), "%s\ndoes not end in\n%s", got.statements[i], end)
				} else {
					require.Equal(t, want, got.statements[i])
				}
			}
			if tt.args != nil {
				require.Equal(t, tt.args, got.args)
			}
		})
	}
}

// TestCompile_UIDs checks how a filter looks up client UIDs. It finds a
// complete UID by key and a few short UIDs as ranges of an index, and compares
// many short UIDs as text.
func TestCompile_UIDs(t *testing.T) {
	t.Parallel()
	got := compileReport(t, db.SQLite, "clients", "client_uid=3bf4e479,DC11E02F-0000-4000-8000-000000000000&limit=1")
	require.Contains(t, got.statements[1], "(t.client_uid = $2 OR t.client_uid BETWEEN $3 AND $4)")
	last := id.UUID{0x3b, 0xf4, 0xe4, 0x79, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	require.Equal(t, []any{partnerID, id.UUID{0xdc, 0x11, 0xe0, 0x2f, 0, 0, 0x40, 0, 0x80}, id.UUID{0x3b, 0xf4, 0xe4, 0x79}, last}, got.args[1])
	many := "client_uid=" + strings.Repeat("0000000a,0000000b,0000000c,0000000d,0000000e,", 1) + "00000001,00000002,00000003,00000004"
	require.Contains(t, compileReport(t, db.SQLite, "clients", many).statements[1], "(lower(hex(substr(t.client_uid, 1, 4))) @any($2))")
	require.Contains(t, compileReport(t, db.Postgres, "clients", many).statements[1], "(left(CAST(t.client_uid AS TEXT), 8) @any($2))")
}

func TestPrepare_Faults(t *testing.T) {
	t.Parallel()
	service := report.NewService(&noted{engine: db.SQLite}, clock.System(), report.Options{})
	for query, fields := range map[string][]string{
		"limit=x&offset=-1":                     {"limit", "offset"},
		"ordering=comment":                      {"ordering"},
		"ordering=reg_date,secret":              {"ordering"},
		"reg_date=2025-13-01&trade_fn_to=today": {"reg_date", "trade_fn_to"},
		"client_account=12a&client_uid=12":      {"client_account", "client_uid"},
		"country=a%00b":                         {"country"},
		"country=" + strings.Repeat("x", 257):   {"country"},
	} {
		params, err := url.ParseQuery(query)
		require.NoError(t, err)
		_, err = service.Prepare(report.ByID("clients"), &report.Request{PartnerID: partnerID, Params: params})
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), query)
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		var found []string
		for _, f := range e.Fields {
			found = append(found, f.Name)
		}
		require.ElementsMatch(t, fields, found, query)
	}
	tooMany := url.Values{"order_id": {"Real:100"}}
	for i := range 100 {
		tooMany.Add("order_id", fmt.Sprintf("Real:%d", i))
	}
	_, err := service.Prepare(report.ByID("orders"), &report.Request{PartnerID: partnerID, Params: tooMany})
	require.Equal(t, fault.Invalid("order_id", "max_length", "Ensure this field has no more than 100 elements."), err)
	_, err = service.Prepare(report.ByID("rewards_v2"), &report.Request{PartnerID: partnerID, Params: url.Values{"aggregate_by": {"country"}, "ordering": {"client_uid"}}})
	require.Equal(t, fault.ValidationError, fault.CodeOf(err), "only what is grouped by can be ordered by")
}
