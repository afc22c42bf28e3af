package rebate_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
)

const diskAccounts = 5

// diskRun is a server that pays a partner's rebates. A period closes, and the
// partner approves the rebates with a code. The broker pays some of the payouts
// and reports the others as failed. The failed payouts are then retried.
type diskRun struct {
	*runsBundle
	path   string
	disk   *dbtest.Disk
	store  db.DB
	opened bool // whether the server is running
	failed bool // whether a step has failed because of the disk

	verifications *verification.Service
	mails         programmetest.Letters
	trades        []string
	answers       []string
	selected      rebate.Selection
	token         string

	acknowledged int         // number of transactions that succeeded before the first one failed
	refused      func(error) // called with the error of the first transaction that failed
	tainted      bool        // whether a transaction has failed
	states       [][]string  // the books at the start and after each transaction; nil if the test does not record them
}

// createDiskRun creates the database with which each run starts.
func createDiskRun(t *testing.T, path string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	b := newRunsBundle(db)
	b.MustFeed(t, b.Setting()...)
	b.group(t, 25, "MANUAL")
	b.openAccounts(t, diskAccounts)
	require.NoError(t, db.Close())
}

func newDiskRun(t *testing.T, template string) *diskRun {
	t.Helper()
	content, err := os.ReadFile(template)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "tributary.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	r := &diskRun{path: path, runsBundle: &runsBundle{Programme: &programmetest.Programme{Clock: clock.At(programmetest.Now), Next: 1000}}}
	r.disk = dbtest.WatchDisk(path)
	require.NoError(t, r.start(t))
	for i := range diskAccounts {
		r.trades = append(r.trades, r.Order(strconv.Itoa(5000+i), 1+i, "EURUSD", r.Clock.Now().Format(time.RFC3339), `,"open_spread":10,"close_spread":10`))
	}
	return r
}

func (r *diskRun) start(t *testing.T) (err error) {
	t.Helper()
	r.opened = false
	if r.store, err = sqlite.Open(t.Context(), r.path); err != nil {
		return err
	}
	r.opened = true
	r.DB = db.Joining(&acknowledging{DB: r.store, ended: func(err error) { r.recordEnd(t, err) }})
	log := audit.NewSQLLog(r.DB, r.Clock)
	r.Accrual = accrual.New(accrual.NewSQLStore(r.DB), r.Clock, time.UTC, slog.New(slog.DiscardHandler), accrual.Config{Audit: log})
	r.Runs = r.runs(rebate.NewSQLRunStore(r.DB), rebate.RunConfig{StepRows: 2, AtOnce: 1})
	r.verifications = verification.New(verification.NewStore(r.DB), r.Clock, verification.Config{
		Security: programmetest.Mailed{}, Mails: bothQueues{mail.NewSQLStore(r.DB, r.Clock, func() {}), &r.mails}, Audit: log, MemoryKiB: 64,
		Binders: map[verification.Type]verification.Binder{verification.ApproveRebates: r.Runs},
	})
	return nil
}

type bothQueues [2]mail.Queue

func (q bothQueues) Enqueue(ctx context.Context, m mail.Message) error {
	if err := q[0].Enqueue(ctx, m); err != nil {
		return err
	}
	return q[1].Enqueue(ctx, m)
}

type acknowledging struct {
	db.DB
	ended func(error)
}

func (a *acknowledging) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	err := a.DB.Write(ctx, fn)
	a.ended(err)
	return err
}

func (a *acknowledging) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	err := a.DB.Lock(ctx, keys, fn)
	a.ended(err)
	return err
}

func (r *diskRun) recordEnd(t *testing.T, err error) {
	t.Helper()
	switch {
	case r.tainted:
	case err != nil && r.refused != nil:
		r.tainted = true
		r.refused(err)
	case err == nil:
		r.acknowledged++
		if r.states != nil {
			r.states = append(r.states, diskBooks(t, r.runsBundle))
		}
	}
}
