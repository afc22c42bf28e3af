package staff_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/staff"
)

const password = "correct horse battery"

var start = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

type bundle struct {
	*staff.Service

	clock *clock.Fixed
}

// TestStaff specifies the result of several requests at the same time. The sign-in
// itself is specified through the API, in package api/broker.
func TestStaff(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *bundle){
			"one code for many sign-ins": testOneCode, "one e-mail": testOneEmail, "pages": testPages,
			"admins against each other": testRivals,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				store, clk := open(t), clock.At(start)
				log := audit.NewSQLLog(store, clk)
				partners := identity.New(identity.NewStore(store), clk, slog.New(slog.DiscardHandler), identity.Config{
					Params: identity.Params{MemoryKiB: 64, Passes: 1, Threads: 1}, Hashes: 4,
				})
				t.Cleanup(func() { require.NoError(t, partners.Close()) })
				test(t, &bundle{staff.New(staff.NewStore(store), partners, clk, log), clk})
			})
		}
	})
}

// atOnce runs a function several times at once, and returns how often it succeeded.
func atOnce(t *testing.T, times int, do func() error, refusals ...fault.Code) (succeeded int) {
	t.Helper()
	errs := make([]error, times)
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() { errs[i] = do() })
	}
	all.Wait()
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		require.Contains(t, refusals, fault.CodeOf(err), "%v", err)
	}
	return succeeded
}

func testOneCode(t *testing.T, b *bundle) {
	ctx := t.Context()
	m, once, err := b.Create(ctx, "ann@broker.example", caller.Admin)
	require.NoError(t, err)
	given := staff.Credentials{Email: m.Email, Password: once}
	app, err := b.Enrol(ctx, given, password)
	require.NoError(t, err)
	given.Password = password
	given.Code, err = totp.GenerateCode(app.Secret, start)
	require.NoError(t, err)
	recovered := make(chan []string, 8)
	signIn := func() error {
		in, err := b.SignIn(ctx, given)
		recovered <- in.Recovery
		return err
	}
	// The fifth failure causes a wait, so some of the attempts are throttled.
	require.Equal(t, 1, atOnce(t, 8, signIn, fault.ValidationError, fault.Throttled))
	close(recovered)
	var recovery []string
	for codes := range recovered {
		recovery = append(recovery, codes...)
	}
	require.Len(t, recovery, 10)

	b.clock.Advance(time.Hour)
	given.Code, recovered = recovery[0], make(chan []string, 8)
	require.Equal(t, 1, atOnce(t, 8, signIn, fault.ValidationError, fault.Throttled), "a recovery code")
}

func testOneEmail(t *testing.T, b *bundle) {
	create := func() error {
		_, _, err := b.Create(t.Context(), "Ann@broker.example", caller.Support)
		return err
	}
	require.Equal(t, 1, atOnce(t, 4, create, fault.ValidationError))
}

func testPages(t *testing.T, b *bundle) {
	for _, email := range []string{"c@broker.example", "a@broker.example", "b@broker.example"} {
		_, _, err := b.Create(t.Context(), email, caller.Support)
		require.NoError(t, err)
	}
	list, count, err := b.Members(t.Context(), page.Page{Limit: 2, Offset: 1})
	require.NoError(t, err)
	require.EqualValues(t, 3, count)
	require.Equal(t, []string{"b@broker.example", "c@broker.example"}, []string{list[0].Email, list[1].Email})
}

// testRivals lets admins take each other's rights at the same time. One of them must keep
// the rights, because otherwise no one could manage staff members over the API.
func testRivals(t *testing.T, b *bundle) {
	for round := range 10 {
		var admins []staff.Member
		for n := range 3 {
			m, _, err := b.Create(t.Context(), fmt.Sprintf("%d-%d@broker.example", round, n), caller.Admin)
			require.NoError(t, err)
			admins = append(admins, m)
		}
		var all sync.WaitGroup
		errs := make([]error, len(admins))
		for n, m := range admins {
			ctx := caller.With(t.Context(), caller.Caller{Role: caller.Broker, StaffID: m.ID, StaffRole: caller.Admin})
			rival := admins[(n+1)%len(admins)].ID
			all.Go(func() {
				if n == 0 {
					_, errs[n] = b.SetRole(ctx, rival, caller.Support)
				} else {
					_, errs[n] = b.Disable(ctx, rival)
				}
			})
		}
		all.Wait()
		left := 0
		for n, m := range admins {
			if errs[n] != nil {
				require.Equal(t, fault.PermissionDenied, fault.CodeOf(errs[n]), "%v", errs[n])
			}
			m, err := b.Member(t.Context(), m.ID)
			require.NoError(t, err)
			if m.DisabledAt == nil && m.Role == caller.Admin {
				left++
			}
		}
		require.Positive(t, left)
	}

	// The rights at the beginning of the request do not count.
	m, _, err := b.Create(t.Context(), "once@broker.example", caller.Admin)
	require.NoError(t, err)
	other, _, err := b.Create(t.Context(), "other@broker.example", caller.Admin)
	require.NoError(t, err)
	ctx := caller.With(t.Context(), caller.Caller{Role: caller.Broker, StaffID: m.ID, StaffRole: caller.Admin})
	_, err = b.Disable(t.Context(), m.ID)
	require.NoError(t, err)
	_, err = b.Disable(ctx, other.ID)
	require.Equal(t, fault.PermissionDenied, fault.CodeOf(err))
}
