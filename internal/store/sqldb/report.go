package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

// Reports runs compiled reports on either engine. It implements report.Store.
type Reports struct{ db db.DB }

// NewReports reads from db.
func NewReports(db db.DB) Reports { return Reports{db} }

// Engine implements report.Store.
func (r Reports) Engine() db.Engine { return r.db.Engine() }

// Snapshot implements report.Store.
func (r Reports) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	return r.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		return fn(ctx, reportQuerier{q})
	})
}

type reportQuerier struct{ q db.Querier }

// Query implements report.Querier.
func (r reportQuerier) Query(ctx context.Context, statement string, args ...any) (report.Rows, error) {
	return r.q.Query(ctx, statement, args...)
}

// Partner implements report.Querier.
func (r reportQuerier) Partner(ctx context.Context, partnerID id.UUID) (*report.Partner, error) {
	p := report.Partner{ID: partnerID}
	err := r.q.QueryRow(ctx, `SELECT p.partner_account, coalesce(a.name, ''), p.currency FROM partners p
		LEFT JOIN partner_accounts a ON a.partner_id = p.partner_id AND a.partner_account = p.partner_account
		WHERE p.partner_id = $1`, partnerID).Scan(&p.Account, &p.AccountName, &p.Currency)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a partner for a report: %w", err)
	}
	return &p, nil
}
