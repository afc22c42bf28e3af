package accrual

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// A configuration fact can name one that was wrong. The wrong one counts no
// more, from the beginning, and each reward that comes out otherwise is taken
// out by a correction and booked again: where the wrong one was used, and
// wherever the right one is in force now. All else keeps the terms it was
// computed with.

// CorrectionTx is what corrections of configuration need of a Tx.
// The tests have another one.
type CorrectionTx interface {
	// FactType returns what a known fact is, and whether it waits; empty: none
	// with this id is known.
	FactType(ctx context.Context, factID string) (kind feed.Type, waits bool, err error)
	// RateSet returns the rate that a fact set; nil: it set none.
	RateSet(ctx context.Context, factID string) (*RateVersion, error)
	// AccountsTrading returns the accounts with orders of a symbol, or of one
	// that begins with it, that closed at or after a moment.
	AccountsTrading(ctx context.Context, symbol string, from time.Time) ([]rebate.AccountKey, error)
	// OrdersAtRate returns the orders from a day on whose rewards, overrides or
	// agents' shares were converted by a currency's rate, with that rate.
	OrdersAtRate(ctx context.Context, currency string, from clock.Day) ([]OrderAtRate, error)
}

// OrderAtRate is an order with a rate that it was computed with.
type OrderAtRate struct {
	rebate.AccountKey
	Order orderRef
	Day   clock.Day
	Rate  money.Rate
}

// Corrected says that a version of configuration counts no more.
type Corrected struct {
	Type   feed.Type
	FactID string
	By     string
}

// Correction is what a correction of configuration came to, for the audit log.
type Correction struct {
	FactID   string
	Type     feed.Type
	Corrects string
	Reason   string
	Rewards  int // booked again
}

// kept are the terms that an order keeps when it is booked again.
type kept struct {
	terms      *reward.Terms
	rates      map[string]money.Rate // by currency: the reward's, and those of overrides and of an agent's share
	instrument bool                  // looked up again: a correction is about it
}

// revised is what a correction looks up again; the zero value: nothing.
type revised struct {
	instrument bool
	currency   string
}

// keep remembers the terms of a reward that is taken out.
func (b *books) keep(r *reward.Reward, overrides []reward.Override) {
	if r.Kind != reward.ForOrder {
		return
	}
	rates := map[string]money.Rate{r.Terms.QuoteCurrency: r.Terms.QuoteRate}
	rates[r.Terms.Currency] = r.Terms.AccountRate
	for _, o := range overrides {
		rates[o.Currency] = o.AccountRate
	}
	b.kept[refOf(r.Order.Key())] = &kept{terms: &r.Terms, rates: rates}
}

// correctable says why a fact cannot correct another one that set nothing of
// its kind: it has to wait for it, or is refused.
func (b *books) correctable(ctx context.Context, f *feed.Fact, corrects, subject string) (effect, error) {
	if corrects == f.ID {
		return refuse("invalid", "corrects: a fact cannot correct itself"), nil
	}
	kind, waits, err := b.tx.FactType(ctx, corrects)
	switch {
	case err != nil:
		return effect{}, err
	case kind == "" || (waits && kind == f.Type):
		return effect{wait: waitFact(corrects)}, nil
	case kind != f.Type:
		return refuse("conflict", "corrects: the fact %s is a %s; name a fact of the type %s", corrects, kind, f.Type), nil
	default:
		return refuse("conflict", "corrects: the fact %s is not about %s; a correction is about the same as what it corrects", corrects, subject), nil
	}
}

func alreadyCorrected(corrects, by string) effect {
	return refuse("conflict", "corrects: the fact %s was corrected by the fact %s; name that one", corrects, by)
}

// correctInstrument puts a version in the place of a wrong one.
func (b *books) correctInstrument(ctx context.Context, f *feed.Fact, version InstrumentVersion) (effect, error) {
	if err := b.flush(ctx); err != nil {
		return effect{}, err
	}
	versions := b.instruments.rows[version.Symbol]
	i := slices.IndexFunc(versions, func(v InstrumentVersion) bool { return v.FactID == version.Corrects })
	if i < 0 {
		return b.correctable(ctx, f, version.Corrects, version.Symbol)
	}
	wrong := versions[i]
	if wrong.CorrectedBy != "" {
		return alreadyCorrected(wrong.FactID, wrong.CorrectedBy), nil
	}
	b.changes.Corrected = append(b.changes.Corrected, Corrected{f.Type, wrong.FactID, f.ID})
	if err := b.replaceConfiguration(ctx, func() { b.keepInstrument(version) }); err != nil {
		return effect{}, err
	}
	from := wrong.From
	if version.From.Before(from) {
		from = version.From
	}
	accounts, err := b.tx.AccountsTrading(ctx, version.Symbol, from)
	if err != nil {
		return effect{}, err
	}
	changed := 0
	for _, key := range accounts {
		n, err := b.correctAccount(ctx, f, key, revised{instrument: true}, func(ctx context.Context, r *reward.Reward) (bool, error) {
			now, err := b.instrumentVersion(ctx, b.planOf(&r.Terms), &r.Order)
			used := *r.Terms.Traded()
			if err != nil || (now != nil && sameInstrument(now.Instrument, used)) {
				return false, err
			}
			byWrong := sameInstrument(used, wrong.Instrument) && !r.Order.CloseTime.Before(wrong.From)
			return byWrong || (now != nil && now.FactID == f.ID), nil
		})
		if err != nil {
			return effect{}, err
		}
		changed += n
	}
	b.noteCorrection(f, version.Corrects, version.Reason, changed)
	return effect{}, nil
}

// sameInstrument compares what rewards are computed from.
func sameInstrument(x, y feed.Instrument) bool {
	x.Corrects, x.Reason, y.Corrects, y.Reason = "", "", "", ""
	return x == y
}

// correctRate puts a rate in the place of a wrong one.
func (b *books) correctRate(ctx context.Context, f *feed.Fact, version RateVersion) (effect, error) {
	if err := b.flush(ctx); err != nil {
		return effect{}, err
	}
	wrong, err := b.tx.RateSet(ctx, version.Corrects)
	if err != nil {
		return effect{}, err
	}
	if wrong == nil || wrong.Currency != version.Currency {
		return b.correctable(ctx, f, version.Corrects, version.Currency)
	}
	if wrong.CorrectedBy != "" {
		return alreadyCorrected(wrong.FactID, wrong.CorrectedBy), nil
	}
	b.changes.Corrected = append(b.changes.Corrected, Corrected{f.Type, wrong.FactID, f.ID})
	if err := b.replaceConfiguration(ctx, func() { b.keepRate(version) }); err != nil {
		return effect{}, err
	}
	orders, err := b.tx.OrdersAtRate(ctx, version.Currency, min(wrong.Day, version.Day))
	if err != nil {
		return effect{}, err
	}
	accounts := map[rebate.AccountKey]map[orderRef]bool{}
	for _, o := range orders {
		now, err := b.rateVersionOn(ctx, version.Currency, o.Day)
		if err != nil {
			return effect{}, err
		}
		if now != nil && now.USD == o.Rate {
			continue
		}
		byWrong := o.Rate == wrong.USD && o.Day >= wrong.Day
		if byWrong || (now != nil && now.FactID == f.ID) {
			if accounts[o.AccountKey] == nil {
				accounts[o.AccountKey] = map[orderRef]bool{}
			}
			accounts[o.AccountKey][o.Order] = true
		}
	}
	changed := 0
	for _, key := range sortedAccounts(accounts) {
		n, err := b.correctAccount(ctx, f, key, revised{currency: version.Currency}, func(_ context.Context, r *reward.Reward) (bool, error) {
			return accounts[key][refOf(r.Order.Key())], nil
		})
		if err != nil {
			return effect{}, err
		}
		changed += n
	}
	b.noteCorrection(f, version.Corrects, version.Reason, changed)
	return effect{}, nil
}

// sortedAccounts is an order that does not depend on chance: what an agent's
// limit leaves goes to who is booked first.
func sortedAccounts(accounts map[rebate.AccountKey]map[orderRef]bool) []rebate.AccountKey {
	keys := make([]rebate.AccountKey, 0, len(accounts))
	for key := range accounts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y rebate.AccountKey) int {
		return cmp.Or(slices.Compare(x.PartnerID[:], y.PartnerID[:]), cmp.Compare(x.ClientAccount, y.ClientAccount))
	})
	return keys
}

// replaceConfiguration writes a correction, and forgets what was read of the
// configuration before. Orders that no formula fitted may have one now.
func (b *books) replaceConfiguration(ctx context.Context, add func()) error {
	add()
	b.arrived(refusedPrefix+"no_formula", refusedPrefix+"out_of_range")
	if err := b.flush(ctx); err != nil {
		return err
	}
	b.instruments, b.rates = newKnown[string, []InstrumentVersion](), map[string]*rateSpan{}
	return nil
}

// correctAccount books again those of an account's orders that a correction changes.
func (b *books) correctAccount(
	ctx context.Context, f *feed.Fact, key rebate.AccountKey, what revised, wrong func(context.Context, *reward.Reward) (bool, error),
) (changed int, err error) {
	if err := b.needAccounts(ctx, key.ClientAccount); err != nil {
		return 0, err
	}
	a := b.accounts.rows[key.ClientAccount]
	var failed error
	rows, err := b.undo(ctx, f, a, time.Time{}, func(r *reward.Reward) bool {
		is, err := wrong(ctx, r)
		failed = cmp.Or(failed, err)
		return is && err == nil
	})
	if err = cmp.Or(err, failed); err != nil || len(rows) == 0 {
		return 0, err
	}
	if err := b.flush(ctx); err != nil {
		return 0, err
	}
	if err := b.redo(ctx, rows, what); err != nil {
		return 0, err
	}
	for _, r := range rows {
		if r.Kind == reward.ForOrder {
			changed++
		}
	}
	return changed, b.retrade(ctx, a)
}

func (b *books) noteCorrection(f *feed.Fact, corrects, reason string, rewards int) {
	b.changes.Corrections = append(b.changes.Corrections, Correction{f.ID, f.Type, corrects, reason, rewards})
}
