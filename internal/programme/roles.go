package programme

import (
	"context"
	"net/http"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/process"
)

// servers returns the register that counts the servers on the database. It returns
// nil on SQLite, which allows only one server.
func (r *settled) servers(stores *Stores, engine db.Engine) *process.Register {
	if engine != db.Postgres {
		return nil
	}
	return process.New(stores.Processes, r.Role, r.Logger)
}

// serverCounter returns a function that counts the servers that share a limit. It
// returns nil if this server is the only one.
func (b *builder) serverCounter(count func(*process.Register) int) func() int {
	if b.servers == nil {
		return nil
	}
	return func() int { return count(b.servers) }
}

// ifShared returns its argument if other servers can create work for this server's
// jobs. Otherwise it returns nil, because this server's Waker then reports all
// work.
func (b *builder) ifShared(due func(context.Context) (bool, error)) func(context.Context) (bool, error) {
	if b.servers == nil {
		return nil
	}
	return due
}

// inRole returns a handler that serves only the requests that the server's role
// includes. A worker responds only to health checks.
func (b *builder) inRole(all http.Handler) http.Handler {
	if b.Role.ServesAPI() {
		return all
	}
	nothing := httpapi.New(httpapi.Config{Clock: b.Clock, Logger: b.Logger})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.EscapedPath() {
		case "/healthz", "/readyz", "/metrics":
			all.ServeHTTP(w, r)
		default:
			nothing.ServeHTTP(w, r)
		}
	})
}
