package reward

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
)

// Revenue returns what the broker earned on an order, in USD, before rounding.
// This is the product of the formula without the partner's share and without
// bonus_k. For formula_ecn on an account in USD it is the order's commission. If
// the order has no commission, or one in another currency, it is the amount per lot
// for a share of 100 percent. The sign of the commission does not matter, because
// some trading servers report it as a charge and some as an income.
func Revenue(o *feed.Order, t *Terms) money.Exact {
	lots := volumeLots(o.Lots, t.Cent)
	switch {
	case t.Formula != ECN:
		product := money.Mul(lots, money.Of(t.ContractSize), money.Of(t.PointSize), money.Of(spreadSum(o, t)), money.Of(t.QuoteRate))
		return money.Over(product, money.Percent(2_0000))
	case t.USDCommission && o.Commission != 0:
		return money.Of(max(o.Commission, -o.Commission))
	default:
		return money.Over(money.Mul(lots, money.Of(t.AmountPerLot), money.Of(hundred)), t.Percent)
	}
}

// PayoutLimit returns the most that all partners together earn from an order, in
// USD: Terms.MaxPayout percent of the broker's revenue, cut to 6 places. The
// result limited is false if the plan has no such limit.
func PayoutLimit(o *feed.Order, t *Terms) (most money.Amount, limited bool, err error) {
	if t.MaxPayout == 0 {
		return 0, false, nil
	}
	most, err = money.Cut[money.Amount](money.Over(money.Mul(Revenue(o, t), money.Of(t.MaxPayout)), hundred))
	if err != nil {
		return 0, false, fmt.Errorf("computing the limit of all partners: %w", err)
	}
	return most, true, nil
}

// OverridesOf returns what the partners above earn from a reward in USD, the
// partner directly above first. Each override is a percentage of the reward,
// rounded half to even. Overrides that do not fit into the PayoutLimit of the
// order are reduced, the last ones first.
func OverridesOf(plan *Plan, o *feed.Order, t *Terms, rewardUSD money.Amount) ([]money.Amount, error) {
	rest, limited, err := PayoutLimit(o, t)
	if err != nil {
		return nil, err
	}
	rest -= rewardUSD
	out := make([]money.Amount, len(plan.OverridePercents))
	for i, percent := range plan.OverridePercents {
		if out[i], err = Share(rewardUSD, percent); err != nil {
			return nil, err
		}
		if limited {
			out[i] = min(out[i], max(rest, 0))
			rest -= out[i]
		}
	}
	return out, nil
}
