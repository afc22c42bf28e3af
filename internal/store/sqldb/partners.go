package sqldb

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

var partnerColumns = db.Columns(`partner_id, email, country, programme, parent_id, currency, partner_account, status, verified, registered_at, next_number`)

func scanPartner(rows db.Rows) (*partner.Partner, error) {
	p := &partner.Partner{}
	var registered int64
	err := rows.Scan(&p.ID, &p.Email, &p.Country, &p.Programme, &p.ParentID, &p.Currency, &p.Account, &p.Status, &p.Verified, &registered, &p.NextNumber)
	p.RegisteredAt = db.Instant(registered)
	return p, err
}

// loadPartners returns the partners with these ids, with their levels.
func loadPartners(ctx context.Context, q db.Querier, ids []id.UUID) ([]*partner.Partner, error) {
	found, err := db.Collect(ctx, q, scanPartner, `SELECT `+db.Prefixed("p", partnerColumns)+` FROM partners p WHERE p.partner_id @anyid($1)`, ids)
	if err != nil {
		return nil, err
	}
	by := map[id.UUID]*partner.Partner{}
	for _, p := range found {
		by[p.ID] = p
	}
	rows, err := q.Query(ctx, `SELECT partner_id, from_day, level FROM partner_levels WHERE partner_id @anyid($1)`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var owner id.UUID
		var day int64
		var level string
		if err := rows.Scan(&owner, &day, &level); err != nil {
			return nil, err
		}
		if p := by[owner]; p != nil {
			p.Levels = append(p.Levels, partner.LevelFrom{Day: clock.Day(day), Name: level})
		}
	}
	return found, rows.Err()
}

// loadPlans returns every plan, the one that ships first.
func loadPlans(ctx context.Context, q db.Querier) ([]*reward.Plan, error) {
	stored, err := db.Collect(ctx, q, func(rows db.Rows) (*reward.Plan, error) {
		var planID id.UUID
		var created int64
		var body string
		if err := rows.Scan(&planID, &created, &body); err != nil {
			return nil, err
		}
		p, err := reward.ParsePlan([]byte(body))
		if err != nil {
			return nil, fmt.Errorf("reading plan %s: %w", planID, err)
		}
		p.ID, p.CreatedAt = planID, db.Instant(created)
		return p, nil
	}, `SELECT plan_id, created_at, body FROM plans ORDER BY from_at, created_at`)
	if err != nil {
		return nil, err
	}
	return append([]*reward.Plan{reward.Default()}, stored...), nil
}
