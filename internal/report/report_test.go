package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

// TestReports compares every report with a report computed in memory, byte by byte,
// with random filters and sort orders.
func TestReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		db := open(t)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 3 {
			b := programmetest.NewReportBooks(random, i)
			b.Store(t, db)
		}
		b := programmetest.NewReportBooks(random, 3)
		b.Store(t, db)
		bundle := &reportBundle{books: b, service: report.NewService(report.NewSQLStore(db), clock.At(programmetest.ReportNow), report.Options{}), db: db}
		bundle.service.Stride(stride)
		for name, test := range map[string]func(*testing.T, *reportBundle){
			"lists":   testReportLists,
			"groups":  testReportGroups,
			"values":  testReportValues,
			"formula": testReportFormula,
			"nothing": testReportOfNoPartner,
			"plans":   testReportPlans,
			"emails":  testReportEmails,
			"numbers": testReportNumbers,
			"uids":    testReportUIDs,
			"cursors": testReportCursorFaults,
			"seeks":   testReportCursorPlans,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, bundle)
			})
		}
	})
}

type reportBundle struct {
	books   *programmetest.ReportBooks
	service *report.Service
	db      db.DB
}

func (b *reportBundle) get(t *testing.T, d *report.Definition, params url.Values, output report.Output) string {
	t.Helper()
	answer, err := b.service.Prepare(d, &report.Request{PartnerID: b.books.Partner.ID, Params: params, Output: output})
	require.NoError(t, err, params.Encode())
	var out bytes.Buffer
	require.NoError(t, answer.Write(t.Context(), &out), params.Encode())
	return out.String()
}

func definition(t *testing.T, reportID string) *report.Definition {
	t.Helper()
	d := report.ByID(reportID)
	require.NotNil(t, d, reportID)
	return d
}

func testReportLists(t *testing.T, b *reportBundle) { b.checkLists(t, sheets(b.books)) }

func (b *reportBundle) checkLists(t *testing.T, sheets map[string]*sheet) {
	t.Helper()
	for reportID, s := range sheets {
		t.Run(reportID, func(t *testing.T) {
			t.Parallel()
			d := definition(t, reportID)
			entry := d.Entry()
			random := rand.New(rand.NewPCG(3, 4))
			b.check(t, d, s, s.rows, url.Values{}, random)
			for _, c := range entry.Columns {
				if c.Orderable {
					b.check(t, d, s, s.rows, url.Values{"ordering": {c.Name}}, random)
					b.check(t, d, s, s.rows, url.Values{"ordering": {"-" + c.Name}}, random)
				}
			}
			for range 150 {
				params := url.Values{}
				rows := s.rows
				for _, c := range entry.Columns {
					if len(c.Filters) > 0 && random.IntN(4) == 0 {
						rows = filterBy(random, rows, s.rows, c.Name, c.Filters, params)
					}
				}
				var ordering []string
				for _, c := range entry.Columns {
					if c.Orderable && random.IntN(5) == 0 {
						ordering = append(ordering, programmetest.Pick(random, "", "-")+c.Name)
					}
				}
				if ordering != nil {
					params.Set("ordering", strings.Join(ordering, ","))
				}
				b.check(t, d, s, rows, params, random)
			}
		})
	}
}

func (b *reportBundle) check(t *testing.T, d *report.Definition, s *sheet, rows []row, params url.Values, random *rand.Rand) {
	t.Helper()
	rows = s.sortRows(rows, params.Get("ordering"))
	shown := rows
	if !s.unpaged {
		limit, offset := s.limit, 0
		if random.IntN(2) == 0 {
			limit, offset = random.IntN(12), random.IntN(30)
			params.Set("limit", strconv.Itoa(limit))
			params.Set("offset", strconv.Itoa(offset))
		}
		offset = min(offset, len(rows))
		shown = rows[offset:min(offset+limit, len(rows))]
	}
	objects := make([]string, len(shown))
	for i, r := range shown {
		objects[i] = s.json(r)
	}
	want := `{"data":[` + strings.Join(objects, ",") + `]`
	if !s.unpaged {
		want += fmt.Sprintf(`,"totals":{"count":%d,%s}`, len(rows), s.totals(rows))
	}
	require.Equal(t, want+"}", b.get(t, d, params, report.JSON), params.Encode())
	if random.IntN(4) == 0 {
		require.Equal(t, s.csv(rows), b.get(t, d, params, report.CSV), params.Encode())
	}
	if d.Cursors() && random.IntN(3) == 0 {
		all := make([]string, len(rows))
		for i, r := range rows {
			all[i] = s.json(r)
		}
		b.checkCursors(t, d, params, all, random)
	}
}

func (s *sheet) csv(rows []row) string {
	var out strings.Builder
	out.WriteString(strings.Join(s.visible, ",") + "\r\n")
	for _, r := range rows {
		line := make([]string, len(s.visible))
		for i, name := range s.visible {
			if c, ok := r.cells[name]; ok && !c.null {
				line[i] = c.csv()
			}
		}
		out.WriteString(strings.Join(line, ",") + "\r\n")
	}
	return out.String()
}

func (c cell) csv() string {
	shown := strings.Trim(c.wire, `"`)
	if c.text == "" || c.short {
		return shown
	}
	shown = c.text
	if first, _ := utf8.DecodeRuneInString(shown); strings.ContainsRune("=+-@＝＋－＠", first) {
		shown = "'" + shown
	}
	if strings.ContainsAny(shown, ",\"\r\n") {
		shown = `"` + strings.ReplaceAll(shown, `"`, `""`) + `"`
	}
	return shown
}

// filterBy adds a random filter on a column to params, and returns the rows
// that match.
func filterBy(random *rand.Rand, rows, all []row, name string, parameters []string, params url.Values) []row {
	values := make([]cell, 1+random.IntN(12))
	for i := range values {
		values[i] = programmetest.Pick(random, all...).cells[name]
	}
	var keep func(c cell) bool
	switch {
	case len(parameters) == 3 && random.IntN(2) == 0: // a range of days
		from, to := values[0], values[len(values)-1]
		if from.null || to.null {
			return rows
		}
		keep = func(c cell) bool { return !c.null && c.number >= from.number && c.number <= to.number }
		params.Set(name+"_from", strings.Trim(from.wire, `"`))
		params.Set(name+"_to", strings.Trim(to.wire, `"`))
	case values[0].wire == "true" || values[0].wire == "false":
		keep = func(c cell) bool { return c.number == values[0].number }
		params.Set(name, values[0].wire)
	default:
		var wanted []string
		for _, v := range values {
			switch {
			case v.null || v.text == "" && v.wire == `""`:
			case v.text == "":
				wanted = append(wanted, strings.Trim(v.wire, `"`))
			case strings.Contains(name, "uid") && v.short && random.IntN(2) == 0:
				wanted = append(wanted, strings.ToUpper(v.text[:8]))
			case anyCase(name) && random.IntN(2) == 0:
				wanted = append(wanted, programmetest.Pick(random, strings.ToUpper(v.text), strings.ToLower(v.text)))
			default:
				wanted = append(wanted, v.text)
			}
		}
		if wanted == nil {
			return rows
		}
		keep = func(c cell) bool {
			return !c.null && slices.ContainsFunc(wanted, func(w string) bool {
				return c.text == w || anyCase(name) && strings.EqualFold(c.text, w) || c.text == "" && strings.Trim(c.wire, `"`) == w || strings.Contains(name, "uid") && c.text[:8] == strings.ToLower(w)
			})
		}
		if half := random.IntN(len(wanted) + 1); half > 0 { // repeat the parameter, and separate values with commas
			params[name] = []string{strings.Join(wanted[:half], ","), strings.Join(wanted[half:], " , ")}
		} else {
			params[name] = wanted
		}
	}
	var kept []row
	for _, r := range rows {
		if keep(r.cells[name]) {
			kept = append(kept, r)
		}
	}
	return kept
}

func anyCase(name string) bool {
	return strings.HasSuffix(name, "country") || name == "platform" || name == "client_account_type"
}

func testReportGroups(t *testing.T, b *reportBundle) {
	d := definition(t, "rewards_v2")
	days := rewardsV1(b.books)
	random := rand.New(rand.NewPCG(5, 6))
	for i := range 120 {
		by := []string{d.Groups[i%len(d.Groups)]}
		if other := programmetest.Pick(random, d.Groups...); i >= 2*len(d.Groups) && other != by[0] {
			by = append(by, other)
		}
		params := url.Values{"aggregate_by": {strings.Join(by, ",")}}
		rows := days.rows
		for _, c := range d.Entry().Columns {
			if len(c.Filters) > 0 && random.IntN(6) == 0 {
				rows = filterBy(random, rows, days.rows, c.Name, c.Filters, params)
			}
		}
		s := groupedSheet(b.books, by)
		s.group(by, rows)
		var ordering []string
		for _, name := range append(slices.Clone(by), "volume_lots", "volume_mln_usd", "reward_usd", "orders_count", "clients_count") {
			if random.IntN(5) == 0 {
				ordering = append(ordering, programmetest.Pick(random, "", "-")+name)
			}
		}
		if ordering != nil {
			params.Set("ordering", strings.Join(ordering, ","))
		}
		for _, name := range by {
			if !slices.Contains(ordering, name) && !slices.Contains(ordering, "-"+name) {
				if name == "reward_date" || name == "month" {
					name = "-" + name
				}
				ordering = append(ordering, name)
			}
		}
		s.rows = s.sortRows(s.rows, strings.Join(ordering, ","))
		objects := make([]string, 0, len(s.rows))
		for _, r := range s.rows[:min(100, len(s.rows))] {
			objects = append(objects, s.json(r))
		}
		want := fmt.Sprintf(`{"data":[%s],"totals":{"count":%d,%s}}`, strings.Join(objects, ","), len(s.rows), s.totals(s.rows))
		require.Equal(t, want, b.get(t, d, params, report.JSON), params.Encode())
		all := make([]string, 0, len(s.rows))
		for _, r := range s.rows {
			all = append(all, s.json(r))
		}
		b.checkCursors(t, d, params, all, random)
		first := b.listAt(t, d, params, report.FirstCursor, 1, 0)
		require.Equal(t, fmt.Sprintf(`{"count":%d,%s}`, len(s.rows), s.totals(s.rows)), string(first.Totals), params.Encode())
		if i%4 == 0 {
			require.Equal(t, s.csv(s.rows), b.get(t, d, params, report.CSV), params.Encode())
		}
	}
}

func testReportValues(t *testing.T, b *reportBundle) { b.checkValues(t, sheets(b.books)) }

func (b *reportBundle) checkValues(t *testing.T, sheets map[string]*sheet) {
	t.Helper()
	for reportID, s := range sheets {
		d := definition(t, reportID)
		read := func(params url.Values) map[string][]any {
			answer, err := b.service.PrepareValues(d, b.books.Partner.ID, params)
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, answer.Write(t.Context(), &out))
			var values map[string][]any
			require.NoError(t, json.Unmarshal(out.Bytes(), &values), out.String())
			return values
		}
		all := read(nil)
		wanted := 0
		for _, c := range d.Entry().Columns {
			if len(c.Filters) == 0 || c.Name == "order_id" { // each order's id is in only one or two rows
				continue
			}
			wanted++
			require.Equal(t, s.values(c.Name, ""), all[c.Name], "%s.%s", reportID, c.Name)
			for _, r := range s.rows[:5] {
				v := strings.Trim(r.cells[c.Name].wire, `"`)
				for _, q := range []string{v, strings.ToUpper(v), v[:min(len(v), 4)], v[:min(len(v), 7)]} {
					require.Equal(t, map[string][]any{c.Name: s.values(c.Name, strings.ToLower(q))}, read(url.Values{"field": {c.Name}, "q": {q}}), "%s.%s %s", reportID, c.Name, q)
				}
			}
		}
		require.Len(t, all, wanted)
	}
}

// values returns the distinct values of a column that match q. Texts and
// booleans match if they contain q. UIDs and days match if they begin with q.
func (s *sheet) values(name, q string) []any {
	if name == "outcome" { // all outcomes that an order can have, even those that no order has
		found := []any{}
		for _, outcome := range []string{"below_place", "capped", "min_order_life", "no_reward_type", "no_spread", "paid", "reversed", "symbol_not_in_plan"} {
			if strings.Contains(outcome, q) {
				found = append(found, outcome)
			}
		}
		return found
	}
	rows := slices.Clone(s.rows)
	descending := false
	for _, r := range rows {
		if _, err := time.Parse(`"2006-01-02"`, r.cells[name].wire); err == nil {
			descending = true
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return compare(a.cells[name], b.cells[name], descending) })
	out, last := []any{}, ""
	for _, r := range rows {
		c := r.cells[name]
		shown := strings.ToLower(strings.Trim(c.wire, `"`))
		found := strings.Contains(shown, q)
		switch {
		case strings.Contains(name, "uid") && !strings.HasPrefix(strings.ReplaceAll(c.text, "-", ""), strings.ReplaceAll(q, "-", "")),
			descending && (!strings.HasPrefix(shown, q) || q != "" && len(q) != 4 && len(q) != 7 && len(q) != 10),
			(shown == "true" || shown == "false") && q != "" && shown != q && shown[:1] != q:
			found = false
		}
		if c.null || c.wire == last || !found {
			continue
		}
		last = c.wire
		var v any
		if err := json.Unmarshal([]byte(c.wire), &v); err != nil {
			panic(err)
		}
		out = append(out, v)
	}
	return out
}
