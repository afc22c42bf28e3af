package sqldb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Audit implements audit.Log.
type Audit struct {
	db    db.DB
	clock clock.Clock
}

var _ audit.Log = Audit{}

// NewAudit returns the audit log of a store, which has to be a Joining one for
// entries to share the transaction of what they tell of.
func NewAudit(db db.DB, clk clock.Clock) Audit { return Audit{db, clk} }

// Record implements audit.Log.
func (a Audit) Record(ctx context.Context, e audit.Entry) error {
	details := []byte("{}")
	if len(e.Details) > 0 {
		var err error
		if details, err = json.Marshal(e.Details); err != nil {
			return fmt.Errorf("the details of %s: %w", e.Action, err)
		}
	}
	return a.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return record(ctx, q, db.Micros(a.clock.Now()), e, string(details))
	})
}

// record adds an entry inside of a transaction.
func record(ctx context.Context, q db.Querier, now int64, e audit.Entry, details string) error {
	actor, credential := audit.Of(ctx)
	address, agent := audit.Origin(ctx)
	_, err := q.Exec(ctx, `
			INSERT INTO audit_log (partner_id, entry_id, at, actor, credential, address, user_agent, action, subject, details)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.PartnerID, id.New(), now, string(actor), credential, address, agent, e.Action, e.Subject, details)
	return err
}
