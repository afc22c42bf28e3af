// Package process counts the servers that share one database. Each server keeps
// a row in the table processes and increments a number in it every two seconds.
// A server whose number stays the same for eight seconds no longer counts.
//
// Each server only checks whether another server's number has changed since its last
// check. It compares no clocks, so the clocks of two machines may differ by any amount.
// docs/adr/0028 says why limits are divided by this count.
package process

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Role says which part of the work a server does.
type Role string

// These are the roles.
const (
	All    Role = "all"
	API    Role = "api"    // serves requests and redirects, and runs no jobs
	Worker Role = "worker" // runs the jobs, and serves no requests
)

// ServesAPI reports whether a server with this role serves requests.
func (r Role) ServesAPI() bool { return r != Worker }

// RunsJobs reports whether a server with this role runs the jobs.
func (r Role) RunsJobs() bool { return r != API }

const (
	pause = 2 * time.Second
	// missed is the number of checks that must find no change before a server no
	// longer counts. The checks are two seconds apart, so this takes eight seconds.
	missed = 4
	// forgotten is the number of checks that must find no change before a row is
	// deleted. This takes a minute. A server that was only paused adds its row
	// again.
	forgotten = 30
	// patience is the maximum duration of one Beat, and of removing the row at the end.
	patience = 2 * time.Second
)

// Register counts the servers of a database. It is safe for concurrent use.
type Register struct {
	store Store
	log   *slog.Logger

	mu    sync.Mutex
	own   Row
	seen  map[id.UUID]sighting // other servers, by their process id
	count Count
}

// Count says how many servers are live.
type Count struct {
	ByRole map[Role]int
	// APIs is the number of servers that serve requests, and Workers the number that
	// run jobs. A server with the role All counts in both numbers. Each number is at
	// least 1, so that a caller can divide by it.
	APIs, Workers int
}

type sighting struct {
	row       Row
	unchanged int // number of checks since the row last changed
}

// New returns a Register for a server with this role. Before the first Beat, it
// counts only this server.
func New(store Store, role Role, log *slog.Logger) *Register {
	r := &Register{store: store, own: Row{ID: id.New(), Role: role}, log: log, seen: map[id.UUID]sighting{}}
	r.count = r.sum()
	return r
}

// Count returns the numbers of servers that the last Beat found.
func (r *Register) Count() Count {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// APIs returns the number of live servers that serve requests. It is at least 1.
func (r *Register) APIs() int { return r.Count().APIs }

// Workers returns the number of live servers that run jobs. It is at least 1.
func (r *Register) Workers() int { return r.Count().Workers }

// Run calls Beat until ctx ends. Then it removes the server's row, so that the
// other servers notice at once that this server has stopped.
func (r *Register) Run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for failing := false; ; {
		err := r.Beat(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			r.log.WarnContext(ctx, "the servers on this database could not be counted; the limits stay unchanged", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			r.leave(ctx)
			return
		case <-tick.C:
		}
	}
}

func (r *Register) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := r.store.Remove(ctx, r.own.ID); err != nil {
		r.log.WarnContext(ctx, "this server's row could not be removed; the other servers count it for a few more seconds", "error", err)
	}
}

// Beat updates this server's row and counts the live servers. If it fails, the count
// does not change.
func (r *Register) Beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, err := r.store.Beat(ctx, r.next())
	if err != nil {
		return err
	}
	before, after, dead := r.look(rows)
	if before.APIs != after.APIs || before.Workers != after.Workers {
		r.log.InfoContext(ctx, "the number of servers on this database changed", "api", after.APIs, "worker", after.Workers)
	}
	for i := range dead {
		if err := r.store.Forget(ctx, dead[i]); err != nil {
			return err
		}
	}
	return nil
}

// next returns this server's row with its number increased by one.
func (r *Register) next() Row {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own.Beats++
	return r.own
}

// look compares the rows with those of the last call. It returns the count before
// and after this call, and the rows that have not changed for a minute, whose
// servers are dead.
func (r *Register) look(rows []Row) (before, after Count, dead []Row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[id.UUID]sighting{}
	for _, row := range rows {
		if row.ID == r.own.ID {
			continue
		}
		s, known := r.seen[row.ID]
		if s.unchanged++; !known || s.row.Beats != row.Beats {
			s = sighting{row: row}
		}
		seen[row.ID] = s
		if s.unchanged >= forgotten {
			dead = append(dead, row)
		}
	}
	before = r.count
	r.seen = seen
	r.count = r.sum()
	return before, r.count, dead
}

func (r *Register) sum() Count {
	c := Count{ByRole: map[Role]int{r.own.Role: 1}}
	for _, s := range r.seen {
		if s.unchanged < missed {
			c.ByRole[s.row.Role]++
		}
	}
	for role, n := range c.ByRole {
		if role.ServesAPI() {
			c.APIs += n
		}
		if role.RunsJobs() {
			c.Workers += n
		}
	}
	c.APIs, c.Workers = max(1, c.APIs), max(1, c.Workers)
	return c
}
