package sqldb

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

var rewardColumns = db.Columns(`partner_id, server, ticket, part, client_account, kind, fact_id, client_uid, account_type, platform,
	symbol, instrument, side, lots_e8, open_at, close_at, open_price_e10, close_price_e10, open_spread_e4, close_spread_e4,
	commission_e6, swap_e6, profit_e6, reward_day, volume_lots_e8, volume_usd_e4, reward_usd_e6, reward_e6, currency,
	formula_code, formula_by_instrument, plan_id, level, cent, percent_e4, bonus_k_e4, instrument_group, base_currency, quote_currency,
	contract_size_e4, point_size_e10, avg_spread_e4, quote_rate_e12, account_rate_e12, amount_per_lot_e6, min_order_life, cap_usd_e6, limited_by, rebate_row`)

func scanReward(rows db.Rows) (*reward.Reward, error) {
	r := &reward.Reward{}
	o, t, res := &r.Order, &r.Terms, &r.Result
	var opened, closed, day int64
	var openSpread, closeSpread, capUSD, rebateRow *int64
	err := rows.Scan(&r.PartnerID, &o.Server, &o.Ticket, &o.Part, &o.ClientAccount, (*int)(&r.Kind), &r.FactID, &r.ClientUID, &r.AccountType, &r.Platform,
		&o.Symbol, &t.Instrument, &o.Side, (*int64)(&o.Lots), &opened, &closed, (*int64)(&o.OpenPrice), (*int64)(&o.ClosePrice), &openSpread, &closeSpread,
		(*int64)(&o.Commission), (*int64)(&o.Swap), (*int64)(&o.Profit), &day,
		(*int64)(&res.VolumeLots), (*int64)(&res.VolumeUSD), (*int64)(&res.RewardUSD), (*int64)(&res.Reward), &t.Currency,
		(*string)(&t.Formula), &t.FormulaByInstrument, &t.PlanID, &t.Level, &t.Cent, (*int64)(&t.Percent), (*int64)(&t.BonusK), &t.Group, &t.BaseCurrency, &t.QuoteCurrency,
		(*int64)(&t.ContractSize), (*int64)(&t.PointSize), (*int64)(&t.AvgSpread), (*int64)(&t.QuoteRate), (*int64)(&t.AccountRate),
		(*int64)(&t.AmountPerLot), &t.MinOrderLife, &capUSD, &res.LimitedBy, &rebateRow)
	o.OpenTime, o.CloseTime, r.Day = db.Instant(opened), db.Instant(closed), clock.Day(day)
	o.OpenSpread, o.CloseSpread = (*money.Spread)(openSpread), (*money.Spread)(closeSpread)
	t.Cap = (*money.Amount)(capUSD)
	if rebateRow != nil {
		r.RebateRow = *rebateRow
	}
	return r, err
}

func rewardValues(r *reward.Reward, dst []any) {
	o, t, res := &r.Order, &r.Terms, &r.Result
	dst = append(dst[:0], r.PartnerID, o.Server, o.Ticket, int64(o.Part), o.ClientAccount, int64(r.Kind), r.FactID, r.ClientUID, r.AccountType, r.Platform,
		o.Symbol, t.Instrument, o.Side, int64(o.Lots), db.Micros(o.OpenTime), db.Micros(o.CloseTime), int64(o.OpenPrice), int64(o.ClosePrice),
		(*int64)(o.OpenSpread), (*int64)(o.CloseSpread), int64(o.Commission), int64(o.Swap), int64(o.Profit), int64(r.Day))
	dst = append(dst, int64(res.VolumeLots), int64(res.VolumeUSD), int64(res.RewardUSD), int64(res.Reward), t.Currency,
		string(t.Formula), t.FormulaByInstrument, t.PlanID, t.Level, t.Cent, int64(t.Percent), int64(t.BonusK), t.Group, t.BaseCurrency, t.QuoteCurrency,
		int64(t.ContractSize), int64(t.PointSize), int64(t.AvgSpread), int64(t.QuoteRate), int64(t.AccountRate), int64(t.AmountPerLot),
		t.MinOrderLife, (*int64)(t.Cap), res.LimitedBy, db.NumberOrNull(r.RebateRow))
	_ = dst
}

// AccountRewards implements accrual.Tx. Plan: index rewards_account.
func (tx booksTx) AccountRewards(ctx context.Context, partnerID id.UUID, clientAccount string, from time.Time) ([]*reward.Reward, error) {
	return db.Collect(ctx, tx.q, scanReward, `SELECT `+db.Prefixed("r", rewardColumns)+` FROM rewards r
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
