package accrual

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/reward"
)

// instrumentSet stores a version of an instrument, in force from the fact's
// time onwards. A version that arrives late does not change computed rewards,
// unless it is a correction.
func (b *books) instrumentSet(ctx context.Context, f *feed.Fact, in *feed.Instrument) (effect, error) {
	if err := b.needInstruments(ctx, in.Symbol); err != nil {
		return effect{}, err
	}
	version := InstrumentVersion{Instrument: *in, From: f.At, FactID: f.ID}
	if in.Corrects != "" {
		return b.correctInstrument(ctx, f, version)
	}
	b.keepInstrument(version)
	return effect{}, nil
}

func (b *books) keepInstrument(v InstrumentVersion) {
	b.instruments.Put(v.Symbol, append(b.instruments.Rows[v.Symbol], v))
	b.changes.Instruments = append(b.changes.Instruments, v)
	b.releaseWaiting(feed.InstrumentKey(v.Symbol), feed.FactKey(v.FactID))
	for _, plan := range b.plans {
		for _, suffix := range plan.SymbolSuffixes {
			b.releaseWaiting(feed.InstrumentKey(v.Symbol + strings.ToUpper(suffix)))
		}
	}
}

// rateSet stores a rate, in force from its day onwards. A rate that arrives
// late does not change computed rewards, unless it is a correction.
func (b *books) rateSet(ctx context.Context, f *feed.Fact, r *feed.Rate) (effect, error) {
	version := RateVersion{Rate: *r, Day: b.day(f.At), At: f.At, FactID: f.ID}
	if r.Corrects != "" {
		return b.correctRate(ctx, f, version)
	}
	b.keepRate(version)
	return effect{}, nil
}

func (b *books) keepRate(v RateVersion) {
	if span := b.rates[v.Currency]; span != nil {
		span.versions = append(span.versions, v)
	}
	b.changes.Rates = append(b.changes.Rates, v)
	b.releaseWaiting(feed.RateKey(v.Currency), feed.FactKey(v.FactID))
}

func (b *books) planOf(t *reward.Terms) (*reward.Plan, error) { return reward.PlanOf(b.plans, t) }

// instrument returns the instrument that an order's symbol means, in the
// version in force when the order closed. It returns nil if there is none.
func (b *books) instrument(ctx context.Context, plan *reward.Plan, o *feed.Order) (*feed.Instrument, error) {
	version, err := b.instrumentVersion(ctx, plan, o)
	if err != nil || version == nil {
		return nil, err
	}
	return &version.Instrument, nil
}

func (b *books) instrumentVersion(ctx context.Context, plan *reward.Plan, o *feed.Order) (*InstrumentVersion, error) {
	names := plan.Symbols(o.Symbol)
	if err := b.needInstruments(ctx, names...); err != nil {
		return nil, err
	}
	for _, name := range names {
		var best *InstrumentVersion
		for i := range b.instruments.Rows[name] {
			v := &b.instruments.Rows[name][i]
			if v.From.After(o.CloseTime) || v.CorrectedBy != "" {
				continue
			}
			if best == nil || v.From.After(best.From) || (v.From.Equal(best.From) && v.FactID > best.FactID) {
				best = v
			}
		}
		if best != nil {
			return best, nil
		}
	}
	return nil, nil //nolint:nilnil // a nil version means that the instrument is unknown
}

// sameSymbol reports whether two symbols mean the same instrument.
func (b *books) sameSymbol(one, other string) bool {
	one, other = feed.NormalSymbol(one), feed.NormalSymbol(other)
	if one == other {
		return true
	}
	for _, plan := range b.plans {
		for _, a := range plan.Symbols(one) {
			if slices.Contains(plan.Symbols(other), a) {
				return true
			}
		}
	}
	return false
}

// dayTotals records the totals that a trading server reports for a day. The
// newest report applies. If two reports have the same time, the larger one
// applies.
func (b *books) dayTotals(ctx context.Context, f *feed.Fact, t *feed.Totals) (effect, error) {
	day, err := clock.ParseDay(t.Day)
	if err != nil {
		return effect{}, fmt.Errorf("the parser accepted the invalid day %q: %w", t.Day, err)
	}
	row, err := b.serverDay(ctx, t.Server, day)
	if err != nil {
		return effect{}, err
	}
	if newer := row.ExpectedOrders == nil || f.At.After(*row.ExpectedAt) ||
		f.At.Equal(*row.ExpectedAt) && cmp.Or(cmp.Compare(t.Orders, *row.ExpectedOrders), cmp.Compare(t.Lots, *row.ExpectedLots)) > 0; newer {
		row.ExpectedOrders, row.ExpectedLots, row.ExpectedAt = &t.Orders, &t.Lots, &f.At
	}
	return effect{}, nil
}

func (b *books) serverDay(ctx context.Context, server string, day clock.Day) (*ServerDay, error) {
	key := ServerDayKey{feed.NormalServer(server), day}
	if err := b.needServerDays(ctx, key); err != nil {
		return nil, err
	}
	row, found := b.serverDays.Rows[key]
	if !found {
		row = &ServerDay{ServerDayKey: key, Name: server}
		b.serverDays.Put(key, row)
	}
	b.dirty.serverDays[row] = true
	return row, nil
}
