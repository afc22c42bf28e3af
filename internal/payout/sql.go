package payout

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Made is a new payout.
type Made struct {
	Key

	Kind          string       `db:"kind"`
	Subject       int64        `db:"subject_id"` // number of the rebate row or the withdrawal
	ClientAccount string       `db:"client_account"`
	Destination   string       `db:"destination"`
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	Status        Status       `db:"status"`
	Reason        string       `db:"reason"`
	PostingID     id.UUID      `db:"posting_id"`
	CreatedAt     time.Time    `db:"created_at"`
}

var payouts = db.NewTable[*Made]("payouts")

// Make stores new payouts. The caller must hold a Lock. In the same
// transaction, the caller must post the sum of the payouts to ledger.Payable,
// and then call Release.
func Make(ctx context.Context, q db.Querier, made ...*Made) error {
	return payouts.Insert(ctx, q, made...)
}

// MakeFrom stores a payout for each row of a query, under the same rules as
// Make. expressions maps each column of Made to its SQL expression. fromClause
// is the rest of the query, from FROM onwards.
func MakeFrom(ctx context.Context, q db.Querier, expressions map[string]string, fromClause string, args ...any) (made int64, err error) {
	return q.Exec(ctx, db.InsertSelect("payouts", expressions)+fromClause, args...)
}

// Release releases facts that arrived before their payouts. It considers the
// partner's payouts with the numbers first to last. If it returns true, the
// caller must wake the waiting facts. Release uses the index facts_waiting_for,
// and reads the payouts only if a fact waits for a payout of this partner.
func Release(ctx context.Context, q db.Querier, partnerID id.UUID, first, last int64) (released bool, err error) {
	prefix := feed.PayoutKey(partnerID.Hex() + "-")
	var some int
	err = q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM facts_waiting WHERE waits_for >= $1 AND waits_for < $2 LIMIT 1) w`,
		prefix, prefix+"\U0010FFFF").Scan(&some)
	if err != nil || some == 0 {
		return false, err
	}
	n, err := q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE waits_for IN (
		SELECT CAST($1 AS text) || CAST(payout_id AS text) FROM payouts WHERE partner_id = $2 AND payout_id BETWEEN $3 AND $4)`, prefix, partnerID, first, last)
	return n > 0, err
}

// Store reads payouts of all partners.
type Store struct{ db db.DB }

// NewStore returns a Store in db, which must come from db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction. Meanwhile, no other transaction in any
// process applies responses. After a conflict it runs fn again.
func (s Store) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

const payoutSelect = `SELECT p.partner_id, p.payout_id, p.kind, p.client_account, w.method, p.destination, p.currency, p.amount_e6, p.amount_usd_e6,
	p.status, p.reason, p.created_at, p.answered_at`

const payoutMethod = ` LEFT JOIN withdrawals w ON p.kind = 'withdrawal' AND w.partner_id = p.partner_id AND w.withdrawal_id = p.subject_id`

// Find returns the payouts with these keys, in no particular order. The query
// uses the primary key.
func (s Store) Find(ctx context.Context, keys []Key) ([]Payout, error) {
	return db.All[Payout](ctx, s.db, payoutSelect+` FROM @rows($1) CROSS JOIN payouts p`+payoutMethod+`
		WHERE p.partner_id = @uuid(k.value->>0) AND p.payout_id = CAST(k.value->>1 AS bigint)`, Keys(keys))
}

// Waiting counts the payouts that have no response yet. The query uses the
// index payouts_status.
func (s Store) Waiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM payouts WHERE status = 'pending'`).Scan(&n)
	return n, err
}
