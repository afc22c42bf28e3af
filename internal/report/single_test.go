package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

func (b *reportBundle) formula(t *testing.T, formula, order string) (string, error) {
	t.Helper()
	answer, err := b.service.Prepare(definition(t, "order_formula"), &report.Request{PartnerID: b.books.Partner.ID, Path: func(name string) string {
		return map[string]string{"formula_code": formula, "order_id": order}[name]
	}})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = answer.Write(t.Context(), &out)
	return out.String(), err
}

func testReportFormula(t *testing.T, b *reportBundle) {
	for _, r := range b.books.Rewards {
		if r.Int("kind") == 1 {
			continue
		}
		body, err := b.formula(t, r.Text("formula_code"), orderIDOf(r))
		require.NoError(t, err)
		var found map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(body), &found))
		for name, column := range map[string]string{"reward_usd": "reward_usd_e6", "reward": "reward_e6"} {
			places := fmt.Sprintf("%d.%06d", r.Int(column)/programmetest.Micro, r.Int(column)%programmetest.Micro)
			require.Equal(t, places, string(found[name]), name)
		}
		lots := "1.23456789"
		if r.Int("cent") == 1 {
			lots = "0.0123456789"
		}
		require.Equal(t, lots, string(found["volume_lots"]))
		for _, side := range []string{"open", "close"} {
			want := "1.5"
			if spread := r[side+"_spread_e4"]; spread != nil {
				want = map[int64]string{12_345: "1.2345", 20_000: "2"}[spread.(int64)]
			}
			require.Equal(t, want, string(found[side+"_spread"]))
		}
		want := r.Text("limited_by")
		require.Equal(t, map[bool]string{true: "null", false: `"` + want + `"`}[want == ""], string(found["limited_by"]))
		spread := func(side string) *big.Rat { // in points
			n := int64(15_000)
			if given := r[side+"_spread_e4"]; given != nil && r.Text("formula_code") != "formula_institutional_avg" {
				n = given.(int64)
			}
			return big.NewRat(n, 10_000)
		}
		exact := new(big.Rat).Add(spread("open"), spread("close")) // EURUSD: one point of one lot is 1 USD
		exact.Mul(exact, big.NewRat(36, 200))
		if r.Text("formula_code") == "formula_ecn" {
			exact = big.NewRat(7, 2)
		}
		traded, _ := new(big.Rat).SetString(lots)
		shown, ok := new(big.Rat).SetString(string(found["exact_usd"]))
		require.True(t, ok)
		require.Equal(t, exact.Mul(exact, traded).String(), shown.String(), "all digits of the formula's result")
		_, err = b.formula(t, "formula_cfd", orderIDOf(r))
		require.Equal(t, fault.NotFound, fault.CodeOf(err), "another formula's path")
	}
	r := b.books.Rewards[0]
	for _, order := range []string{"", ":", "1", "Real-1:", ":1", "Real-1:x", "Real-1:-1", "Real-1:1-1", "Real-1:1-0", "Real-1:00", "Real-1:99999999999999999999", "nowhere:1", "Real-1:1\x00", "Real\xff:1", orderIDOf(r) + "-9"} {
		_, err := b.formula(t, r.Text("formula_code"), order)
		require.Equal(t, fault.NotFound, fault.CodeOf(err), order)
	}
}

// testReportOfNoPartner checks that unknown partners and the programme itself
// (the house) have no reports, and that a partner without rows has empty
// reports.
func testReportOfNoPartner(t *testing.T, b *reportBundle) {
	random := b.books.Partner
	for _, d := range report.Catalogue() {
		if d.Single || strings.Contains(d.Path, "{") { // no object matches the path
			continue
		}
		for partnerID, want := range map[id.UUID]fault.Code{id.Nil: fault.PermissionDenied, {1}: fault.NotFound} {
			answer, err := b.service.Prepare(d, &report.Request{PartnerID: partnerID, Params: url.Values{"aggregate_by": {"country"}}})
			require.NoError(t, err)
			require.Equal(t, want, fault.CodeOf(answer.Write(t.Context(), &bytes.Buffer{})))
		}
		if d.Unpaged {
			continue
		}
		for name, value := range map[string]string{"client_uid": "00000000-0000-4000-8000-000000000000", "partner_account": "1" + random.Account} {
			if d.ID == "clients_v2" && name == "partner_account" || d.ID == "client_transactions" { // has rows, and not this filter
				continue
			}
			for _, by := range []string{"partner_account", "country"} {
				body := b.get(t, d, url.Values{name: {value}, "aggregate_by": {by}}, report.JSON)
				require.True(t, strings.HasPrefix(body, `{"data":[],"totals":{"count":0`), body)
				for _, total := range d.Totals {
					require.Equal(t, total.Nullable, strings.Contains(body, `"`+total.Name+`":null`), "sums over nothing are zero")
				}
			}
		}
	}
}

// testReportPlans checks that a default page reads an index in order, without a
// sort and without reading all of the partner's rows. Its totals must come from
// a rollup.
func testReportPlans(t *testing.T, b *reportBundle) {
	store := &explaining{SQLStore: report.NewSQLStore(b.db)}
	service := report.NewService(store, clock.At(programmetest.ReportNow), report.Options{})
	for reportID, params := range map[string]string{
		"clients": "", "clients_v2": "", "client_accounts": "", "rewards": "", "orders": "ordering=close_date", "rewards_byday": "",
		"rebate_clients": "",
	} {
		d := definition(t, reportID)
		for _, extra := range []string{params, "reward_date_from=2020-01-01&date_to=2030-01-01"} {
			if d.Unpaged {
				continue
			}
			values, err := url.ParseQuery(extra)
			require.NoError(t, err)
			answer, err := service.Prepare(d, &report.Request{PartnerID: b.books.Partner.ID, Params: values})
			require.NoError(t, err)
			store.plans = nil
			require.NoError(t, answer.Write(t.Context(), &bytes.Buffer{}))
			require.Len(t, store.plans, 2)
			require.NotContains(t, store.plans[0], "sorts the whole", reportID)
			if reportID == "orders" || reportID == "rewards" {
				require.Contains(t, store.plans[1], "partner_days", reportID)
			}
		}
	}
	for query, index := range map[string]string{
		"ordering=client_account": "accounts_number", "ordering=-client_account": "accounts_number", "email=a@example.com": "clients_email",
	} {
		for _, reportID := range []string{"clients", "client_accounts"} {
			values, err := url.ParseQuery(query)
			require.NoError(t, err)
			answer, err := service.Prepare(definition(t, reportID), &report.Request{PartnerID: b.books.Partner.ID, Params: values})
			require.NoError(t, err)
			store.plans = nil
			require.NoError(t, answer.Write(t.Context(), &bytes.Buffer{}))
			if b.db.Engine() == db.SQLite || index == "accounts_number" { // PostgreSQL uses a different index because there are so few clients
				require.Contains(t, store.plans[0], index, "%s?%s", reportID, query)
			}
		}
	}
}

type explaining struct {
	report.SQLStore
	presorted bool // whether a plan may sort by the last key after an index has provided the rest of the order
	plans     []string
}

func (e *explaining) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	return e.SQLStore.Snapshot(ctx, func(ctx context.Context, q report.Querier) error {
		return fn(ctx, explainingQuerier{q, e})
	})
}

type explainingQuerier struct {
	report.Querier
	store *explaining
}

func (q explainingQuerier) Query(ctx context.Context, statement string, args ...any) (report.Rows, error) {
	explain := q.sqlite
	if q.store.Engine() == db.Postgres {
		explain = q.postgres
	}
	plan, err := explain(ctx, statement, append([]any(nil), args...))
	if err != nil {
		return nil, err
	}
	q.store.plans = append(q.store.plans, statement+"\n"+plan)
	return q.Querier.Query(ctx, statement, args...)
}

// sqlite returns the plan. It marks a sort below the top level, because such a
// sort covers more than the rows of the page.
func (q explainingQuerier) sqlite(ctx context.Context, statement string, args []any) (string, error) {
	rows, err := q.Querier.Query(ctx, "EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var node, parent, unused int
		var detail string
		if err := rows.Scan(&node, &parent, &unused, &detail); err != nil {
			return "", err
		}
		if parent != 0 && strings.Contains(detail, "TEMP B-TREE") || strings.HasPrefix(detail, "SCAN t") {
			detail = "sorts the whole: " + detail
		}
		plan.WriteString(detail + "\n")
	}
	return plan.String(), rows.Err()
}

// postgres returns the plan. Scans are disabled, because PostgreSQL would scan
// such small tables. It marks a sort that remains below the limit, because
// there is no index for this order.
func (q explainingQuerier) postgres(ctx context.Context, statement string, args []any) (string, error) {
	forbidden := []string{"seqscan", "bitmapscan", "sort"}
	if !q.store.presorted {
		forbidden = append(forbidden, "incremental_sort")
	}
	for _, method := range forbidden {
		rows, err := q.Querier.Query(ctx, "SET LOCAL enable_"+method+" = off")
		if err != nil {
			return "", err
		}
		rows.Close()
	}
	rows, err := q.Querier.Query(ctx, "EXPLAIN "+statement, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan strings.Builder
	limited := false
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", err
		}
		if limited && (strings.Contains(line, "Sort") && !strings.Contains(line, "Incremental") || strings.Contains(line, "Seq Scan")) {
			line = "sorts the whole: " + line
		}
		limited = strings.Contains(line, "Limit ")
		plan.WriteString(line + "\n")
	}
	return plan.String(), rows.Err()
}
