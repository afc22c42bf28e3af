package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/money"
)

// Rebates holds the options for what partners may set up for their clients.
type Rebates struct {
	RebateMinPercent     Percent  `placeholder:"N" default:"0" help:"The smallest rebate that partners can set, in percent of the reward."`
	RebateMaxPercent     Percent  `placeholder:"N" default:"100" help:"The largest one."`
	RebatesExceptCountry []string `placeholder:"CC" help:"Partners in this country (ISO 3166, two letters) have no rebates; may be given several times."`

	RebateExpiry time.Duration `placeholder:"DURATION" default:"720h" help:"How long rebates wait for approval, and failed payments to be tried again."`
}

// Percent is a percentage from 0 to 100 with up to two places.
type Percent struct{ money.Percent }

const (
	wholePercent = money.Percent(10_000)
	percentStep  = wholePercent / 100
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Percent) UnmarshalText(text []byte) error {
	percent, err := money.Parse[money.Percent](string(text))
	if err != nil || percent < 0 || percent > 100*wholePercent || percent%percentStep != 0 {
		return fmt.Errorf("%q: write a percentage from 0 to 100, with two places at most", text)
	}
	p.Percent = percent
	return nil
}

// minRebateExpiry leaves a partner enough time to look at a rebate.
const minRebateExpiry = time.Hour

func (r *Rebates) check() error {
	if r.RebateMaxPercent.Percent == 0 || r.RebateMinPercent.Percent > r.RebateMaxPercent.Percent {
		return errors.New("--rebate-max-percent: above 0, and not below --rebate-min-percent")
	}
	if r.RebateExpiry < minRebateExpiry {
		return fmt.Errorf("--rebate-expiry: at least %s", minRebateExpiry)
	}
	for _, country := range r.RebatesExceptCountry {
		if len(country) != 2 || country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' || country[1] > 'Z' {
			return fmt.Errorf("--rebates-except-country: %q is not two capital letters", country)
		}
	}
	return nil
}
