package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// SQLLog stores entries in the database. It implements Log.
type SQLLog struct {
	db    db.DB
	clock clock.Clock
}

// NewSQLLog returns a SQLLog on a database that comes from db.Joining, so that
// an entry is stored in the transaction of the change that it records.
func NewSQLLog(db db.DB, clk clock.Clock) SQLLog { return SQLLog{db, clk} }

// Record implements Log.
func (a SQLLog) Record(ctx context.Context, e Entry) error {
	details := []byte("{}")
	if len(e.Details) > 0 {
		var err error
		if details, err = json.Marshal(e.Details); err != nil {
			return fmt.Errorf("encoding the details of %s: %w", e.Action, err)
		}
	}
	return a.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return Insert(ctx, q, db.Micros(a.clock.Now()), e, string(details))
	})
}

type logRow struct {
	PartnerID  id.UUID `db:"partner_id"`
	ID         id.UUID `db:"entry_id"`
	At         int64   `db:"at"`
	Actor      string  `db:"actor"`
	Credential string  `db:"credential"`
	Address    string  `db:"address"`
	UserAgent  string  `db:"user_agent"`
	Action     string  `db:"action"`
	Subject    string  `db:"subject"`
	Details    string  `db:"details"`
}

var auditLog = db.NewTable[logRow]("audit_log")

// Insert adds an entry inside a transaction. It stores detailsJSON in place of
// the entry's Details.
func Insert(ctx context.Context, q db.Querier, now int64, e Entry, detailsJSON string) error {
	row := logRow{PartnerID: e.PartnerID, ID: id.New(), At: now, Action: e.Action, Subject: e.Subject, Details: detailsJSON}
	actor, credential := Of(ctx)
	row.Actor, row.Credential = string(actor), credential
	row.Address, row.UserAgent = Origin(ctx)
	return auditLog.Insert(ctx, q, row)
}
