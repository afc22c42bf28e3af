package accrual_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/feed"
)

const (
	alphaLine = `{"id":"a1","type":"partner.registered","at":"2026-01-01T00:00:00Z","partner_uid":"aaaaaaaa-0000-4000-8000-000000000001",` +
		`"email":"a@example.com","country":"CY","program":"ib","partner_code":"alpha","currency":"USD"}`
	firstLine = `{"id":"o1","type":"account.opened","at":"2026-02-02T00:00:00Z","client_account":"1001",` +
		`"client_uid":"11111111-0000-4000-8000-000000000001","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"}`
	equityLine = `{"id":"e1","type":"account.equity","at":"2026-02-03T00:00:00Z","client_account":"1001","balance_usd":"1","equity_usd":"1"}`
)

func again(line, factID, from, to string) string {
	was := strings.SplitN(line, `"`, 5)[3]
	return strings.Replace(strings.Replace(line, `"`+was+`"`, `"`+factID+`"`, 1), from, to, 1)
}

func facts(tb require.TestingT, lines ...string) []feed.Fact {
	out := make([]feed.Fact, len(lines))
	for i, line := range lines {
		fact, err := feed.ParseLine([]byte(line))
		require.NoError(tb, err)
		out[i] = fact
	}
	return out
}

func TestSplitEarliest(t *testing.T) {
	t.Parallel()
	earlier := again(firstLine, "o2", "2026-02-02", "2026-02-01")
	for name, c := range map[string]struct {
		lines        []string
		first, later []int
	}{
		"by rank":                          {[]string{equityLine, firstLine, alphaLine}, []int{2, 1, 0}, nil},
		"one account: the earlier line":    {[]string{firstLine, earlier}, []int{0}, []int{1}},
		"one account, the other way round": {[]string{earlier, firstLine}, []int{0}, []int{1}},
		"one id":                           {[]string{firstLine, firstLine, alphaLine}, []int{2, 0}, []int{1}},
		"what sets nothing up comes often": {[]string{equityLine, again(equityLine, "e2", "-03T", "-02T")}, []int{1, 0}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, later := accrual.SplitEarliest(facts(t, c.lines...))
			require.Equal(t, c.first, first)
			require.Equal(t, c.later, later)
		})
	}
}

// TestSplitEarliest_TakesEachFactOnce checks that every fact is applied once. If
// several facts have the same subject, the earliest line comes first.
func TestSplitEarliest_TakesEachFactOnce(t *testing.T) {
	t.Parallel()
	lines := []string{alphaLine, firstLine, equityLine, again(firstLine, "o2", "2026-02-02", "2026-02-01"), again(alphaLine, "a2", "2026", "2025")}
	rapid.Check(t, func(r *rapid.T) {
		batch := facts(r, rapid.SliceOfN(rapid.SampledFrom(lines), 1, 12).Draw(r, "lines")...)
		first, later := accrual.SplitEarliest(batch)
		order := slices.Concat(first, later)
		sorted := slices.Sorted(slices.Values(order))
		require.Len(r, sorted, len(batch))
		for i, at := range sorted {
			require.Equal(r, i, at)
		}
		for _, name := range []func(*feed.Fact) string{feed.Sets, func(f *feed.Fact) string { return f.ID }} {
			taken := map[string]int{}
			for _, i := range order {
				key := name(&batch[i])
				if last, seen := taken[key]; seen && key != "" {
					require.Greater(r, i, last, "%s is taken out of the order of its lines", key)
				}
				taken[key] = i
			}
		}
	})
}
