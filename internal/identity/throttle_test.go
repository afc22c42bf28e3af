package identity_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/limit"
)

func requireThrottled(tb testing.TB, err error) time.Duration {
	tb.Helper()
	var e *fault.Error
	require.ErrorAs(tb, err, &e)
	require.Equal(tb, fault.Throttled, e.Code)
	return e.RetryAfter
}

func (b *bundle) fail(tb testing.TB, login string, times int) {
	tb.Helper()
	for range times {
		_, err := b.login(tb, login, "wrong horse")
		require.Equal(tb, fault.AuthenticationFailed, code(tb, err))
	}
}

func TestFailuresGrowAWait(t *testing.T) {
	t.Parallel()
	for _, login := range []string{email, "nobody@example.com"} {
		b := setup(t, identity.Config{})
		b.fail(t, login, 5)
		for _, seconds := range []int{5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900} {
			want := time.Duration(seconds) * time.Second
			for range 2 { // attempts during the wait do not lengthen it
				for _, tried := range []string{"wrong horse", password} {
					_, err := b.login(t, login, tried)
					require.Equal(t, want, requireThrottled(t, err), login)
				}
			}
			b.clock.Advance(want - time.Microsecond)
			_, err := b.login(t, login, password)
			require.Equal(t, time.Microsecond, requireThrottled(t, err))
			b.clock.Advance(time.Microsecond)
			b.fail(t, login, 1)
		}
	}
}

func TestSuccessClearsTheCountAndIsNeverCounted(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	for range 3 {
		b.fail(t, email, 4)
		for range 10 {
			b.token(t)
		}
	}
	b.fail(t, email, 5)
	_, err := b.login(t, email, password)
	b.clock.Advance(requireThrottled(t, err))
	b.token(t)
	b.fail(t, email, 5)
}

func TestCountsAreForOneAccountAndAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	from := func(login, address string) error {
		_, err := b.service.Login(t.Context(), identity.Login{Login: login, Password: "wrong horse", Address: address})
		return err
	}
	for range 5 {
		require.Equal(t, fault.AuthenticationFailed, code(t, from(email, "2001:db8::1")))
	}
	requireThrottled(t, from(" PARTNER@example.com", "2001:db8::1"))
	requireThrottled(t, from(email, "2001:db8::ffff")) // this address is in the same /64 network, so it probably belongs to the same subscriber
	for _, other := range []string{"2001:db8:0:1::1", "192.0.2.1", "", "a socket"} {
		require.Equal(t, fault.AuthenticationFailed, code(t, from(email, other)), other)
	}
	require.Equal(t, fault.AuthenticationFailed, code(t, from("other@example.com", "2001:db8::1")))
	for range 4 {
		require.Equal(t, fault.AuthenticationFailed, code(t, from(email, "::ffff:192.0.2.1")))
	}
	requireThrottled(t, from(email, "192.0.2.1")) // this is the same address in another notation
}

func (b *bundle) loginFrom(tb testing.TB, login, password, from string) error {
	tb.Helper()
	_, err := b.service.Login(tb.Context(), identity.Login{Login: login, Password: password, Address: from})
	return err
}

func TestAnAddressHasSixtyFailuresOverAllEmails(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	stranger := func(i int) string { return fmt.Sprintf("stranger%d@example.com", i) }
	for i := range 60 {
		from := fmt.Sprintf("2001:db8::%x", i+1) // one subscriber usually has a whole /64 network
		require.Equal(t, fault.AuthenticationFailed, code(t, b.loginFrom(t, stranger(i), "wrong horse", from)), i)
		if i%7 == 0 {
			require.NoError(t, b.loginFrom(t, email, password, from), "a success is not counted, and does not clear the address's count")
		}
	}
	const from = "2001:db8::ffff"
	for _, seconds := range []int{5, 10, 20, 40, 80, 160, 320, 640, 900, 900} {
		want := time.Duration(seconds) * time.Second
		require.Equal(t, want, requireThrottled(t, b.loginFrom(t, email, password, from)), "the right password must wait too")
		require.Equal(t, want, requireThrottled(t, b.loginFrom(t, "new@example.com", "wrong horse", from)))
		b.clock.Advance(want)
		require.NoError(t, b.loginFrom(t, email, password, from))
		require.Equal(t, fault.AuthenticationFailed, code(t, b.loginFrom(t, fmt.Sprintf("new%d@example.com", seconds), "wrong horse", from)))
	}
	requireThrottled(t, b.loginFrom(t, email, password, from))
	for _, other := range []string{"2001:db8:0:1::1", "192.0.2.1"} {
		require.NoError(t, b.loginFrom(t, email, password, other), "other addresses do not wait")
	}
}

func TestRefusalsDoNotCountForTheAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	b.fail(t, email, 5)
	for range 100 {
		_, err := b.login(t, email, "wrong horse")
		requireThrottled(t, err)
	}
	require.Equal(t, fault.AuthenticationFailed, code(t, b.loginFrom(t, "other@example.com", "wrong horse", address)))
}

// TestACrowdOfGuessesMakesOnlyTheGuesserWait checks that logins from other
// addresses do not wait for the many guesses of one address. One login comes from
// a new address, and one from an address that logged in earlier.
func TestACrowdOfGuessesMakesOnlyTheGuesserWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, crowdOfGuesses)
}

func crowdOfGuesses(t *testing.T) {
	b := setup(t, identity.Config{})
	require.NoError(t, b.loginFrom(t, email, password, "192.0.2.1"))
	release := identity.HoldHashing(t.Context(), b.service)

	var ended []string
	var mu sync.Mutex
	var group sync.WaitGroup
	attempt := func(name, from string) {
		group.Go(func() {
			_, err := b.service.HashPassword(limit.WithAddress(t.Context(), limit.AddressKeyOf(from)), password)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, name)
		})
		synctest.Wait() // the login is now in the queue
	}
	for range 50 {
		attempt("guess", "198.51.100.9")
	}
	attempt("stranger", "203.0.113.5")
	attempt("friend", "192.0.2.1")
	release()
	group.Wait()
	require.Len(t, ended, 52)
	require.Less(t, slices.Index(ended, "friend"), 5)
	require.Less(t, slices.Index(ended, "stranger"), 5)
}

func TestCountsSurviveARestart(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	b.fail(t, email, 5)
	b.service = b.secondService(t, identity.Config{})
	_, err := b.login(t, email, password)
	require.Equal(t, 5*time.Second, requireThrottled(t, err))
}

func TestCountsAreForgotten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures int
		after    time.Duration
	}{{4, time.Hour}, {5, 24 * time.Hour}} {
		b := setup(t, identity.Config{})
		b.fail(t, email, c.failures)
		b.clock.Advance(c.after - time.Microsecond)
		b.fail(t, email, 1)
		b.clock.Advance(24 * time.Hour)
		b.fail(t, email, 4)

		b.fail(t, "nobody@example.com", 1) // the next failure removes expired counts
		b.clock.Advance(24 * time.Hour)
		b.fail(t, "somebody@example.com", 1)
		var rows int
		require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM login_failures`).Scan(&rows))
		require.Equal(t, 2, rows, "the last failure's counts: by account and by address")
	}
}

func TestAClockSetBackLocksNobodyOut(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	b.clock.Advance(365 * 24 * time.Hour)
	b.fail(t, email, 5)
	b.clock.Advance(-365 * 24 * time.Hour)
	b.token(t)
}

// logInAll runs the logins at the same time and counts the results by their code.
func logInAll(t *testing.T, services []*identity.Service, passwords []string) map[fault.Code]int {
	t.Helper()
	var group sync.WaitGroup
	begin := make(chan struct{})
	errs := make([]error, len(passwords))
	for i, tried := range passwords {
		group.Go(func() {
			<-begin
			_, errs[i] = services[i%len(services)].Login(t.Context(), identity.Login{Login: email, Password: tried, Address: address})
		})
	}
	close(begin)
	group.Wait()
	ended := map[fault.Code]int{}
	for _, err := range errs {
		ended[code(t, err)]++
	}
	return ended
}

func repeat(password string, times int) []string {
	out := make([]string, times)
	for i := range out {
		out[i] = password
	}
	return out
}

func TestParallelLogins(t *testing.T) {
	t.Parallel()
	// These hashes are so slow that all fifty are checked before the first
	// failure is recorded.
	slow := identity.Config{Params: identity.Params{MemoryKiB: 1024, Passes: 2, Threads: 1}, Hashes: 50}

	t.Run("wrong passwords are throttled", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slow)
		two := []*identity.Service{b.service, b.secondService(t, slow)}
		require.Equal(t, map[fault.Code]int{fault.AuthenticationFailed: 5, fault.Throttled: 45}, logInAll(t, two, repeat("wrong horse", 50)))
		require.Equal(t, map[fault.Code]int{fault.Throttled: 50}, logInAll(t, two, repeat(password, 50)))
		b.clock.Advance(5 * time.Second)
		require.Equal(t, map[fault.Code]int{fault.AuthenticationFailed: 1, fault.Throttled: 49}, logInAll(t, two, repeat("wrong horse", 50)),
			"after a wait there is one guess, not fifty")
		b.clock.Advance(10*time.Second - time.Microsecond)
		require.Equal(t, map[fault.Code]int{fault.Throttled: 50}, logInAll(t, two, repeat(password, 50)), "refusals do not lengthen the wait")
		b.clock.Advance(time.Microsecond)
		require.Equal(t, map[fault.Code]int{"": 50}, logInAll(t, two, repeat(password, 50)))
	})
	t.Run("right passwords all succeed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slow)
		b.fail(t, email, 4)
		require.Equal(t, map[fault.Code]int{"": 50}, logInAll(t, []*identity.Service{b.service, b.secondService(t, slow)}, repeat(password, 50)))
	})
	t.Run("parallel guesses reveal no more than single ones", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slow)
		var guesses []string
		for i := range 49 {
			guesses = append(guesses, fmt.Sprintf("guess %d", i))
		}
		ended := logInAll(t, []*identity.Service{b.service}, append(guesses, password))
		// If the right password is checked before the wait begins, its success
		// resets the count of failures.
		require.LessOrEqual(t, ended[fault.AuthenticationFailed], 10)
		require.LessOrEqual(t, ended[""], 1)
		require.Equal(t, 50, ended[""]+ended[fault.AuthenticationFailed]+ended[fault.Throttled])
	})
}

func TestAFloodIsToldToComeBack(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{Hashes: 1})
	release := identity.OccupyHasher(t.Context(), b.service)
	_, err := b.login(t, email, password)
	requireThrottled(t, err)
	release()
	b.token(t)
}
