package click

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// SQLCodes implements Codes.
type SQLCodes struct{ db db.DB }

// NewSQLCodes returns a SQLCodes on the programme's database.
func NewSQLCodes(db db.DB) SQLCodes { return SQLCodes{db} }

// Codes returns the codes with these folds: see linkcode.Fold. Plan: index
// link_codes_folded, then primary keys.
func (s SQLCodes) Codes(ctx context.Context, folds []string) ([]Code, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (c Code, err error) {
		var programme, status string
		err = rows.Scan(&c.PartnerID, &c.Text, &c.Blocked, &programme, &status)
		c.Affiliate = programme == partner.Affiliate
		c.Blocked = c.Blocked || status != partner.Active
		return c, err
	}, `SELECT k.partner_id, k.link_code, k.is_blocked, p.programme, p.status FROM link_codes c
		JOIN partner_links k ON k.partner_id = c.partner_id AND k.link_code = c.link_code
		JOIN partners p ON p.partner_id = c.partner_id WHERE c.folded @any($1) ORDER BY c.link_code`, folds)
}

// BlockedSubIDs returns the sub_ids that the partner has blocked. Plan: the
// primary key's prefix.
func (s SQLCodes) BlockedSubIDs(ctx context.Context, partnerID id.UUID) ([]string, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (sub string, err error) {
		err = rows.Scan(&sub)
		return sub, err
	}, `SELECT sub_id FROM sub_publishers WHERE partner_id = $1`, partnerID)
}
