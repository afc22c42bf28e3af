package report

import (
	"math/big"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// orderFormula shows an order with every input of its reward, from which the
// reward can be recomputed to the last digit.
var orderFormula = Definition{
	ID: "order_formula", Path: "/api/reports/orders/{formula_code}/{order_id}/", Title: "Formula of an order",
	Description: "Returns every input of the formula that computed an order's reward. The path names the formula of the order, and the order itself as `server:ticket`, or as `server:ticket-part` for a later part. The path of another formula returns 404.",
	Source: Source{
		Table: rewardRows.Table, Join: rewardRows.Join, Key: rewardRows.Key, Where: "t.kind = 0", Index: "reward_rows_ticket",
	},
	Single: true,
	Columns: []Column{
		{Name: "order_id", Format: OrderID, SQL: "w.server" + wireOrderID},
		{Name: "symbol", Format: Text, SQL: "w.symbol"},
		{Name: "formula_code", Format: Text, SQL: "w.formula_code"},
		{Name: "volume_lots", Format: exactDecimal(money.LotsPlaces + 2), Derive: volumeLots},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4"},
		{Name: "reward_usd", Format: MoneyExact, SQL: "t.reward_usd_e6"},
		{Name: "reward", Format: MoneyExact, SQL: "coalesce(t.reward_e6, t.reward_usd_e6)"},
		{Name: "currency", Format: Text, SQL: "w.currency"},
		{Name: "open_spread", Format: spread, SQL: "coalesce(t.open_spread_e4, w.avg_spread_e4)", About: aboutSpread},
		{Name: "close_spread", Format: spread, SQL: "coalesce(t.close_spread_e4, w.avg_spread_e4)", About: aboutSpread},
		{Name: "avg_spread", Format: spread, SQL: "w.avg_spread_e4", About: "Average spread of the instrument, in points."},
		{Name: "open_date", Format: DateTime, SQL: "t.open_at"},
		{Name: "close_date", Format: DateTime, SQL: "t.close_at"},
		{Name: "base_currency", Format: Text, SQL: "w.base_currency"},
		{Name: "client_account_type", Format: Text, SQL: "w.account_type"},
		{Name: "reward_percentage", Format: exactDecimal(money.PercentPlaces), SQL: "w.percent_e4", About: "Share of the spread that the partner's level gets, in percent."},
		{Name: "bonus_k", Format: exactDecimal(money.PercentPlaces), SQL: "w.bonus_k_e4"},
		{Name: "contract_size", Format: exactDecimal(money.ContractPlaces), SQL: "w.contract_size_e4"},
		{Name: "point_size", Format: PointSize, SQL: "w.point_size_e10"},
		{Name: "point_cost", Format: exactDecimal(money.ContractPlaces + money.PricePlaces), Derive: pointCost, About: "Value of one point of one lot in the quote currency: contract_size x point_size."},
		{Name: "point_cost_currency", Format: Text, SQL: "w.quote_currency"},
		{Name: "reward_qty", Format: MoneyExact, Derive: rewardQuantity, Nullable: true, About: "Reward in the quote currency. Null when the rate of that currency is unknown and the formula did not need it."},
		{Name: "reward_qty_currency", Format: Text, SQL: "w.quote_currency"},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount},
		{Name: "quote_rate_usd", Format: exactDecimal(money.RatePlaces), SQL: "w.quote_rate_e12", About: "USD for one unit of the quote currency, as used for this reward."},
		{Name: "account_rate", Format: exactDecimal(money.RatePlaces), SQL: "w.account_rate_e12", About: "USD for one unit of the currency that the field `currency` names, as used for this reward."},
		{Name: "amount_per_lot", Format: exactDecimal(money.AmountPlaces), SQL: "w.amount_per_lot_e6", About: "Reward for one lot in USD. Only formula_ecn uses it."},
		{Name: "plan", Format: UUID, SQL: "w.plan_id"},
		{Name: "level", Format: Text, SQL: "w.level"},
		{Name: "lots", Format: Lots, SQL: "t.lots_e8", Hidden: true},
		{Name: "cent", Format: Boolean, SQL: "w.cent", Hidden: true},
		{Name: "outcome", Format: Text, SQL: reward.OutcomeSQL, Choices: outcomes(), About: aboutOutcome},
		{
			Name: "limited_by", Format: Text, SQL: "NULLIF(t.limited_by, '')", Nullable: true,
			About: "Why the reward is less than the result of the formula: capped if a limit of the plan reduced it, or the reason why the reward is 0. Null if it is not less.",
		},
		{
			Name: "exact_usd", Format: exactDecimal(money.AmountPlaces), Derive: exactUSD,
			About: "Result of the formula in USD with all its digits, before any limit. It is rounded half to even to the 6 places of reward_usd.",
		},
		{Name: "min_order_life_seconds", Format: Integer, SQL: "w.min_order_life", About: "Number of seconds that an order must be open under the plan to earn a reward. 0 if the plan has no minimum."},
		{Name: "cap_per_order_usd", Format: exactDecimal(money.AmountPlaces), SQL: "w.cap_usd_e6", Nullable: true, About: "The most that the plan pays for one order, in USD. Null when it has no cap."},
	},
}

const aboutSpread = "Spread in points. The instrument's average spread when the broker reported none."

var spread = exactDecimal(money.SpreadPlaces)

// hundred is 100 %. Percentages and the lots of cent accounts are divided by
// it.
const hundred = money.Percent(100 * 10_000)

// volumeLots returns the lots from which the reward is computed. One lot of a
// cent account is 0.01 lots.
func volumeLots(r *Row) string {
	places := money.LotsPlaces
	if r.True("cent") {
		places += 2
	}
	return money.Format(r.Int("lots"), places)
}

// pointCost returns the value of a point. It can have 14 decimal places, so it
// does not always fit into an int64.
func pointCost(r *Row) string {
	product := new(big.Int).Mul(big.NewInt(r.Int("contract_size")), big.NewInt(r.Int("point_size")))
	places := money.ContractPlaces + money.PricePlaces
	ten, rest := big.NewInt(10), new(big.Int)
	for places > 0 {
		quotient, _ := new(big.Int).QuoRem(product, ten, rest)
		if rest.Sign() != 0 {
			break
		}
		product, places = quotient, places-1
	}
	if product.IsInt64() {
		return money.Format(product.Int64(), places)
	}
	return new(big.Rat).SetFrac(product, new(big.Int).Exp(ten, big.NewInt(int64(places)), nil)).FloatString(places)
}

// exactUSD returns the result of the formula in USD, with all its digits.
func exactUSD(r *Row) string {
	open, closing := money.Spread(r.Int("open_spread")), money.Spread(r.Int("close_spread"))
	exact := reward.ExactUSD(&feed.Order{Lots: money.Lots(r.Int("lots")), OpenSpread: &open, CloseSpread: &closing}, &reward.Terms{
		Formula: reward.Formula(r.Text("formula_code")), Percent: money.Percent(r.Int("reward_percentage")), BonusK: money.Percent(r.Int("bonus_k")),
		Cent: r.True("cent"), ContractSize: money.Contract(r.Int("contract_size")), PointSize: money.Price(r.Int("point_size")),
		AvgSpread: money.Spread(r.Int("avg_spread")), QuoteRate: money.Rate(r.Int("quote_rate_usd")), AmountPerLot: money.Amount(r.Int("amount_per_lot")),
	})
	return exact.Decimal()
}

// rewardQuantity returns the reward in the quote currency, computed from the
// inputs and rounded once. If the reward is limited, it returns the limited
// reward.
func rewardQuantity(r *Row) string {
	rate := money.Rate(r.Int("quote_rate_usd"))
	formula := reward.Formula(r.Text("formula_code"))
	limited := r.Text("limited_by") != ""
	if rate == 0 && (limited || formula == reward.ECN) {
		return ""
	}
	lots := money.Of(money.Lots(r.Int("lots")))
	if r.True("cent") {
		lots = money.Over(lots, hundred)
	}
	var quantity money.Exact
	switch {
	case limited:
		quantity = money.Over(money.Of(money.Amount(r.Int("reward_usd"))), rate)
	case formula == reward.ECN:
		quantity = money.Over(money.Mul(lots, money.Of(money.Amount(r.Int("amount_per_lot")))), rate)
	default:
		quantity = money.Over(money.Mul(lots, money.Of(money.Contract(r.Int("contract_size"))), money.Of(money.Price(r.Int("point_size"))),
			money.Of(spreads(formula, r)), money.Of(money.Percent(r.Int("reward_percentage"))), money.Of(money.Percent(r.Int("bonus_k")))), 2*hundred)
	}
	amount, err := money.Round[money.Amount](quantity)
	if err != nil {
		return "" // cannot happen, because no reward is this large
	}
	return money.FormatFixed(int64(amount), money.AmountPlaces)
}

// spreads returns twice the spread that the formula uses.
func spreads(formula reward.Formula, r *Row) money.Spread {
	switch formula {
	case reward.Classic:
		return money.Spread(2 * r.Int("open_spread"))
	case reward.InstitutionalAvg:
		return money.Spread(2 * r.Int("avg_spread"))
	default:
		return money.Spread(r.Int("open_spread") + r.Int("close_spread"))
	}
}
