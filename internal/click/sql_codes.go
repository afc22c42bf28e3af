package click

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
)

// SQLCodes implements Codes.
type SQLCodes struct{ db db.DB }

// NewSQLCodes returns a SQLCodes on the programme's database.
func NewSQLCodes(db db.DB) SQLCodes { return SQLCodes{db} }

// Codes implements the interface Codes. The query uses the index
// link_codes_folded and then primary keys.
func (s SQLCodes) Codes(ctx context.Context, folds []string) ([]Code, error) {
	type row struct {
		PartnerID id.UUID `db:"partner_id"`
		Code      string  `db:"link_code"`
		Blocked   bool    `db:"is_blocked"`
		Programme string  `db:"programme"`
		Status    string  `db:"status"`
	}
	return db.AllAs(ctx, s.db, func(r row) (Code, error) {
		return Code{
			Code:      linkcode.Code{Text: r.Code, Affiliate: r.Programme == partner.Affiliate},
			PartnerID: r.PartnerID, Blocked: r.Blocked || r.Status != partner.Active,
		}, nil
	}, `SELECT k.partner_id, k.link_code, k.is_blocked, p.programme, p.status FROM link_codes c
		JOIN partner_links k ON k.partner_id = c.partner_id AND k.link_code = c.link_code
		JOIN partners p ON p.partner_id = c.partner_id WHERE c.folded @any($1) ORDER BY c.link_code`, folds)
}

// BlockedSubIDs returns the sub_ids that a partner has blocked.
func (s SQLCodes) BlockedSubIDs(ctx context.Context, partnerID id.UUID) ([]string, error) {
	return db.All[string](ctx, s.db, `SELECT sub_id FROM sub_publishers WHERE partner_id = $1`, partnerID)
}
