package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// SQLLog implements audit.Log.
type SQLLog struct {
	db    db.DB
	clock clock.Clock
}

// NewSQLLog returns the audit log of a store, which must be a Joining one, so
// that an entry shares the transaction of the change that it records.
func NewSQLLog(db db.DB, clk clock.Clock) SQLLog { return SQLLog{db, clk} }

// Record adds an entry in the transaction of ctx. If that transaction fails,
// nothing was done and nothing is logged.
func (a SQLLog) Record(ctx context.Context, e Entry) error {
	details := []byte("{}")
	if len(e.Details) > 0 {
		var err error
		if details, err = json.Marshal(e.Details); err != nil {
			return fmt.Errorf("the details of %s: %w", e.Action, err)
		}
	}
	return a.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return Insert(ctx, q, db.Micros(a.clock.Now()), e, string(details))
	})
}

// Insert adds an entry inside a transaction.
func Insert(ctx context.Context, q db.Querier, now int64, e Entry, details string) error {
	actor, credential := Of(ctx)
	address, agent := Origin(ctx)
	_, err := q.Exec(ctx, `
			INSERT INTO audit_log (partner_id, entry_id, at, actor, credential, address, user_agent, action, subject, details)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.PartnerID, id.New(), now, string(actor), credential, address, agent, e.Action, e.Subject, details)
	return err
}
