package sqldb

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/rebate"
)

// RebateSettings implements rebate.SettingsStore.
type RebateSettings struct{ db db.DB }

var _ rebate.SettingsStore = RebateSettings{}

// NewRebateSettings keeps settings in db.
func NewRebateSettings(db db.DB) RebateSettings { return RebateSettings{db} }

// Standing implements rebate.SettingsStore. Plan: the primary key.
func (s RebateSettings) Standing(ctx context.Context, partnerID id.UUID) (standing rebate.Standing, known bool, err error) {
	known, err = db.Found(s.db.QueryRow(ctx, `SELECT verified, country, status FROM partners WHERE partner_id = $1`, partnerID).
		Scan(&standing.Verified, &standing.Country, &standing.Status))
	return standing, known, err
}

// Change implements rebate.SettingsStore: accrual reads settings, and writes
// rebate_accounts, under the same lock.
func (s RebateSettings) Change(ctx context.Context, partnerID id.UUID, fn func(context.Context, rebate.SettingsTx) error) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, rebateSettingsTx{q, partnerID}) })
}

// rebateSettingsTx implements rebate.SettingsTx.
type rebateSettingsTx struct {
	q         db.Querier
	partnerID id.UUID
}

var rebateGroupColumns = db.Columns(`partner_id, group_id, title, group_type, percent_e4, period, period_value, is_default, link_code, created_at`)

// Groups implements rebate.SettingsTx. Plan: the primary key's prefix.
func (tx rebateSettingsTx) Groups(ctx context.Context) ([]rebate.Group, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (g rebate.Group, err error) {
		var created int64
		err = rows.Scan(&g.ID, &g.Title, (*string)(&g.Type), (*int64)(&g.Percent), (*string)(&g.Period), &g.Value, &g.IsDefault, &g.LinkCode, &created)
		g.CreatedAt = db.Instant(created)
		return g, err
	}, `SELECT `+db.Prefixed("g", rebateGroupColumns[1:])+` FROM rebate_groups g WHERE g.partner_id = $1 AND g.deleted_at IS NULL ORDER BY g.group_id`, tx.partnerID)
}

// HasLink implements rebate.SettingsTx. Plan: the primary key.
func (tx rebateSettingsTx) HasLink(ctx context.Context, code string) (bool, error) {
	var one int
	return db.Found(tx.q.QueryRow(ctx, `SELECT 1 FROM partner_links WHERE partner_id = $1 AND link_code = $2`, tx.partnerID, code).Scan(&one))
}

// Number implements rebate.SettingsTx.
func (tx rebateSettingsTx) Number(ctx context.Context) (int64, error) {
	n, err := takeNumbers(ctx, tx.q, tx.partnerID, 1)
	if errors.Is(err, db.ErrNoRows) {
		return 0, fault.New(fault.NotFound)
	}
	return n, err
}

// SaveGroup implements rebate.SettingsTx.
func (tx rebateSettingsTx) SaveGroup(ctx context.Context, g *rebate.Group) error {
	conflict := db.Replacing("partner_id, group_id", rebateGroupColumns, "created_at")
	return db.Insert(ctx, tx.q, "rebate_groups", rebateGroupColumns, conflict, []*rebate.Group{g}, func(g *rebate.Group, dst []any) {
		copy(dst, []any{
			tx.partnerID, g.ID, g.Title, string(g.Type), int64(g.Percent), string(g.Period), int64(g.Value), g.IsDefault, g.LinkCode, db.Micros(g.CreatedAt),
		})
	})
}

// DropGroup implements rebate.SettingsTx. Plan: the primary key, and for its
// accounts the index rebate_accounts_group. What accounts' terms say of the
// group stays: a group that is not there any more has no accounts.
func (tx rebateSettingsTx) DropGroup(ctx context.Context, groupID int64, at time.Time) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebate_groups SET deleted_at = $3, is_default = $4, link_code = '' WHERE partner_id = $1 AND group_id = $2`,
		tx.partnerID, groupID, db.Micros(at), false)
	if err != nil {
		return err
	}
	_, err = tx.q.Exec(ctx, `UPDATE rebate_accounts SET group_id = NULL WHERE partner_id = $1 AND group_id = $2`, tx.partnerID, groupID)
	return err
}

var rebateGroupTermsColumns = db.Columns(`partner_id, group_id, from_at, percent_e4, period, period_value, is_default, link_code, is_deleted`)

// Append implements rebate.SettingsTx. Of two changes within a microsecond the later one counts.
func (tx rebateSettingsTx) Append(ctx context.Context, terms *rebate.GroupTerms) error {
	conflict := db.Replacing("partner_id, group_id, from_at", rebateGroupTermsColumns)
	return db.Insert(ctx, tx.q, "rebate_group_terms", rebateGroupTermsColumns, conflict, []*rebate.GroupTerms{terms}, func(t *rebate.GroupTerms, dst []any) {
		copy(dst, []any{
			tx.partnerID, t.GroupID, db.Micros(t.From), int64(t.Percent), string(t.Period), int64(t.Value), t.IsDefault, t.LinkCode, t.Deleted,
		})
	})
}
