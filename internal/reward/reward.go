package reward

import (
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Kind distinguishes an order's reward from its reversals and reinstatements.
// These alternate: the first reversal, its reinstatement, the next reversal...
type Kind int

// The first kinds of rewards.
const (
	ForOrder         Kind = 0
	ForReversal      Kind = 1 // takes the reward back: no volume, the same terms
	ForReinstatement Kind = 2 // gives it back
)

// Reverses reports whether a reward of this kind takes one back.
func (k Kind) Reverses() bool { return k%2 == ForReversal }

// Sign returns -1 for a kind that takes a reward back, else 1.
func (k Kind) Sign() money.Amount {
	if k.Reverses() {
		return -1
	}
	return 1
}

// LimitedByHouse means that no partner brought the client, so no one is paid.
const LimitedByHouse = "house"

// Reward is one closed order (or its reversal), with what it earned and
// everything that the amount depends on.
type Reward struct {
	PartnerID   id.UUID    `db:"partner_id"`
	Kind        Kind       `db:"kind"`
	FactID      string     `db:"fact_id"`
	Order       feed.Order `db:",inline"`
	ClientUID   id.UUID    `db:"client_uid"`
	AccountType string     `db:"account_type"` // in force at the close
	Platform    string     `db:"platform"`
	Day         clock.Day  `db:"reward_day"` // of the close, in the programme's time zone; for a reversal or reinstatement its own day
	Terms       Terms      `db:",inline"`
	Result      Result     `db:",inline"`
	RebateRow   int64      `db:"rebate_row,null"` // the number of the rebate row that it counts in; 0: none
}

// ErrDiffers reports a stored reward that differs from the result of its stored
// inputs.
var ErrDiffers = errors.New("the stored reward differs from its recomputation")

// Check recomputes an order's reward from its stored inputs.
func (r *Reward) Check() error {
	want, err := Compute(&r.Order, &r.Terms)
	if err != nil {
		return fmt.Errorf("recomputing: %w", err)
	}
	if r.PartnerID == id.Nil {
		want = want.ForHouse()
	}
	if want != r.Result {
		return fmt.Errorf("%w: stored %+v, recomputed %+v", ErrDiffers, r.Result, want)
	}
	return nil
}

// ForHouse returns the result for a client that no partner brought: it has the
// volume, but no reward.
func (r Result) ForHouse() Result {
	r.Reward, r.RewardUSD, r.LimitedBy = 0, 0, LimitedByHouse
	return r
}

// Adds returns what the reward adds to every rollup.
func (r *Reward) Adds() attribution.Totals {
	t := attribution.Totals{
		VolumeLots: r.Result.VolumeLots, VolumeUSD: r.Result.VolumeUSD, Reward: r.Result.Reward, RewardUSD: r.Result.RewardUSD,
	}
	if r.Kind == ForOrder {
		t.Orders = 1
	}
	return t
}

// Changed returns the result of taking an order's reward back or of giving it
// again, depending on kind. It has no volume, because the volume was traded
// only once.
func (r Result) Changed(kind Kind) Result {
	return Result{RewardUSD: kind.Sign() * r.RewardUSD, Reward: kind.Sign() * r.Reward, LimitedBy: r.LimitedBy}
}

// Override is what a parent partner earns by an order of a sub-partner's client.
type Override struct {
	PartnerID    id.UUID       `db:"partner_id"` // the beneficiary
	SubPartnerID id.UUID       `db:"sub_partner_id"`
	Key          feed.OrderKey `db:",inline"`
	Kind         Kind          `db:"kind"`
	Depth        int           `db:"depth"` // 1 for the parent
	Day          clock.Day     `db:"reward_day"`
	Percent      money.Percent `db:"percent_e4"`
	BaseUSD      money.Amount  `db:"base_usd_e6"` // the sub-partner's reward
	AmountUSD    money.Amount  `db:"amount_usd_e6"`
	Amount       money.Amount  `db:"amount_e6"` // in the beneficiary's currency
	Currency     string        `db:"currency"`
	AccountRate  money.Rate    `db:"account_rate_e12"`
}
