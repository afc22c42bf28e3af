package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// probeSize is how many bytes Probe writes. They fill several pages, so that
// Probe also detects a file that cannot grow.
const probeSize = 16 << 10

// Probe writes data to a database and removes it again. It returns nil if this
// succeeded.
func Probe(ctx context.Context, db DB) error { return db.Write(ctx, ProbeInside) }

// ProbeInside does the same as Probe, but inside the caller's transaction.
func ProbeInside(ctx context.Context, q Querier) error {
	probe := id.New()
	if _, err := q.Exec(ctx, `INSERT INTO write_probes (probe_id, body) VALUES ($1, $2)`, probe, make([]byte, probeSize)); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `DELETE FROM write_probes WHERE probe_id = $1`, probe)
	return err
}

// proofLife is how long a result is reused. proofTime is the maximum duration
// of a check.
const (
	proofLife = time.Second
	proofTime = 2 * time.Second
)

// Proof checks whether a database can be written. It writes at most once a
// second, however many callers there are. If a write hangs, each caller waits
// until its own context ends. Proof is safe for concurrent use.
type Proof struct {
	db DB

	mu      sync.Mutex
	running chan struct{} // closed when the running check ends; nil if no check is running
	ended   time.Time
	result  error
}

// NewProof returns a Proof for db.
func NewProof(db DB) *Proof { return &Proof{db: db} }

// Check returns nil if the database could be written within the last second.
func (p *Proof) Check(ctx context.Context) error {
	p.mu.Lock()
	if p.running == nil && clock.System().Now().Sub(p.ended) < proofLife {
		defer p.mu.Unlock()
		return p.result
	}
	if p.running == nil {
		p.running = make(chan struct{})
		go p.run(context.WithoutCancel(ctx), p.running)
	}
	running := p.running
	p.mu.Unlock()
	select {
	case <-running:
	case <-ctx.Done():
		return fmt.Errorf("checking that the store can be written to: %w", ctx.Err())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.result
}

func (p *Proof) run(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	err := p.db.Writable(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result, p.ended, p.running = err, clock.System().Now(), nil
	close(done)
}
