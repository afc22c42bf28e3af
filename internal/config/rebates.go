package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/money"
)

// Rebates holds the options that limit the rebates of partners' clients.
type Rebates struct {
	RebateMinPercent     Percent  `placeholder:"N" default:"0" help:"The smallest rebate that partners can set, in percent of the reward."`
	RebateMaxPercent     Percent  `placeholder:"N" default:"100" help:"The largest rebate that partners can set, in percent of the reward."`
	RebatesExceptCountry []string `placeholder:"CC" help:"Partners in this country (ISO 3166, two letters) cannot give rebates; may be repeated."`

	RebateExpiry time.Duration `placeholder:"DURATION" default:"720h" help:"How long a rebate waits for approval, and how long a failed payment can be retried."`
}

// Percent is a percentage from 0 to 100 with up to two decimal places.
type Percent struct{ money.Percent }

const (
	wholePercent = money.Percent(10_000)
	percentStep  = wholePercent / 100
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Percent) UnmarshalText(text []byte) error {
	percent, err := money.Parse[money.Percent](string(text))
	if err != nil || percent < 0 || percent > 100*wholePercent || percent%percentStep != 0 {
		return fmt.Errorf("%q: write a percentage from 0 to 100, with at most two decimal places", text)
	}
	p.Percent = percent
	return nil
}

// minRebateExpiry is the minimum of --rebate-expiry. A partner needs some time to
// approve a rebate before it expires.
const minRebateExpiry = time.Hour

func (r *Rebates) check() error {
	if r.RebateMaxPercent.Percent == 0 || r.RebateMinPercent.Percent > r.RebateMaxPercent.Percent {
		return errors.New("--rebate-max-percent: write a percentage above 0 and at least --rebate-min-percent")
	}
	if r.RebateExpiry < minRebateExpiry {
		return fmt.Errorf("--rebate-expiry: write a length of time of at least %s", minRebateExpiry)
	}
	for _, country := range r.RebatesExceptCountry {
		if len(country) != 2 || country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' || country[1] > 'Z' {
			return fmt.Errorf("--rebates-except-country: %q: write two capital letters, such as ZA", country)
		}
	}
	return nil
}
