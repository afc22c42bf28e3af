package limit_test

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/limit/limittest"
)

var start = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func TestLimiter(t *testing.T) {
	t.Parallel()
	at := clock.At(start)
	l := limit.NewLimiter("calls", limit.Every(2*time.Second, 3), nil, at)
	for left := 2; left >= 0; left-- {
		quota, err := l.Take(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, limit.Quota{Burst: 3, Remaining: left, Reset: time.Duration(3-left) * 2 * time.Second}, quota)
	}
	err := l.Allow(t.Context(), "a")
	var refused *fault.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, fault.Error{Code: fault.Throttled, RetryAfter: 2 * time.Second}, *refused)
	require.NoError(t, l.Allow(t.Context(), "b"), "another key has its own bucket")
	at.Advance(2 * time.Second)
	require.NoError(t, l.Allow(t.Context(), "a"), "after the reported wait the call is allowed")
	require.Error(t, l.Allow(t.Context(), "a"))
}

func TestLimitersOnOneCounterAreApart(t *testing.T) {
	t.Parallel()
	counter := limit.NewMemory()
	one := limit.NewLimiter("one", limit.Every(time.Second, 1), counter, clock.At(start))
	two := limit.NewLimiter("two", limit.Every(time.Second, 1), counter, clock.At(start))
	require.NoError(t, one.Allow(t.Context(), "a"))
	require.NoError(t, two.Allow(t.Context(), "a"))
	require.Error(t, one.Allow(t.Context(), "a"))
}

// TestProcessesShareARate lets two processes count one caller's requests. Then
// one process ends, and the other must allow the whole rate.
func TestProcessesShareARate(t *testing.T) {
	t.Parallel()
	live, at := 2, clock.At(start)
	process := func() *limit.Limiter {
		return limit.NewLimiter("calls", limit.Every(time.Second, 10), limit.Among(func() int { return live }), at)
	}
	one, two := process(), process()
	allowed := func(seconds int, among ...*limit.Limiter) (n int) {
		for range seconds {
			for _, l := range among {
				for l.Allow(t.Context(), "a") == nil {
					n++
				}
			}
			at.Advance(time.Second)
		}
		return n
	}
	quota, err := one.Take(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, limit.Quota{Burst: 5, Remaining: 4, Reset: 2 * time.Second}, quota)
	require.Equal(t, 10, allowed(1, one, two), "the burst")
	require.Equal(t, 60, allowed(60, one, two))
	live = 1
	require.InDelta(t, 60, allowed(60, one), 1, "the other has the whole rate")
	at.Advance(time.Minute)
	require.Equal(t, 10, allowed(1, one), "and the whole burst")
	at.Advance(time.Minute)
	live = 2
	require.Equal(t, 5, allowed(1, one), "a full bucket shrinks when a process joins")
}

func TestASmallBurstIsNotDividedToNothing(t *testing.T) {
	t.Parallel()
	require.Equal(t, limit.Every(3*time.Second, 1), limit.Every(time.Second, 2).Among(3))
	require.True(t, limit.Rate{}.Among(3).IsUnlimited())
}

func TestUnlimitedCountsNothing(t *testing.T) {
	t.Parallel()
	counter := &limittest.Counter{Err: context.Canceled}
	l := limit.NewLimiter("calls", limit.Rate{}, counter, clock.At(start))
	require.NoError(t, l.Allow(t.Context(), "a"))
	require.Empty(t, counter.Keys())
}

func TestACounterMayFail(t *testing.T) {
	t.Parallel()
	counter := &limittest.Counter{Err: context.Canceled}
	l := limit.NewLimiter("calls", limit.Every(time.Second, 1), counter, clock.At(start))
	require.ErrorIs(t, l.Allow(t.Context(), "a"), context.Canceled)
	require.Equal(t, []string{"calls\x00a"}, counter.Keys())
}

func TestAddressKey(t *testing.T) {
	t.Parallel()
	key := func(text string) string { return limit.AddressKey(netip.MustParseAddr(text)) }
	require.Equal(t, key("2001:db8::1"), key("2001:db8::ffff:1%eth0"))
	require.NotEqual(t, key("2001:db8::1"), key("2001:db8:0:1::1"))
	require.Equal(t, key("192.0.2.1"), key("::ffff:192.0.2.1"))
	require.NotEqual(t, key("192.0.2.1"), key("192.0.2.2"))
	require.Equal(t, key("192.0.2.1"), limit.AddressKeyOf("192.0.2.1"))
	require.Equal(t, limit.AddressKeyOf("@"), limit.AddressKeyOf(""))
	require.Equal(t, limit.AddressKeyOf("@"), limit.AddressKey(netip.Addr{}))
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := limit.Backoff{Free: 2, First: time.Second, Max: 5 * time.Second}
	var f limit.Failures
	for _, seconds := range []int{0, 1, 2, 4, 5, 5} {
		wait := time.Duration(seconds) * time.Second
		f = b.Failed(b.Current(f, start), start)
		err := f.Refusal(start)
		require.Equal(t, wait > 0, err != nil)
		require.Equal(t, start.Add(wait), f.Until)
	}
	require.NoError(t, f.Refusal(start.Add(5*time.Second)))
	require.Zero(t, b.Current(f, start.Add(24*time.Hour)), "old failures are forgotten")
	require.Zero(t, b.Current(f, start.Add(-time.Hour)), "a clock that was set back locks no one out")
}

func TestRecent(t *testing.T) {
	t.Parallel()
	r := limit.NewRecent(time.Hour, 10)
	for i := range 100 {
		r.Mark(strconv.Itoa(i), start)
		require.True(t, r.Has(strconv.Itoa(i), start))
	}
	kept := 0
	for i := range 100 {
		if r.Has(strconv.Itoa(i), start) {
			kept++
		}
	}
	require.Equal(t, 10, kept)
	require.False(t, r.Has("99", start.Add(time.Hour)))
}
