package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/report"
)

// reportCase is one request for a report. raw is hand-written SQL that reads
// the same data.
type reportCase struct {
	name string
	path string // id of the report, and its parameters
	goal string
	raw  []string
	runs int
}

const (
	goalPage = "p95 20 ms"
	goalRaw  = "1.3 x raw SQL"
)

const (
	rawOrderSums = `SELECT count(*), sum(coalesce(volume_lots_e8, lots_e8)), sum(volume_usd_e4), sum(reward_usd_e6)
		FROM reward_rows t WHERE t.partner_id = $1 `
	rawPartnerDays = `SELECT sum(reward_rows), sum(volume_lots_e8), sum(volume_usd_e4), sum(reward_usd_e6)
		FROM partner_days WHERE partner_id = $1 `
	rawDays = `SELECT number, reward_day, client_account, account_type, country, client_uid, volume_lots_e8, volume_usd_e4,
		reward_e6, reward_usd_e6, orders_count, link_code FROM account_days WHERE partner_id = $1 `
	rawDaySums = `SELECT count(*), sum(volume_usd_e4), sum(volume_lots_e8), sum(reward_e6), sum(reward_usd_e6), sum(orders_count)
		FROM account_days WHERE partner_id = $1 `
	byClose   = `ORDER BY close_at DESC LIMIT 100`
	byDay     = `ORDER BY reward_day DESC, client_account DESC LIMIT 100`
	ofAccount = `AND client_account = '44000007' `
	ofClient  = `AND client_uid = $2 `

	ordersOfAccount = `AND t.account = (SELECT number FROM accounts WHERE partner_id = $1 AND client_account = '44000007') `
	ordersOfClient  = `AND t.account IN (SELECT number FROM accounts WHERE partner_id = $1 AND client_uid = $2) `
	ordersOfSymbol  = `AND t.terms IN (SELECT terms FROM reward_terms WHERE partner_id = $1 AND symbol = 'XAUUSD') `
)

var reportCases = []reportCase{
	{"default page: orders", "orders?", goalPage, []string{rawOrders(byClose), rawPartnerDays}, 200},
	{"default page: rewards", "rewards?", goalPage, []string{rawDays + byDay, rawPartnerDays}, 200},
	{"default page: clients", "clients?", goalPage, []string{
		`SELECT t.*, c.comment FROM accounts t JOIN clients c ON c.partner_id = t.partner_id AND c.client_uid = t.client_uid
			WHERE t.partner_id = $1 ORDER BY t.opened_day DESC, t.client_account DESC LIMIT 1000`,
		`SELECT count(*), sum(volume_lots_e8), sum(volume_usd_e4), sum(reward_e6), sum(reward_usd_e6), count(DISTINCT client_uid)
			FROM accounts WHERE partner_id = $1`,
	}, 50},
	{"default page: clients v2", "clients_v2?", goalPage, []string{
		`SELECT * FROM clients WHERE partner_id = $1 ORDER BY reg_day DESC, client_uid DESC LIMIT 100`,
		`SELECT count(*), sum(volume_lots_e8), sum(volume_usd_e4), sum(reward_usd_e6) FROM clients WHERE partner_id = $1`,
	}, 50},
	{"default page: accounts", "client_accounts?", goalPage, nil, 50},
	{"by day", "rewards_byday?", "", nil, 50},
	{"orders, one month", "orders?date_from=2025-09-01&date_to=2025-09-30", goalRaw, []string{
		rawOrders(`AND close_at BETWEEN 1756684800000000 AND 1759276799999999 ` + byClose),
		rawPartnerDays + `AND reward_day BETWEEN 20332 AND 20361`,
	}, 50},
	{"orders, page 500", "orders?offset=50000", goalRaw, []string{rawOrders(byClose + ` OFFSET 50000`), rawPartnerDays}, 20},
	{"orders of a symbol", "orders?symbol=XAUUSD", goalRaw, []string{
		rawOrders(ordersOfSymbol + byClose), rawOrderSums + ordersOfSymbol,
	}, 10},
	{"orders of a client", "orders?client_uid=00000007", goalRaw, []string{rawOrders(ordersOfClient + byClose), rawOrderSums + ordersOfClient}, 10},
	{"orders of an account", "orders?client_account=44000007", goalRaw, []string{
		rawOrders(ordersOfAccount + byClose), rawOrderSums + ordersOfAccount,
	}, 50},
	{"rewards of an account", "rewards?client_account=44000007", goalRaw, []string{rawDays + ofAccount + byDay, rawDaySums + ofAccount}, 50},
	{"rewards of a client", "rewards?client_uid=00000007", goalRaw, []string{rawDays + ofClient + byDay, rawDaySums + ofClient}, 10},
	{"orders by volume", "orders?ordering=-volume_lots", goalRaw, []string{
		rawOrders(`ORDER BY coalesce(volume_lots_e8, lots_e8) DESC LIMIT 100`), rawPartnerDays,
	}, 10},
	{"orders by open date", "orders?ordering=open_date", goalRaw, []string{rawOrders(`ORDER BY open_at LIMIT 100`), rawPartnerDays}, 10},
	{"rewards by reward", "rewards?ordering=-reward_usd", goalRaw, []string{
		rawDays + `ORDER BY reward_usd_e6 DESC LIMIT 100`, rawPartnerDays,
	}, 10},
	{"rewards of a country", "rewards?country=TH", goalRaw, []string{
		rawDays + `AND country = 'TH' ` + byDay, rawDaySums + `AND country = 'TH'`,
	}, 10},
	{"rewards by country", "rewards_v2?aggregate_by=country", goalRaw, groupedRaw("country"), 5},
	{"rewards by client", "rewards_v2?aggregate_by=client_uid", goalRaw, groupedRaw("client_uid"), 5},
	{"rewards by month", "rewards_v2?aggregate_by=month", goalRaw, nil, 5},
}

// brokerCases are requests for the broker's reports, which read the rows of all
// partners.
var brokerCases = []reportCase{
	{"all partners, default page: orders", "all_orders?", goalPage, nil, 50},
	{"all partners, default page: rewards", "all_rewards?", goalPage, nil, 50},
	{"all partners, default page: clients", "all_clients_v2?", goalPage, nil, 50},
	{"all partners, default page: accounts", "all_client_accounts?", goalPage, nil, 50},
	{"all partners, orders of an account", "all_orders?client_account=44000007", "", nil, 10},
	{"all partners, rewards of a year by partner", "all_rewards_v2?aggregate_by=partner&reward_date_from=2025-07-01&reward_date_to=2026-06-30", "", nil, 3},
}

// rawOrders returns SQL that first selects orders, and then joins the other
// tables only to the selected orders.
func rawOrders(selected string) string {
	//nolint:unqueryvet // a person who writes this query by hand would use SELECT *
	return `SELECT w.server, t.ticket, t.part, a.client_account, w.account_type, a.client_uid, w.symbol, t.lots_e8,
		t.volume_usd_e4, t.reward_usd_e6, w.formula_code, t.open_at, t.close_at
		FROM (SELECT * FROM reward_rows t WHERE partner_id = $1 ` + selected + `) t
		CROSS JOIN reward_terms w CROSS JOIN accounts a
		WHERE w.partner_id = $1 AND w.terms = t.terms AND a.partner_id = $1 AND a.number = t.account`
}

func groupedRaw(column string) []string {
	const sums = `, sum(volume_lots_e8), sum(volume_usd_e4), sum(reward_usd_e6), sum(orders_count), count(DISTINCT client_uid)
		FROM account_days WHERE partner_id = $1`
	return []string{
		`SELECT ` + column + sums + ` GROUP BY ` + column + ` ORDER BY 1 LIMIT 100`,
		`SELECT count(DISTINCT ` + column + `)` + sums,
	}
}

// benchReports fills a database with allOrders orders, of which ownOrders
// belong to one partner. It prints how long that partner's reports take, and
// how long raw SQL takes to read the same data.
func benchReports(ctx context.Context, out io.Writer, engine string, open opener, ownOrders, allOrders int) error {
	db, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	partnerID, err := fillReports(ctx, db, ownOrders, allOrders)
	if err != nil {
		return fmt.Errorf("filling the database: %w", err)
	}
	p, err := build(ctx, db, clock.System())
	if err != nil {
		return err
	}
	defer p.Close()
	service := p.Reports
	for _, c := range slices.Concat(reportCases, brokerCases) {
		if err := c.measure(ctx, out, engine+", "+money.GroupInt(int64(ownOrders))+" rows", db, service, partnerID); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, reportID := range []string{"orders", "rewards"} {
		if err := exportRate(ctx, out, engine, service, reportID, partnerID); err != nil {
			return fmt.Errorf("CSV of %s: %w", reportID, err)
		}
	}
	return nil
}

func (c *reportCase) measure(
	ctx context.Context, out io.Writer, where string, db db.DB, service *report.Service, partnerID id.UUID,
) error {
	u, err := url.Parse(c.path)
	if err != nil {
		return err
	}
	request := &report.Request{PartnerID: partnerID, Params: u.Query()}
	took, err := measureRuns(c.runs, func() error { return ask(ctx, io.Discard, service, u.Path, request) })
	if err != nil {
		return err
	}
	line := fmt.Sprintf("| %s: %s | p50 %.1f ms, p95 %.1f ms", where, c.name, ms(took, 50), ms(took, 95))
	if c.raw == nil {
		fmt.Fprintf(out, "%s | %s | |\n", line, c.goal)
		return nil
	}
	raw, err := measureRuns(c.runs, func() error { return readRaw(ctx, db, c.raw, partnerID) })
	if err != nil {
		return fmt.Errorf("running raw SQL: %w", err)
	}
	fmt.Fprintf(out, "%s | %s; raw SQL p50 %.1f ms | %.2f |\n", line, c.goal, ms(raw, 50), ms(took, 50)/ms(raw, 50))
	return nil
}

func ask(ctx context.Context, w io.Writer, service *report.Service, reportID string, request *report.Request) error {
	answer, err := service.Prepare(reportByID(reportID), request)
	if err != nil {
		return err
	}
	return answer.Write(ctx, w)
}

// reportByID returns the definition of the broker's or the partners' report
// with this ID. It prefers the broker's report.
func reportByID(reportID string) *report.Definition {
	for _, d := range report.BrokerCatalogue() {
		if d.ID == reportID {
			return d
		}
	}
	return report.ByID(reportID)
}

func exportRate(
	ctx context.Context, out io.Writer, engine string, service *report.Service, reportID string, partnerID id.UUID,
) error {
	lines := &lineCounter{}
	took, err := measureRuns(1, func() error {
		return ask(ctx, lines, service, reportID, &report.Request{PartnerID: partnerID, Output: report.CSV})
	})
	if err != nil {
		return err
	}
	rate := float64(lines.n) / took[0].Seconds()
	fmt.Fprintf(out, "| %s: CSV of %s, %s rows | %.0f rows/s | 200,000 rows/s | %.2f |\n",
		engine, reportID, money.GroupInt(int64(lines.n-1)), rate, rate/200_000)
	return nil
}

type lineCounter struct{ n int }

func (l *lineCounter) Write(p []byte) (int, error) {
	l.n += bytes.Count(p, []byte{'\n'})
	return len(p), nil
}

func ms(sorted []time.Duration, percent int) float64 {
	return float64(sorted[len(sorted)*percent/100].Microseconds()) / 1000
}

// measureRuns calls fn the given number of times, and returns the durations in
// ascending order. If runs is above 1, it first calls fn once more to fill
// caches.
func measureRuns(runs int, fn func() error) ([]time.Duration, error) {
	took := make([]time.Duration, 0, runs+1)
	for range runs + 1 {
		began := time.Now()
		if err := fn(); err != nil {
			return nil, err
		}
		if took = append(took, time.Since(began)); runs == 1 {
			return took, nil
		}
	}
	took = took[1:]
	slices.Sort(took)
	return took, nil
}

func readRaw(ctx context.Context, database db.DB, statements []string, partnerID id.UUID) error {
	return database.Read(ctx, func(ctx context.Context, q db.Querier) error {
		for _, s := range statements {
			args := []any{partnerID}
			if strings.Contains(s, "$2") {
				args = append(args, benchClient(7))
			}
			if err := drain(ctx, q, s, args); err != nil {
				return err
			}
		}
		return nil
	})
}

func drain(ctx context.Context, q db.Querier, statement string, args []any) error {
	rows, err := q.Query(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var dest []any
	for rows.Next() {
		if dest == nil {
			dest = scanTargets(rows)
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanTargets returns destinations for Scan that accept any row.
func scanTargets(rows db.Rows) []any {
	width := 0
	switch r := rows.(type) {
	case interface{ Columns() ([]string, error) }:
		if names, err := r.Columns(); err == nil {
			width = len(names)
		}
	case interface {
		FieldDescriptions() []pgconn.FieldDescription
	}:
		width = len(r.FieldDescriptions())
	}
	dest := make([]any, width)
	for i := range dest {
		dest[i] = new(any)
	}
	return dest
}
