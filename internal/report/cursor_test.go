package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

// listed is a page of a list that was selected by a cursor.
type listed struct {
	Data   []json.RawMessage `json:"data"`
	Totals json.RawMessage   `json:"totals"`
	Page   struct {
		Next     *string `json:"next"`
		Previous *string `json:"previous"`
	} `json:"page"`
}

func (b *reportBundle) listAt(t *testing.T, d *report.Definition, params url.Values, cursor string, limit, offset int) listed {
	t.Helper()
	asked := url.Values{}
	maps.Copy(asked, params)
	asked.Set("cursor", cursor)
	asked.Set("limit", strconv.Itoa(limit))
	asked.Set("offset", strconv.Itoa(offset))
	var got listed
	require.NoError(t, json.Unmarshal([]byte(b.get(t, d, asked, report.JSON)), &got))
	return got
}

// walk goes through a list by cursors, forward or backward, in pages of random
// sizes. It returns the rows in the order of the list.
func (b *reportBundle) walk(t *testing.T, d *report.Definition, params url.Values, random *rand.Rand, backward bool, between func()) []string {
	t.Helper()
	var rows []string
	cursor := report.FirstCursor
	if backward {
		cursor = report.LastCursor
	}
	for first := true; ; first = false {
		got := b.listAt(t, d, params, cursor, 1+random.IntN(40), 0)
		var texts []string
		for _, row := range got.Data {
			texts = append(texts, string(row))
		}
		next, back := got.Page.Next, got.Page.Previous
		if backward {
			rows, next, back = append(texts, rows...), back, next
		} else {
			rows = append(rows, texts...)
		}
		require.Equal(t, first, back == nil, "only the page at an end has no page on that side")
		if next == nil {
			return rows
		}
		if between != nil {
			between()
		}
		cursor = *next
	}
}

// checkCursors checks that cursors give exactly the rows of the list, forward,
// backward and from each boundary.
func (b *reportBundle) checkCursors(t *testing.T, d *report.Definition, params url.Values, want []string, random *rand.Rand) {
	t.Helper()
	require.Equal(t, want, nonNil(b.walk(t, d, params, random, false, nil)), params.Encode())
	require.Equal(t, want, nonNil(b.walk(t, d, params, random, true, nil)), params.Encode())
	boundaries, count, err := b.service.Boundaries(t.Context(), d, &report.Request{PartnerID: b.books.Partner.ID, Params: params})
	if d.BoundariesPath() == "" {
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		return
	}
	require.NoError(t, err)
	require.Equal(t, len(want), int(count))
	for i, boundary := range boundaries {
		require.Equal(t, i*stride, int(boundary.Row))
		skip := random.IntN(stride)
		from := min(int(boundary.Row)+skip, len(want))
		got := b.listAt(t, d, params, boundary.Cursor, 3, skip)
		for j, row := range got.Data {
			require.Equal(t, want[from+j], string(row), params.Encode())
		}
		require.Len(t, got.Data, min(3, len(want)-from))
	}
	require.Len(t, boundaries, (len(want)+stride-1)/stride)
}

const stride = 17

func nonNil(rows []string) []string { return append([]string{}, rows...) }

// TestCursors_Types checks, for every report and every field to sort by, that a
// cursor has values of the types that the store returns.
func TestCursors_Types(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		allBooks(t, p, rand.New(rand.NewPCG(31, 32)))
		database, found := p.DB, 0
		for _, d := range append(report.Catalogue(), report.BrokerCatalogue()...) {
			if !d.Cursors() {
				continue
			}
			for _, name := range append([]string{""}, d.Orderable()...) {
				by := d.Order
				if name != "" {
					by = []page.Order{{Field: name}}
				}
				partner := &report.Partner{ID: programmetest.UUID(programmetest.PartnerA)}
				if d.ForBroker() {
					partner.ID = id.Nil
				}
				statement, args, expected := d.SortTypes(database.Engine(), partner, by)
				got := make([]string, len(expected))
				targets := make([]any, len(expected))
				for i := range got {
					targets[i] = &got[i]
				}
				require.NoError(t, database.QueryRow(t.Context(), statement, args...).Scan(targets...), "%s %s: %s", d.ID, name, statement)
				for i, kind := range got {
					switch kind {
					case "bigint", "smallint":
						got[i] = "integer"
					case "null": // SQLite knows the type of a value, not of an expression
						got[i] = expected[i]
						continue
					}
					found++
				}
				require.Equal(t, expected, got, "%s by %s", d.ID, name)
			}
		}
		require.Greater(t, found, 500, "most reports have a row")
	})
}

// TestCursors_Inserts stores rows while a program reads a list. It checks that
// each row that existed at the start is on exactly one page.
func TestCursors_Inserts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		database, random := open(t), rand.New(rand.NewPCG(21, 22))
		seen := 0
		for i, ordering := range []string{"", "reward_date", "-reward_usd,country", "client_account_type,-client_account", "orders_count"} {
			for _, backward := range []bool{false, true} {
				books := programmetest.NewReportBooks(random, 10+i*2+map[bool]int{true: 1}[backward])
				random.Shuffle(len(books.AccountDays), func(i, j int) {
					books.AccountDays[i], books.AccountDays[j] = books.AccountDays[j], books.AccountDays[i]
				})
				later := books.AccountDays[len(books.AccountDays)/2:]
				books.AccountDays = books.AccountDays[:len(books.AccountDays)/2]
				books.Store(t, database)
				b := &reportBundle{books: books, service: report.NewService(report.NewSQLStore(database), clock.At(programmetest.ReportNow), report.Options{}), db: database}
				d, params := definition(t, "rewards"), url.Values{"ordering": {ordering}}
				before := b.walk(t, d, params, random, false, nil)
				during := b.walk(t, d, params, random, backward, func() {
					if len(later) > 0 {
						dbtest.Insert(t, database, "account_days", later[0])
						later = later[1:]
					}
				})
				var kept []string
				for _, row := range during {
					if slices.Contains(before, row) {
						kept = append(kept, row)
					}
				}
				require.Equal(t, before, kept, ordering)
				seen += len(during) - len(before)
			}
		}
		require.Positive(t, seen, "some of the later rows are on the pages that were read after them")
	})
}

// testReportCursorFaults checks that a cursor of another list is refused, and
// that no cursor that someone made up causes an error of the store.
func testReportCursorFaults(t *testing.T, b *reportBundle) {
	const list = "country=TH&ordering=-country,reward_date"
	asks := func(reportID, query, cursor string, partner id.UUID) error {
		params, err := url.ParseQuery(query)
		require.NoError(t, err)
		params.Set("cursor", cursor)
		answer, err := b.service.Prepare(report.ByID(reportID), &report.Request{PartnerID: partner, Params: params})
		if err != nil {
			return err
		}
		return answer.Write(t.Context(), &bytes.Buffer{})
	}
	params, err := url.ParseQuery(list)
	require.NoError(t, err)
	own := b.books.Partner.ID
	good := *b.listAt(t, definition(t, "rewards"), params, report.FirstCursor, 1, 0).Page.Next
	require.NoError(t, asks("rewards", list, good, own))
	require.NoError(t, asks("rewards", "country=TH&country=TH&ordering=-country,reward_date&limit=7&page_size=1", good, own), "the same list")
	groups := *b.listAt(t, definition(t, "rewards_v2"), url.Values{"aggregate_by": {"country,link_code"}}, report.FirstCursor, 1, 0).Page.Next
	require.NoError(t, asks("rewards_v2", "aggregate_by=country,link_code", groups, own))
	refused := fault.Invalid("cursor", "invalid", "Must be first, last, or a cursor of this list with the same filters and the same ordering.")
	for name, err := range map[string]error{
		"another filter":    asks("rewards", "country=ZA&ordering=-country,reward_date", good, own),
		"no filter":         asks("rewards", "ordering=-country,reward_date", good, own),
		"another ordering":  asks("rewards", "country=TH&ordering=country,reward_date", good, own),
		"another report":    asks("clients", "country=TH&ordering=country,reg_date", good, own),
		"other groups":      asks("rewards_v2", "aggregate_by=country,client_account_type", groups, own),
		"another partner":   asks("rewards", list, good, id.UUID{2}),
		"a cut cursor":      asks("rewards", list, good[:len(good)-4], own),
		"a longer cursor":   asks("rewards", list, good+"AAAA", own),
		"not base64":        asks("rewards", list, "next!", own),
		"a very long one":   asks("rewards", list, strings.Repeat("A", 1<<20), own),
		"a number of a row": asks("rewards", list, "12", own),
	} {
		require.Equal(t, refused, err, name)
	}
	raw, err := base64.RawURLEncoding.DecodeString(good)
	require.NoError(t, err)
	random, taken := rand.New(rand.NewPCG(9, 9)), 0
	for range 1500 {
		other := slices.Clone(raw)
		for range 1 + random.IntN(3) {
			other[8+random.IntN(len(other)-8)] = byte(random.Uint32())
		}
		if err := asks("rewards", list, base64.RawURLEncoding.EncodeToString(other), own); err != nil {
			require.Equal(t, refused, err)
		} else {
			taken++
		}
	}
	require.Positive(t, taken, "some of them select another place in the list")
}

// testReportCursorPlans checks the query plans of pages at a cursor, in both
// directions, with and without a filter by day. Such a page must begin at the
// cursor's place in an index. The same applies to a step from one boundary to
// the next.
func testReportCursorPlans(t *testing.T, b *reportBundle) {
	store := &explaining{SQLStore: report.NewSQLStore(b.db)}
	service := report.NewService(store, clock.At(programmetest.ReportNow), report.Options{})
	service.Stride(stride)
	for _, list := range []struct{ report, query, at string }{
		{"clients", "", "opened_day"},
		{"clients_v2", "", "reg_day"},
		{"client_accounts", "", "opened_day"},
		{"rewards", "", "reward_day"},
		{"rewards", "ordering=reward_date", "reward_day"},
		{"rewards", "reward_date_from=2024-01-01&reward_date_to=2030-01-01", "reward_day"},
		{"orders", "", "close_at"},
		{"orders", "date_from=2020-01-01&date_to=2030-01-01", "close_at"},
		{"orders", "ordering=close_date&date_from=2020-01-01&date_to=2030-01-01", "close_at"},
	} {
		d := definition(t, list.report)
		params, err := url.ParseQuery(list.query)
		require.NoError(t, err)
		begins := regexp.MustCompile(`(\(|ROW\()` + list.at + `,[a-z_, ]+\) ?[<>] ?(ROW)?\(`)
		next := *b.listAt(t, d, params, report.FirstCursor, 2, 0).Page.Next
		previous := *b.listAt(t, d, params, report.LastCursor, 2, 0).Page.Previous
		for _, cursor := range []string{next, previous} {
			params.Set("cursor", cursor)
			answer, err := service.Prepare(d, &report.Request{PartnerID: b.books.Partner.ID, Params: params, Minimal: true})
			require.NoError(t, err)
			store.plans = nil
			require.NoError(t, answer.Write(t.Context(), &bytes.Buffer{}))
			require.Len(t, store.plans, 1)
			require.Regexp(t, begins, store.plans[0][strings.IndexByte(store.plans[0], '\n'):], store.plans[0])
			require.NotContains(t, store.plans[0], "sorts the whole", list.report)
		}
		store.plans = nil
		_, count, err := service.Boundaries(t.Context(), d, &report.Request{PartnerID: b.books.Partner.ID, Params: params})
		require.NoError(t, err)
		if params.Has("ordering") || count < 2*stride {
			continue
		}
		last := store.plans[len(store.plans)-1]
		require.Regexp(t, begins, last[strings.IndexByte(last, '\n'):], last)
		require.NotContains(t, last, "sorts the whole", list.report)
	}
}
