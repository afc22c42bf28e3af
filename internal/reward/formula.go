package reward

import (
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Formula is the code of a formula. docs/rewards.md describes the formulas.
type Formula string

// These are the formulas.
const (
	ClassicV2        Formula = "formula_classic_v2"        // average of the spreads at the open and at the close
	Classic          Formula = "formula_classic"           // only the spread at the open, for orders that closed by 2017-12-22
	InstitutionalAvg Formula = "formula_institutional_avg" // the instrument's average spread
	Forex            Formula = "formula_forex"             // for forex and metals, on account types that have no other formula
	CFD              Formula = "formula_cfd"               // for all other groups, on account types that have no other formula
	ECN              Formula = "formula_ecn"               // a fixed amount per lot
)

func (f Formula) known() bool { return slices.Contains(feed.Formulas, string(f)) }

// Terms holds all inputs of an order's reward except the order itself. They are
// the values in force when the order closed. They are stored with the reward,
// so that it can be recomputed.
type Terms struct {
	Formula Formula `db:"formula_code"`
	// FormulaByInstrument says whether the formula was selected by the instrument
	// instead of by the plan.
	FormulaByInstrument bool           `db:"formula_by_instrument"`
	PlanID              id.UUID        `db:"plan_id"`
	Line                int            `db:"plan_line,null"` // position of the plan's line that applied, from 1; 0 if none applied
	Level               string         `db:"level"`
	Percent             money.Percent  `db:"percent_e4"` // share of the spread that the partner's level gives, in percent
	BonusK              money.Percent  `db:"bonus_k_e4"`
	Cent                bool           `db:"cent"` // whether the account's lots are hundredths of a lot
	Instrument          string         `db:"instrument"`
	Group               string         `db:"instrument_group"`
	BaseCurrency        string         `db:"base_currency"`
	QuoteCurrency       string         `db:"quote_currency"`
	ContractSize        money.Contract `db:"contract_size_e4"`
	PointSize           money.Price    `db:"point_size_e10"`
	AvgSpread           money.Spread   `db:"avg_spread_e4"`
	QuoteRate           money.Rate     `db:"quote_rate_e12"`    // value of one unit of the quote currency in USD
	Currency            string         `db:"currency"`          // currency of the partner's wallet account
	AccountRate         money.Rate     `db:"account_rate_e12"`  // value of one unit of Currency in USD
	AmountPerLot        money.Amount   `db:"amount_per_lot_e6"` // for formula_ecn, in USD
	MinOrderLife        int64          `db:"min_order_life"`    // in seconds
	Cap                 *money.Amount  `db:"cap_usd_e6"`
	// USDCommission says whether the broker's revenue is the order's commission. It is
	// set only if MaxPayout is.
	USDCommission bool          `db:"usd_commission"`
	MaxPayout     money.Percent `db:"max_payout_e4,null"` // limit of all partners together, in percent of the broker's revenue; 0 if there is none
}

// Result is the volume and the reward of an order.
type Result struct {
	VolumeLots money.Lots   `db:"volume_lots_e8"` // the order's lots; on cent accounts, the order's lots divided by 100
	VolumeUSD  money.Volume `db:"volume_usd_e4"`  // value of the order at the close price
	RewardUSD  money.Amount `db:"reward_usd_e6"`  // reward in USD, rounded once, half to even
	Reward     money.Amount `db:"reward_e6"`      // RewardUSD converted to Terms.Currency, rounded half to even
	LimitedBy  string       `db:"limited_by"`     // why the reward is 0, or LimitedByCap; empty if nothing reduced it
}

// maxVolume and maxReward are the limits of one order. Sums of many orders have
// their own limits; see attribution.Totals.
const (
	maxVolume = money.Volume(100_000_000_000 * 10_000)
	maxReward = money.Amount(1_000_000_000 * 1_000_000)
)

// Context holds the values that are known at an order's close. NewTerms selects
// the formula from them.
type Context struct {
	Plan        *Plan
	Whose       Whose
	Level       string // the partner's level on the day of the close; empty means the plan's first level
	AccountType string
	Instrument  *feed.Instrument
	Day         clock.Day // day of the close in the programme's time zone
	QuoteRate   money.Rate
	AccountRate money.Rate
	Currency    string // currency of the partner's wallet account
}

// NewTerms selects the formula and returns all terms of a reward. It returns a
// NoFormulaError if the plan has no formula for the order.
func NewTerms(c Context) (Terms, error) {
	in := c.Instrument
	position, line := c.Plan.line(c.AccountType, in.Group, c.Whose)
	formula := Formula(in.Formula)
	if formula == "" && position == 0 {
		return Terms{}, &NoFormulaError{c.Plan.whyNoFormula(c.AccountType), c.AccountType, in.Group}
	}
	if formula == "" {
		formula = c.Plan.formulaAt(line, c.Day)
	}
	terms := Terms{
		Formula: formula, FormulaByInstrument: in.Formula != "", PlanID: c.Plan.ID, Line: position, Cent: c.Plan.Cent(c.AccountType),
		Instrument: in.Symbol, Group: in.Group, BaseCurrency: in.BaseCurrency, QuoteCurrency: in.QuoteCurrency,
		ContractSize: in.ContractSize, PointSize: in.PointSize, AvgSpread: in.AvgSpread,
		QuoteRate: c.QuoteRate, Currency: c.Currency, AccountRate: c.AccountRate,
	}
	terms.USDCommission = formula == ECN && c.Plan.MaxPayoutPercent != 0 && c.Whose.Currency == USD
	err := terms.setFigures(c.Plan, c.Plan.Level(c.Level))
	return terms, err
}

// Traded returns the version of the instrument from which the terms were
// created.
func (t *Terms) Traded() *feed.Instrument {
	in := &feed.Instrument{
		Symbol: t.Instrument, Group: t.Group, BaseCurrency: t.BaseCurrency, QuoteCurrency: t.QuoteCurrency,
		ContractSize: t.ContractSize, PointSize: t.PointSize, AvgSpread: t.AvgSpread,
	}
	if t.FormulaByInstrument {
		in.Formula = string(t.Formula)
	}
	return in
}

// Compute returns the volume and the reward of an order under its terms. It
// returns money.ErrTooLarge if one of them is above the limit of one order.
func Compute(o *feed.Order, t *Terms) (Result, error) {
	lots := volumeLots(o.Lots, t.Cent)
	volumeLots, err := money.Round[money.Lots](lots)
	if err != nil {
		return Result{}, fmt.Errorf("volume_lots: %w", err)
	}
	volume, err := money.Round[money.Volume](money.Mul(lots, money.Of(t.ContractSize), money.Of(o.ClosePrice), money.Of(t.QuoteRate)))
	if err != nil || volume > maxVolume {
		return Result{}, fmt.Errorf("volume_usd: %w", money.ErrTooLarge)
	}
	usd, err := money.Round[money.Amount](ExactUSD(o, t))
	if err != nil || usd > maxReward || usd < 0 {
		return Result{}, fmt.Errorf("reward_usd: %w", money.ErrTooLarge)
	}
	r := Result{VolumeLots: volumeLots, VolumeUSD: volume, RewardUSD: usd}
	if o.CloseTime.Sub(o.OpenTime) < time.Duration(t.MinOrderLife)*time.Second {
		r.RewardUSD, r.LimitedBy = 0, string(MinOrderLife)
	} else if t.Cap != nil && r.RewardUSD > *t.Cap {
		r.RewardUSD, r.LimitedBy = *t.Cap, LimitedByCap
	}
	if most, limited, err := PayoutLimit(o, t); err != nil {
		return Result{}, err
	} else if limited && r.RewardUSD > most {
		r.RewardUSD, r.LimitedBy = most, LimitedByCap
	}
	r.Reward, err = Convert(r.RewardUSD, t.AccountRate)
	if err != nil || r.Reward > maxReward*1_000 || r.Reward < 0 {
		return Result{}, fmt.Errorf("reward: %w", money.ErrTooLarge)
	}
	if r.Reward == 0 && r.LimitedBy == "" {
		r.LimitedBy = whyZero(o, t)
	}
	return r, nil
}

// Convert converts an amount in USD to a currency and rounds it half to even.
// rate is the value of one unit of the currency in USD.
func Convert(usd money.Amount, rate money.Rate) (money.Amount, error) {
	return money.Round[money.Amount](money.Over(money.Of(usd), rate))
}

// Share returns a percentage of an amount, rounded half to even.
func Share(amount money.Amount, percent money.Percent) (money.Amount, error) {
	return money.Round[money.Amount](money.Over(money.Mul(money.Of(amount), money.Of(percent)), hundred))
}

func volumeLots(lots money.Lots, cent bool) money.Exact {
	if cent {
		return money.Over(money.Of(lots), hundred)
	}
	return money.Of(lots)
}

// spreadSum returns twice the spread that the formula uses, in points. This is
// either the sum of the open and the close spread, or one spread times two. The
// caller multiplies this by the other factors and halves the result at the end, so
// that no precision is lost.
func spreadSum(o *feed.Order, t *Terms) money.Spread {
	open, closing := t.AvgSpread, t.AvgSpread
	if o.OpenSpread != nil {
		open = *o.OpenSpread
	}
	if o.CloseSpread != nil {
		closing = *o.CloseSpread
	}
	switch t.Formula {
	case Classic:
		return 2 * open
	case InstitutionalAvg:
		return 2 * t.AvgSpread
	default:
		return open + closing
	}
}

// exactReward returns the reward before rounding. It is in USD if the formula
// is formula_ecn, otherwise in the quote currency.
func exactReward(o *feed.Order, t *Terms) money.Exact {
	lots := volumeLots(o.Lots, t.Cent)
	if t.Formula == ECN {
		return money.Mul(lots, money.Of(t.AmountPerLot))
	}
	product := money.Mul(lots, money.Of(t.ContractSize), money.Of(t.PointSize), money.Of(spreadSum(o, t)), money.Of(t.Percent), money.Of(t.BonusK))
	return money.Over(product, 2*hundred)
}

// ExactUSD returns the result of the formula in USD, before any limit and before
// it is rounded.
func ExactUSD(o *feed.Order, t *Terms) money.Exact {
	exact := exactReward(o, t)
	if t.Formula != ECN {
		exact = money.Mul(exact, money.Of(t.QuoteRate))
	}
	return exact
}

// USD is the currency in which rewards are computed. Its rate is always 1,
// without a fact that sets it.
const (
	USD       = "USD"
	RateOfUSD = money.Rate(1_000_000_000_000)
)
