package cpa

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores the CPA of clients.
type Store struct{ db db.DB }

// NewStore returns a Store that uses db, which must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// These conditions are those of the partial indexes cpa_clients_due and
// cpa_clients_open.
const (
	isDue  = `c.status = 'approved' AND c.paid_day IS NULL`
	isOpen = `c.status = 'pending' AND c.qualified_at IS NULL`
)

// inTime selects the clients whom a run pays. They met the conditions and were
// approved before the run, and the 24 hours of their first deposit were over. An
// approval that is made before a late run must wait for the next one. The
// statement's $1 is the start of the run, and $2 is the result of depositedBefore.
const inTime = `c.qualified_at < $1 AND (c.decided_at IS NULL OR c.decided_at < $1) AND c.first_deposit_at < $2`

// depositedBefore returns the time before which a client's first deposit must
// begin if a run that starts at the given time pays the client.
func depositedBefore(start time.Time) time.Time { return start.Add(-firstDepositTime) }

// duePartners returns partners for whom there is something to do in the run that
// starts at the given time. It sorts them by id, starts after the given id and
// stops at the limit. It leaves out partners who have to catch up with an earlier
// run. The query reads the two partial indexes, and the primary key of
// cpa_retries.
func duePartners(ctx context.Context, q db.Querier, start time.Time, after id.UUID, limit int) ([]id.UUID, error) {
	return db.All[id.UUID](ctx, q, `SELECT p.partner_id FROM (
			SELECT c.partner_id FROM cpa_clients c`+indexHint(q, "cpa_clients_due")+` WHERE `+isDue+` AND c.partner_id > $3 AND `+inTime+`
			UNION SELECT c.partner_id FROM cpa_clients c`+indexHint(q, "cpa_clients_open")+` WHERE `+isOpen+` AND c.partner_id > $3 AND c.expires_at < $1
		) p WHERE NOT EXISTS (SELECT 1 FROM cpa_retries r WHERE r.partner_id = p.partner_id)
		ORDER BY p.partner_id LIMIT $4`, db.Micros(start), db.Micros(depositedBefore(start)), after, int64(limit))
}

// place is a client's place in the order of the payment.
type place struct {
	qualifiedAt time.Time
	clientUID   id.UUID
}

// dueClients returns clients to pay, in the order of the payment. It starts after
// the given place.
func dueClients(ctx context.Context, q db.Querier, partnerID id.UUID, start time.Time, after place, limit int) ([]*Client, error) {
	return db.All[*Client](ctx, q, `SELECT `+table.Of("c")+` FROM cpa_clients c`+indexHint(q, "cpa_clients_due")+` WHERE `+isDue+` AND c.partner_id = $3 AND `+inTime+`
		AND (c.qualified_at, c.client_uid) > ($4, $5) ORDER BY c.qualified_at, c.client_uid LIMIT $6`,
		db.Micros(start), db.Micros(depositedBefore(start)), partnerID, db.Micros(after.qualifiedAt), after.clientUID, int64(limit))
}

// expiredClients returns clients who have not met the conditions in time, and
// are still pending.
func expiredClients(ctx context.Context, q db.Querier, partnerID id.UUID, start time.Time, limit int) ([]*Client, error) {
	return db.All[*Client](ctx, q, `SELECT `+table.Of("c")+` FROM cpa_clients c`+indexHint(q, "cpa_clients_open")+` WHERE `+isOpen+` AND c.partner_id = $1 AND c.expires_at < $2
		ORDER BY c.expires_at, c.client_uid LIMIT $3`, partnerID, db.Micros(start), int64(limit))
}

// lastRun returns the last day whose run is complete, except for the partners in
// cpa_retries.
func lastRun(ctx context.Context, q db.Querier) (day clock.Day, found bool, err error) {
	return db.One[clock.Day](ctx, q, `SELECT run_day FROM cpa_runs ORDER BY run_day DESC LIMIT 1`)
}

func setRun(ctx context.Context, q db.Querier, day clock.Day, now time.Time) error {
	_, err := q.Exec(ctx, `INSERT INTO cpa_runs (run_day, done_at) VALUES ($1, $2) ON CONFLICT (run_day) DO NOTHING`, int64(day), db.Micros(now))
	return err
}

// retries returns the partners whose run failed.
func retries(ctx context.Context, q db.Querier) ([]*retry, error) {
	return db.All[*retry](ctx, q, `SELECT `+retryTable.Of("r")+` FROM cpa_retries r ORDER BY r.partner_id`)
}

func retryOf(ctx context.Context, q db.Querier, partnerID id.UUID) (r *retry, found bool, err error) {
	return db.One[*retry](ctx, q, `SELECT `+retryTable.Of("r")+` FROM cpa_retries r WHERE r.partner_id = $1`, partnerID)
}

// setFailed stores a failed attempt. If the partner is already behind, it keeps
// the first day whose run is missing.
func setFailed(ctx context.Context, q db.Querier, r *retry) error {
	return retryTable.InsertOn(ctx, q, retryTable.Replacing("partner_id", "run_day"), r)
}

func setRetryDay(ctx context.Context, q db.Querier, partnerID id.UUID, day clock.Day) error {
	_, err := q.Exec(ctx, `UPDATE cpa_retries SET run_day = $2 WHERE partner_id = $1`, partnerID, int64(day))
	return err
}

func deleteRetry(ctx context.Context, q db.Querier, partnerID id.UUID) error {
	_, err := q.Exec(ctx, `DELETE FROM cpa_retries WHERE partner_id = $1`, partnerID)
	return err
}

// Failed returns the number of partners whose run failed and will be retried.
func (s Store) Failed(ctx context.Context) (int64, error) {
	n, _, err := db.One[int64](ctx, s.db, `SELECT count(*) FROM cpa_retries`)
	return n, err
}
