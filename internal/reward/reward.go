package reward

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Kind numbers the rewards of one order. The order's own reward is 0, its first
// reversal is 1, the reinstatement after it is 2, the next reversal is 3, and
// so on.
type Kind int

// These are the first kinds of rewards.
const (
	ForOrder         Kind = 0
	ForReversal      Kind = 1 // cancels the order's reward; has the same terms, but no volume
	ForReinstatement Kind = 2 // cancels the first reversal
)

// Reverses reports whether a reward of this kind is a reversal.
func (k Kind) Reverses() bool { return k%2 == ForReversal }

// Sign returns -1 for a reversal, otherwise 1.
func (k Kind) Sign() money.Amount {
	if k.Reverses() {
		return -1
	}
	return 1
}

// Reward is the amount that an order, a reversal or a reinstatement earned,
// with all inputs from which it was computed.
type Reward struct {
	PartnerID   id.UUID    `db:"partner_id"`
	Kind        Kind       `db:"kind"`
	FactID      string     `db:"fact_id"`
	Order       feed.Order `db:",inline"`
	Account     int64      `db:"account"` // number of the order's account
	ClientUID   id.UUID    `db:"client_uid"`
	AccountType string     `db:"account_type"` // account type in force at the close
	Platform    string     `db:"platform"`
	Day         clock.Day  `db:"reward_day"` // day of the close, the reversal or the reinstatement, in the programme's time zone
	Terms       Terms      `db:",inline"`
	Result      Result     `db:",inline"`
	RebateRow   int64      `db:"rebate_row,null"` // number of the rebate row that includes the reward; 0 if there is none
	BookedAt    time.Time  `db:"booked_at,null"`  // when the reward was booked; zero if it was booked when its fact arrived
}

// ErrDiffers means that a stored reward differs from the reward that its stored
// inputs give.
var ErrDiffers = errors.New("the stored reward differs from its recomputation")

// Check recomputes an order's reward from its stored inputs. It returns
// ErrDiffers if the result differs.
func (r *Reward) Check() error {
	want, err := r.ComputeWith(&r.Terms)
	if err != nil {
		return fmt.Errorf("recomputing: %w", err)
	}
	if want != r.Result {
		return fmt.Errorf("%w: stored %+v, recomputed %+v", ErrDiffers, r.Result, want)
	}
	return nil
}

// ComputeWith returns the result of the reward's order under other terms.
func (r *Reward) ComputeWith(t *Terms) (Result, error) {
	result, err := Compute(&r.Order, t)
	if err == nil && r.PartnerID == id.Nil {
		result = result.ForHouse()
	}
	return result, err
}

// Under returns the terms and the result of the reward's order under another plan
// and level, for an account with this owner. The order keeps its account type,
// instrument and rates. Under returns a NoFormulaError if the plan has no formula for
// the order.
func (r *Reward) Under(plan *Plan, level string, whose Whose) (Terms, Result, error) {
	t := &r.Terms
	terms, err := NewTerms(Context{
		Plan: plan, Whose: whose, Level: level, AccountType: r.AccountType, Instrument: t.Traded(), Day: r.Day,
		QuoteRate: t.QuoteRate, AccountRate: t.AccountRate, Currency: t.Currency,
	})
	if err != nil {
		return Terms{}, Result{}, err
	}
	result, err := r.ComputeWith(&terms)
	return terms, result, err
}

// ForHouse returns the result for a client of the programme itself (the house).
// It has the volume of r but no reward.
func (r Result) ForHouse() Result {
	r.Reward, r.RewardUSD, r.LimitedBy = 0, 0, LimitedByHouse
	return r
}

// Adds returns the amounts that the reward adds to the sums of its day,
// account, client and partner.
func (r *Reward) Adds() attribution.Totals {
	t := attribution.Totals{
		VolumeLots: r.Result.VolumeLots, VolumeUSD: r.Result.VolumeUSD, Reward: r.Result.Reward, RewardUSD: r.Result.RewardUSD,
	}
	if r.Kind == ForOrder {
		t.Orders = 1
	}
	return t
}

// Changed returns the result of a reversal or a reinstatement of the order. Its
// volume is zero, because the client traded the volume only once.
func (r Result) Changed(kind Kind) Result {
	return Result{RewardUSD: kind.Sign() * r.RewardUSD, Reward: kind.Sign() * r.Reward, LimitedBy: r.LimitedBy}
}

// Override is the amount that a parent earns from an order of a sub-partner's
// client.
type Override struct {
	PartnerID    id.UUID       `db:"partner_id"` // parent who earns the override
	SubPartnerID id.UUID       `db:"sub_partner_id"`
	Key          feed.OrderKey `db:",inline"`
	Kind         Kind          `db:"kind"`
	Depth        int           `db:"depth"` // 1 for the parent of the sub-partner, 2 for the parent's parent, and so on
	Day          clock.Day     `db:"reward_day"`
	Percent      money.Percent `db:"percent_e4"`
	BaseUSD      money.Amount  `db:"base_usd_e6"` // the sub-partner's reward, of which the override is a percentage
	AmountUSD    money.Amount  `db:"amount_usd_e6"`
	Amount       money.Amount  `db:"amount_e6"` // in Currency
	Currency     string        `db:"currency"`
	AccountRate  money.Rate    `db:"account_rate_e12"`
}
