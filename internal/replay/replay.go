// Package replay computes a past period again from its facts and compares the
// result with the books.
//
// An instrument, a rate or a plan that arrived after an order was booked does
// not change the order's reward. The package therefore asks for each order which
// versions were known when the order was booked.
package replay

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// Difference is a value in the books that does not follow from the facts.
type Difference struct {
	PartnerID id.UUID
	Of        string // "order Real:17", or the sum that differs
	Field     string
	Booked    string
	Computed  string
}

func (d Difference) String() string {
	return fmt.Sprintf("partner %s, %s, %s: booked %s, computed %s", d.PartnerID, d.Of, d.Field, d.Booked, d.Computed)
}

// Summary counts the items that a replay compared.
type Summary struct {
	Orders      int64
	Partners    int64
	Differences int64
}

// Run computes the orders of a period again, and calls reportDifference for
// each difference. It returns an error only if it cannot read the store, or if
// the period is not valid.
func Run(ctx context.Context, store Store, period reward.Period, reportDifference func(Difference)) (Summary, error) {
	var s Summary
	if err := period.Check(); err != nil {
		return s, err
	}
	err := store.read(ctx, func(ctx context.Context, tx tx) error {
		s = Summary{}
		r := &replay{period: period, report: func(d Difference) {
			s.Differences++
			reportDifference(d)
		}}
		if err := tx.configuration(ctx, r); err != nil {
			return err
		}
		for _, p := range r.order {
			n, err := r.replayPartner(ctx, tx, p)
			if err != nil {
				return err
			}
			if n > 0 {
				s.Orders += n
				s.Partners++
			}
		}
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("replaying the books: %w", err)
	}
	return s, nil
}

type replay struct {
	period   reward.Period
	zone     *time.Location
	plans    []version[*reward.Plan]
	symbols  map[string][]version[*feed.Instrument]
	rates    map[string][]version[money.Rate]
	order    []*partner.Partner
	partners map[id.UUID]*partner.Partner
	report   func(Difference)
}

// booked is an order's reward, and when its fact arrived.
type booked struct {
	reward.Reward

	ReceivedAt time.Time `db:"received_at,null"`
}

// bookingSpan returns the span of time in which the order was booked.
func (b *booked) bookingSpan() span {
	until := b.BookedAt
	if until.IsZero() {
		until = b.ReceivedAt
	}
	return span{b.ReceivedAt, until}
}

// replayPartner replays the orders of one partner, and returns their number.
func (r *replay) replayPartner(ctx context.Context, tx tx, p *partner.Partner) (int64, error) {
	from, until := r.period.Instants(r.zone)
	accounts, err := tx.accounts(ctx, p.ID)
	if err != nil {
		return 0, err
	}
	var computed sums
	find := func(partnerID id.UUID) *partner.Partner { return r.partners[partnerID] }
	overrides := map[id.UUID]*sums{}
	for _, above := range partner.AboveEver(r.partners, p) {
		overrides[above.ID] = &sums{}
	}
	err = tx.eachOrder(ctx, p.ID, from, until, func(b *booked) error {
		differs := func(field, was, is string) { r.report(Difference{p.ID, "order " + b.Order.Key().ID(), field, was, is}) }
		plan, terms, result, err := r.compute(p, accounts[b.Order.ClientAccount], b)
		if err != nil {
			differs("reward_usd", b.Result.RewardUSD.String(), "none, because "+err.Error())
			return nil //nolint:nilerr // the difference is reported
		}
		computed.add(result.RewardUSD, result.VolumeUSD)
		amounts, err := reward.OverridesOf(plan, &b.Order, &terms, result.RewardUSD)
		if err != nil {
			return err
		}
		for i, above := range partner.Above(find, p, b.Order.CloseTime, len(amounts)) {
			usd := amounts[i]
			if usd != 0 {
				overrides[above].add(usd, 0)
			}
		}
		if day := clock.DayOf(b.Order.CloseTime, r.zone); day != b.Day {
			differs("reward_day", b.Day.String(), day.String())
		}
		compare(&b.Terms, &terms, differs)
		compare(&b.Result, &result, differs)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return computed.Orders, r.compareRollups(ctx, tx, p, &computed, overrides)
}

// compareRollups compares the sums that were computed from the orders with the sums in
// the books: those of the partner's days, and those of the overrides of everyone who
// was above the partner at some time.
func (r *replay) compareRollups(ctx context.Context, tx tx, p *partner.Partner, computed *sums, overrides map[id.UUID]*sums) error {
	days, err := tx.days(ctx, p.ID, r.period, r.zone)
	if err != nil {
		return err
	}
	days.compare(computed, func(field, was, is string) { r.report(Difference{p.ID, "the days without reversals", field, was, is}) })
	for _, parent := range partner.AboveEver(r.partners, p) {
		stored, err := tx.overrides(ctx, parent.ID, p.ID, r.period)
		if err != nil {
			return err
		}
		stored.compare(overrides[parent.ID], func(field, was, is string) {
			r.report(Difference{parent.ID, "the overrides of partner " + p.ID.String(), field, was, is})
		})
	}
	return nil
}

// compute computes an order from the facts that were known when it was booked.
// Its error says why the facts give no reward.
func (r *replay) compute(p *partner.Partner, a *attribution.Account, b *booked) (*reward.Plan, reward.Terms, reward.Result, error) {
	none := func(err error) (*reward.Plan, reward.Terms, reward.Result, error) {
		return nil, reward.Terms{}, reward.Result{}, err
	}
	if a == nil {
		return none(errors.New("the account is not known"))
	}
	day, known, was := clock.DayOf(b.Order.CloseTime, r.zone), b.bookingSpan(), &b.Terms
	with := reward.Context{Day: day, Level: p.LevelAt(day), AccountType: a.TypeAt(b.Order.CloseTime), Currency: p.Currency}
	with.Whose = reward.Whose{PartnerID: p.ID, Country: a.Country, LinkCode: a.LinkCode, Currency: a.Currency}
	with.Plan, _ = choose(inForce(r.plans, b.Order.CloseTime, known), func(v *reward.Plan) bool { return v.ID == was.PlanID })
	var found bool
	if with.Instrument, found = r.findInstrument(with.Plan, b, known); !found {
		return none(errors.New("the instrument is not known"))
	}
	if with.QuoteRate, found = r.rate(with.Instrument.QuoteCurrency, day, known, was.QuoteRate); !found {
		return none(errors.New("the rate of " + with.Instrument.QuoteCurrency + " is not known"))
	}
	if with.AccountRate, found = r.rate(p.Currency, day, known, was.AccountRate); !found {
		return none(errors.New("the rate of " + p.Currency + " is not known"))
	}
	terms, err := reward.NewTerms(with)
	if err != nil {
		return none(err)
	}
	if was.Line == 0 { // booked before the line was recorded
		terms.Line = 0
	}
	result, err := b.ComputeWith(&terms)
	return with.Plan, terms, result, err
}

// findInstrument looks up the order's symbol, first as it was sent, then
// without the plan's suffixes.
func (r *replay) findInstrument(plan *reward.Plan, b *booked, known span) (*feed.Instrument, bool) {
	var could []*feed.Instrument
	for _, name := range plan.Symbols(b.Order.Symbol) {
		versions, certain := r.symbols[name], false
		for _, v := range candidates(versions, b.Order.CloseTime, known) {
			could, certain = append(could, v.value), v.arrived.Before(known.from)
		}
		if certain {
			break
		}
	}
	was := b.Terms.Traded()
	return choose(could, func(v *feed.Instrument) bool {
		v2 := *v
		v2.Corrects, v2.Reason = "", ""
		return v2 == *was
	})
}

func (r *replay) rate(currency string, day clock.Day, known span, was money.Rate) (money.Rate, bool) {
	if currency == reward.USD {
		return reward.RateOfUSD, true
	}
	return choose(inForce(r.rates[currency], day.Start(time.UTC), known), func(v money.Rate) bool { return v == was })
}

var unit = regexp.MustCompile(`_e\d+$`)

// compare calls onDifference for each field that differs. The names of the
// fields are those of their columns, without the unit.
func compare[T any](was, is *T, onDifference func(field, was, is string)) {
	one, other := reflect.ValueOf(was).Elem(), reflect.ValueOf(is).Elem()
	for i := range one.NumField() {
		a, b := formatValue(one.Field(i)), formatValue(other.Field(i))
		if a != b {
			onDifference(unit.ReplaceAllString(one.Type().Field(i).Tag.Get("db"), ""), a, b)
		}
	}
}

func formatValue(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "none"
		}
		v = v.Elem()
	}
	if text := fmt.Sprint(v.Interface()); text != "" {
		return text
	}
	return `""`
}
