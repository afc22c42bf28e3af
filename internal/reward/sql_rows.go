package reward

import (
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/money"
)

// RowColumns are the columns of rewards.
var RowColumns = db.Columns(`partner_id, server, ticket, part, client_account, kind, fact_id, client_uid, account_type, platform,
	symbol, instrument, side, lots_e8, open_at, close_at, open_price_e10, close_price_e10, open_spread_e4, close_spread_e4,
	commission_e6, swap_e6, profit_e6, reward_day, volume_lots_e8, volume_usd_e4, reward_usd_e6, reward_e6, currency,
	formula_code, formula_by_instrument, plan_id, level, cent, percent_e4, bonus_k_e4, instrument_group, base_currency, quote_currency,
	contract_size_e4, point_size_e10, avg_spread_e4, quote_rate_e12, account_rate_e12, amount_per_lot_e6, min_order_life, cap_usd_e6, limited_by, rebate_row`)

// ScanRow reads RowColumns.
func ScanRow(rows db.Rows) (*Reward, error) {
	r := &Reward{}
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

// RowValues fills RowColumns.
func RowValues(r *Reward, dst []any) {
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
