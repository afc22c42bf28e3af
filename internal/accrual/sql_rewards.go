package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// AccountRewards returns an account's complete rewards of orders that closed at
// or after from. Plan: index rewards_account.
func (tx SQLTx) AccountRewards(ctx context.Context, partnerID id.UUID, clientAccount string, from time.Time) ([]*reward.Reward, error) {
	return db.Collect(ctx, tx.q, reward.ScanRow, `SELECT `+db.Prefixed("r", reward.RowColumns)+` FROM rewards r
		WHERE r.partner_id = $1 AND r.client_account = $2 AND (r.close_at >= $3 OR r.kind > 0) ORDER BY r.close_at, r.server, r.ticket, r.part, r.kind`,
		partnerID, clientAccount, db.Micros(from))
}

var overrideColumns = db.Columns(`partner_id, sub_partner_id, server, ticket, part, client_account, kind, depth, reward_day, percent_e4,
	base_usd_e6, amount_usd_e6, amount_e6, currency, account_rate_e12`)

var accountDayColumns = db.Columns(`partner_id, reward_day, client_account, number, client_uid, account_type, country, link_code,
	reward_rows, orders_count, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6`)

var partnerDayColumns = db.Columns(`partner_id, reward_day, account_days, reward_rows, orders_count, volume_lots_e8, volume_usd_e4,
	reward_e6, reward_usd_e6, override_usd_e6`)

var partnerTotalsColumns = db.Columns(`partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
	orders_count, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6, override_usd_e6`)

var serverDayColumns = db.Columns(`server, day, name, orders, lots_e8, expected_orders, expected_lots_e8, expected_at`)
