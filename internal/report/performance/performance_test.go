package performance_test

import (
	"context"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/report/performance"
)

type many int

func (m many) Figures(_ context.Context, q performance.Query) ([]performance.Group, error) {
	if m < 0 {
		return nil, performance.ErrTooMany
	}
	groups := make([]performance.Group, m)
	for i := range groups {
		groups[i].Clicks = 1
		for range q.By {
			groups[i].Key = append(groups[i].Key, strconv.Itoa(i))
		}
	}
	return groups, nil
}

func (many) Values(context.Context, id.UUID, click.Dimension, clock.Day, string, int) ([]string, error) {
	return []string{"b", "", "a", "b"}, nil
}

type oneDay struct{ many }

func (oneDay) Figures(_ context.Context, q performance.Query) ([]performance.Group, error) {
	if q.To.Start(time.UTC).Month() != time.October {
		return nil, nil
	}
	g := performance.Group{Figures: performance.Figures{Clicks: 1}}
	for _, by := range q.By {
		g.Key = append(g.Key, map[click.Dimension]string{click.ByMonth: "2026-10", click.ByDay: "2026-10-31", click.ByHour: "2026-10-31T23"}[by])
	}
	return []performance.Group{g}, nil
}

// TestCompareOfAShorterMonth compares November with October, which is one day
// longer. The additional day counts as the last day of November, and never
// falls outside the period.
func TestCompareOfAShorterMonth(t *testing.T) {
	t.Parallel()
	s := performance.New(oneDay{}, clock.At(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)), time.UTC)
	r, _, err := s.Read(id.New(), url.Values{
		"group_by": {"month,day,hour"}, "date_from": {"2026-11-01"}, "date_to": {"2026-11-30"}, "compare": {"previous"},
	})
	require.NoError(t, err)
	report, err := s.Report(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, report.Rows, 1)
	require.Equal(t, []string{"2026-11", "2026-11-30", "2026-11-30T23"}, report.Rows[0].Key)
	require.EqualValues(t, 1, report.Rows[0].Before.Clicks)
}

func service(n many) *performance.Service {
	return performance.New(n, clock.At(time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC)), time.FixedZone("east", 2*3600))
}

func TestTooManyGroups(t *testing.T) {
	t.Parallel()
	for n, code := range map[many]fault.Code{performance.MaxGroups: "", performance.MaxGroups + 1: fault.ValidationError, -1: fault.ValidationError} {
		s := service(n)
		r, _, err := s.Read(id.New(), url.Values{"group_by": {"sub_id"}})
		require.NoError(t, err)
		_, err = s.Report(t.Context(), r)
		require.Equal(t, code, fault.CodeOf(err), n)
	}
	_, err := service(1).Report(t.Context(), &performance.Request{})
	require.Equal(t, fault.PermissionDenied, fault.CodeOf(err), "the house")
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	for query, period := range map[string]string{
		"":                     "2026-03-03 2026-04-01", // in the programme's time zone it is already April
		"date_from=2026-03-31": "2026-03-31 2026-04-01",
		"date_from=2027-01-01": "2027-01-01 2027-01-01",
		"date_to=2026-01-30":   "2026-01-01 2026-01-30",
		"date_from=2026-01-05&date_to=2026-01-05": "2026-01-05 2026-01-05",
		"date_from=2016-03-26&date_to=2026-04-02": "2016-03-26 2026-04-02",
		"date_from=2016-03-25&date_to=2026-04-02": "",
		"date_from=2026-01-06&date_to=2026-01-05": "",
		"date_from=1970-01-01&date_to=1970-01-02": "",
		"date_to=1970-01-02":                      "",
		"date_from=2100-01-01&date_to=2100-01-02": "",
		"date_from=0001-01-01&date_to=9999-12-31": "",
		"date_from=2026-02-30&date_to=2026-03-01": "",
	} {
		params, err := url.ParseQuery(query)
		require.NoError(t, err)
		r, _, err := service(1).Read(id.New(), params)
		if period == "" {
			require.Equal(t, fault.ValidationError, fault.CodeOf(err), query)
			continue
		}
		require.NoError(t, err, query)
		require.Equal(t, period, r.From.String()+" "+r.To.String(), query)
	}
}

func TestPercents(t *testing.T) {
	t.Parallel()
	for text, f := range map[string]performance.Figures{
		"-100":   {Cost: 3},
		"33.33":  {Cost: 3, Reward: 4},
		"-66.67": {Cost: 3, Reward: 4, Rebate: 3},
		"0.02":   {Cost: 40_000, Reward: 40_006}, // 0.015 is rounded half to even, as is 0.005 below
		"":       {Reward: 4},
		"0":      {Cost: 40_000, Reward: 40_002},
	} {
		for i := range performance.Columns {
			if c := &performance.Columns[i]; c.Name == "roi" {
				got := ""
				if n, known := c.Value(&f); known {
					got = money.Format(n, 2)
				}
				require.Equal(t, text, got, "%+v", f)
			}
		}
	}
}

// TestEntry checks that the entry in the catalogue lists the parameters that a
// request can have.
func TestEntry(t *testing.T) {
	t.Parallel()
	e := performance.Entry()
	s := performance.New(nil, clock.At(time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)), time.UTC)
	var orders []string
	for _, c := range e.Columns {
		require.NotEmpty(t, c.Type, c.Name)
		if c.Orderable {
			orders = append(orders, c.Name)
		}
		for _, filter := range c.Filters {
			value := "1"
			if c.Type == "date" {
				value = "2026-06-01"
			}
			r, _, err := s.Read(id.UUID{1}, url.Values{filter: {value}})
			require.NoError(t, err, filter)
			require.True(t, len(r.Only) == 1 || r.From == 20_605 || r.To == 20_605, filter)
		}
	}
	require.Equal(t, performance.Orderable(performance.Dimensions), orders)
	for _, by := range e.GroupBy {
		_, _, err := s.Read(id.UUID{1}, url.Values{"group_by": {by}, "ordering": {by + "," + e.Totals[0].Name}})
		require.NoError(t, err, by)
	}
	require.Len(t, e.Totals, len(performance.Columns))
}
