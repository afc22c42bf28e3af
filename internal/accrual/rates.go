package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

type rateSpan struct {
	from, to clock.Day
	versions []RateVersion
}

func (b *books) needRates(ctx context.Context, currency string, from, to clock.Day) error {
	if currency == reward.USD {
		return nil
	}
	span := b.rates[currency]
	if span != nil && span.from <= from && to <= span.to {
		return nil
	}
	if span != nil {
		from, to = min(from, span.from), max(to, span.to)
	}
	versions, err := b.tx.Rates(ctx, []string{currency}, from, to)
	if err != nil {
		return err
	}
	for _, unsaved := range b.changes.Rates {
		if unsaved.Currency == currency {
			versions = append(versions, unsaved)
		}
	}
	b.rates[currency] = &rateSpan{from, to, versions}
	return nil
}

// rateOn returns the rate in force on a day, which is the newest rate set for
// that day or an earlier one. An order that is booked again keeps its earlier
// rates.
func (b *books) rateOn(ctx context.Context, currency string, day clock.Day) (money.Rate, bool, error) {
	if currency == reward.USD {
		return reward.RateOfUSD, true, nil
	}
	if b.keeping != nil {
		if rate, had := b.keeping.rates[currency]; had {
			return rate, true, nil
		}
	}
	best, err := b.rateVersionOn(ctx, currency, day)
	if err != nil || best == nil {
		return 0, false, err
	}
	return best.USD, true, nil
}

// rateVersionOn returns the rate in force on a day, with the fact that set it.
// It returns nil if there is none.
func (b *books) rateVersionOn(ctx context.Context, currency string, day clock.Day) (*RateVersion, error) {
	if err := b.needRates(ctx, currency, day, day); err != nil {
		return nil, err
	}
	var best *RateVersion
	for i := range b.rates[currency].versions {
		v := &b.rates[currency].versions[i]
		if v.Day <= day && v.CorrectedBy == "" && (best == nil || v.newer(best)) {
			best = v
		}
	}
	return best, nil
}

func (v *RateVersion) newer(than *RateVersion) bool {
	switch {
	case v.Day != than.Day:
		return v.Day > than.Day
	case !v.At.Equal(than.At):
		return v.At.After(than.At)
	default:
		return v.FactID > than.FactID
	}
}
