package partner

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Table has one row per partner. levels has one row for each change of a
// partner's level.
var (
	Table  = db.NewTable[*Partner]("partners")
	levels = db.NewTable[levelRow]("partner_levels")
	// changes has one row for each change of a parent or a country.
	changes = db.NewTable[Change]("partner_changes")
)

type levelRow struct {
	PartnerID id.UUID `db:"partner_id"`
	LevelFrom
}

// Load returns the partners with these ids, including their levels.
func Load(ctx context.Context, q db.Querier, ids []id.UUID) ([]*Partner, error) {
	found, err := db.All[*Partner](ctx, q, `SELECT `+Table.Of("p")+` FROM partners p WHERE p.partner_id @anyid($1)`, ids)
	if err != nil {
		return nil, err
	}
	by := map[id.UUID]*Partner{}
	for _, p := range found {
		by[p.ID] = p
	}
	since, err := db.All[levelRow](ctx, q, `SELECT `+levels.Of("")+` FROM partner_levels WHERE partner_id @anyid($1)`, ids)
	if err != nil {
		return nil, err
	}
	for _, level := range since {
		if p := by[level.PartnerID]; p != nil {
			p.Levels = append(p.Levels, level.LevelFrom)
		}
	}
	made, err := db.All[Change](ctx, q, `SELECT `+changes.Of("")+` FROM partner_changes WHERE partner_id @anyid($1) ORDER BY partner_id, from_at, fact_id`, ids)
	for _, c := range made {
		if p := by[c.PartnerID]; p != nil {
			p.Changes = append(p.Changes, c)
		}
	}
	return found, err
}

// TakeNumbers reserves n consecutive ids for objects of a partner and returns
// the first; see Partner.Number. The caller must have locked the partner with
// db.Lock, because accrual reads the next number and later overwrites it under
// the same lock.
func TakeNumbers(ctx context.Context, q db.Querier, partnerID id.UUID, n int64) (first int64, err error) {
	err = q.QueryRow(ctx, `UPDATE partners SET next_number = next_number + $2 WHERE partner_id = $1 RETURNING next_number - $2`, partnerID, n).Scan(&first)
	return first, err
}
