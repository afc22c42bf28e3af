package demo_test

import (
	"bytes"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
)

var now = time.Date(2026, 7, 15, 12, 30, 0, 0, time.UTC)

// smallDemo has options for a programme that a test can generate several times.
var smallDemo = demo.Options{Seed: 7, Now: now, Clients: 60, Orders: 2_000}

func collect(facts iter.Seq[feed.Fact]) []feed.Fact { return slices.Collect(facts) }

func bodiesOf[T any](facts []feed.Fact) []*T {
	var found []*T
	for _, f := range facts {
		if body, ok := f.Body.(*T); ok {
			found = append(found, body)
		}
	}
	return found
}

func lines(facts iter.Seq[feed.Fact]) []byte {
	var out bytes.Buffer
	for fact := range facts {
		out.Write(demo.Line(fact))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func TestSameOptionsSameBytes(t *testing.T) {
	t.Parallel()
	programme := demo.Generate(smallDemo)
	first := lines(programme)
	require.Equal(t, first, lines(programme), "a second run gives the same sequence")
	require.Equal(t, first, lines(demo.Generate(smallDemo)))
	zoned := smallDemo
	zoned.Now = now.In(time.FixedZone("", 7*3600))
	require.Equal(t, first, lines(demo.Generate(zoned)), "the zone of Now does not matter")
	other := smallDemo
	other.Seed++
	require.NotEqual(t, first, lines(demo.Generate(other)))
}

func TestStopsWhenTold(t *testing.T) {
	t.Parallel()
	n := 0
	for range demo.Generate(smallDemo) {
		if n++; n == 10 {
			break
		}
	}
	require.Equal(t, 10, n)
}

func TestEveryFactIsReadAsWritten(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for fact := range demo.Generate(demo.Options{Seed: 1, Now: now, Orders: 20_000}) {
		read, err := feed.ParseLine(demo.Line(fact))
		require.NoError(t, err, "%s", demo.Line(fact))
		require.Equal(t, fact, read)
		require.False(t, ids[fact.ID], fact.ID)
		ids[fact.ID] = true
	}
}

func TestFactsComeInOrderAndNoneFromTheFuture(t *testing.T) {
	t.Parallel()
	for _, moment := range []time.Time{
		now,
		time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC),    // the first second of a Saturday
		time.Date(2026, 7, 13, 0, 0, 1, 0, time.UTC),    // one second after the start of a Monday
		time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC), // a leap day; the year before has no such day
		time.Date(2026, 12, 25, 10, 0, 0, 0, time.UTC),  // only crypto trades on this day
	} {
		opt := smallDemo
		opt.Now = moment
		var last time.Time
		orders := 0
		for fact := range demo.Generate(opt) {
			require.False(t, fact.At.Before(last), "%s comes after %s", fact.At, last)
			require.False(t, fact.At.After(moment), "%s is after %s", fact.At, moment)
			last = fact.At
			if fact.Type == feed.OrderClosed {
				orders++
			}
		}
		require.Equal(t, opt.Orders, orders, moment.String())
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, opt := range []demo.Options{
		{Now: now, Partners: 1, Clients: 20, Orders: 1},
		{Now: now, Partners: 3, Clients: 20, Orders: 500},
		{Now: now, Partners: 40, Clients: 50, Orders: 500},
	} {
		facts := collect(demo.Generate(opt))
		require.Len(t, bodiesOf[feed.Partner](facts), opt.Partners)
		require.Len(t, bodiesOf[feed.Client](facts), opt.Clients)
		require.Len(t, bodiesOf[feed.Order](facts), opt.Orders)
	}
	require.NotPanics(t, func() {
		for seed := range uint64(20) {
			_ = collect(demo.Generate(demo.Options{Seed: seed, Now: now, Partners: 1, Clients: 1, Orders: 3}))
		}
	})
}

func TestDayTotalsMatchTheOrders(t *testing.T) {
	t.Parallel()
	type key struct{ server, day string }
	sent := map[key]feed.Totals{}
	facts := collect(demo.Generate(smallDemo))
	for _, o := range bodiesOf[feed.Order](facts) {
		k := key{o.Server, clock.DayOf(o.CloseTime, time.UTC).String()}
		sum := sent[k]
		sum.Server, sum.Day = k.server, k.day
		sum.Orders++
		sum.Lots += o.Lots
		sent[k] = sum
	}
	told := bodiesOf[feed.Totals](facts)
	require.Len(t, told, 4*365, "four servers on every past day")
	today := clock.DayOf(now, time.UTC).String()
	for _, totals := range told {
		k := key{totals.Server, totals.Day}
		want := sent[k]
		want.Server, want.Day = k.server, k.day
		require.Equal(t, want, *totals)
		delete(sent, k)
	}
	for k := range sent {
		require.Equal(t, today, k.day, "only today has no totals yet")
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		n := 0
		for range demo.Generate(demo.Options{Seed: 1, Now: now}) {
			n++
		}
		b.ReportMetric(float64(n), "facts")
	}
}
