package partner

import (
	"context"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Columns are the columns of partners.
var Columns = db.Columns(`partner_id, email, country, programme, parent_id, currency, partner_account, status, verified, registered_at, next_number`)

func scanPartner(rows db.Rows) (*Partner, error) {
	p := &Partner{}
	var registered int64
	err := rows.Scan(&p.ID, &p.Email, &p.Country, &p.Programme, &p.ParentID, &p.Currency, &p.Account, &p.Status, &p.Verified, &registered, &p.NextNumber)
	p.RegisteredAt = db.Instant(registered)
	return p, err
}

// Load returns the partners with these ids, with their levels.
func Load(ctx context.Context, q db.Querier, ids []id.UUID) ([]*Partner, error) {
	found, err := db.Collect(ctx, q, scanPartner, `SELECT `+db.Prefixed("p", Columns)+` FROM partners p WHERE p.partner_id @anyid($1)`, ids)
	if err != nil {
		return nil, err
	}
	by := map[id.UUID]*Partner{}
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
			p.Levels = append(p.Levels, LevelFrom{Day: clock.Day(day), Name: level})
		}
	}
	return found, rows.Err()
}

// TakeNumbers reserves n consecutive int ids of a partner and returns the
// first. Call it inside a Lock, because accrual continues from the number that
// it read.
func TakeNumbers(ctx context.Context, q db.Querier, partnerID id.UUID, n int64) (first int64, err error) {
	err = q.QueryRow(ctx, `UPDATE partners SET next_number = next_number + $2 WHERE partner_id = $1 RETURNING next_number - $2`, partnerID, n).Scan(&first)
	return first, err
}
