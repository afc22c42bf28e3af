package rebate

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// SettingsStore stores groups and the settings of accounts.
type SettingsStore struct{ db db.DB }

// NewSettingsStore returns a SettingsStore in db.
func NewSettingsStore(db db.DB) SettingsStore { return SettingsStore{db} }

// Standing returns the properties that decide whether a partner may use
// rebates. known is false if there is no such partner.
func (s SettingsStore) Standing(ctx context.Context, partnerID id.UUID) (standing Standing, known bool, err error) {
	known, err = db.Found(s.db.QueryRow(ctx, `SELECT verified, country, status FROM partners WHERE partner_id = $1`, partnerID).
		Scan(&standing.Verified, &standing.Country, &standing.Status))
	return standing, known, err
}

// Change runs fn in one transaction that locks the partner, because accrual
// reads the settings and writes rebate_accounts under the same lock. After a
// conflict, Change runs fn again.
func (s SettingsStore) Change(ctx context.Context, partnerID id.UUID, fn func(context.Context, SettingsTx) error) error {
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error { return fn(ctx, SettingsTx{q, partnerID}) })
}

// SettingsTx is the transaction of one Change. It reads and writes only rows of
// one partner.
type SettingsTx struct {
	q         db.Querier
	partnerID id.UUID
}

type groupRow struct {
	PartnerID id.UUID `db:"partner_id"`
	Group
}

type termsRow struct {
	PartnerID id.UUID `db:"partner_id"`
	GroupTerms
}

var (
	groups     = db.NewTable[groupRow]("rebate_groups")
	groupTerms = db.NewTable[termsRow]("rebate_group_terms")
)

// Groups returns the partner's groups in the order in which they were created.
// The query uses a prefix of the primary key.
func (tx SettingsTx) Groups(ctx context.Context) ([]Group, error) {
	return db.All[Group](ctx, tx.q, `SELECT `+db.List("g", db.ColumnsOf[Group]())+` FROM rebate_groups g
		WHERE g.partner_id = $1 AND g.deleted_at IS NULL ORDER BY g.group_id`, tx.partnerID)
}

// HasLink reports whether the partner has a link with this code.
func (tx SettingsTx) HasLink(ctx context.Context, code string) (bool, error) {
	var one int
	return db.Found(tx.q.QueryRow(ctx, `SELECT 1 FROM partner_links WHERE partner_id = $1 AND link_code = $2`, tx.partnerID, code).Scan(&one))
}

// Number returns a new number for a group. It returns NotFound if there is no
// such partner.
func (tx SettingsTx) Number(ctx context.Context) (int64, error) {
	n, err := partner.TakeNumbers(ctx, tx.q, tx.partnerID, 1)
	if errors.Is(err, db.ErrNoRows) {
		return 0, fault.New(fault.NotFound)
	}
	return n, err
}

// SaveGroup saves a new or existing group with its current settings.
func (tx SettingsTx) SaveGroup(ctx context.Context, g *Group) error {
	return groups.InsertOn(ctx, tx.q, groups.Replacing("partner_id, group_id", "created_at"), groupRow{tx.partnerID, *g})
}

// DropGroup deletes a group. Its accounts then have no group of their own. The
// accounts' past terms still name the group, which does no harm, because
// InForce ignores a group after its deletion.
func (tx SettingsTx) DropGroup(ctx context.Context, groupID int64, at time.Time) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebate_groups SET deleted_at = $3, is_default = $4, link_code = '' WHERE partner_id = $1 AND group_id = $2`,
		tx.partnerID, groupID, db.Micros(at), false)
	if err != nil {
		return err
	}
	_, err = tx.q.Exec(ctx, `UPDATE rebate_accounts SET group_id = NULL WHERE partner_id = $1 AND group_id = $2`, tx.partnerID, groupID)
	return err
}

// Append stores the terms of a group from a given time onwards. If two changes
// have the same time, the later change replaces the earlier one.
func (tx SettingsTx) Append(ctx context.Context, terms *GroupTerms) error {
	return groupTerms.InsertOn(ctx, tx.q, groupTerms.Replacing("partner_id, group_id, from_at"), termsRow{tx.partnerID, *terms})
}
