package postgres_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

func open(t *testing.T, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func write(ctx context.Context, s *postgres.Store) error {
	return s.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO link_codes (link_code, partner_id) VALUES ($1, $2)`, id.New().String(), id.New())
		return err
	})
}

func requireUnavailable(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err), "%v", err)
}

// TestAServerThatDoesNotWrite checks a server that refuses writes, as it does
// after a failover. Writes must report that the store is unavailable, and reads
// must work.
func TestAServerThatDoesNotWrite(t *testing.T) {
	t.Parallel()
	dsn := dbtest.New(t)
	s := open(t, dsn)
	require.NoError(t, write(t.Context(), s))
	require.NoError(t, s.Writable(t.Context()))

	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer admin.Close(context.WithoutCancel(t.Context()))
	database := pgx.Identifier{admin.Config().Database}.Sanitize()
	turn := func(on string) {
		_, err = admin.Exec(t.Context(), `ALTER DATABASE `+database+` SET default_transaction_read_only = `+on)
		require.NoError(t, err)
		_, err = admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
	}
	turn("on")
	for range 20 { // the first calls may use connections that have been closed
		requireUnavailable(t, write(t.Context(), s))
		requireUnavailable(t, s.Writable(t.Context()))
	}
	require.ErrorContains(t, write(t.Context(), s), "25006")
	var n int
	require.NoError(t, s.QueryRow(t.Context(), `SELECT count(*) FROM link_codes`).Scan(&n))
	require.Equal(t, 1, n)

	_, err = admin.Exec(t.Context(), `SET default_transaction_read_only = off`)
	require.NoError(t, err)
	turn("off")
	require.Eventually(t, func() bool { return write(t.Context(), s) == nil }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, s.Writable(t.Context()))
}

// TestAServerThatIsStopped checks that statements fail while a server is
// stopped, and work again when it runs again.
func TestAServerThatIsStopped(t *testing.T) {
	t.Parallel()
	target, err := url.Parse(dbtest.New(t))
	require.NoError(t, err)
	address, stop := forward(t, "127.0.0.1:0", target.Host)
	through := *target
	through.Host = address
	s := open(t, through.String())
	require.NoError(t, write(t.Context(), s))

	stop()
	var n int
	for range 10 {
		requireUnavailable(t, write(t.Context(), s))
		requireUnavailable(t, s.Writable(t.Context()))
		requireUnavailable(t, s.QueryRow(t.Context(), `SELECT count(*) FROM link_codes`).Scan(&n))
	}
	_, stop = forward(t, address, target.Host)
	defer stop()
	require.Eventually(t, func() bool { return write(t.Context(), s) == nil }, 10*time.Second, 10*time.Millisecond)
}

// forward forwards connections to target until the test calls stop, which also
// closes all open connections.
func forward(t *testing.T, listen, target string) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", listen)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			if err != nil {
				near.Close()
				continue
			}
			context.AfterFunc(ctx, func() { near.Close(); far.Close() })
			go io.Copy(near, far) //nolint:errcheck // fails when stop closes the connection
			go io.Copy(far, near) //nolint:errcheck // fails when stop closes the connection
		}
	}()
	return listener.Addr().String(), func() {
		cancel()
		listener.Close()
	}
}
