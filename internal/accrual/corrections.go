package accrual

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// A configuration fact can correct an earlier configuration fact that was
// wrong. The wrong fact is then no longer valid, not even for the past. The
// correction removes the rewards whose amount changes, and books them again.
// These are the rewards of orders that used the wrong fact, or that closed
// while the correction is in force. All other rewards keep the terms with which
// they were computed.

// OrderAtRate is an order with a rate that was used to compute its reward, an
// override or an agent's share.
type OrderAtRate struct {
	rebate.AccountKey
	Order orderRef   `db:"-"`
	Day   clock.Day  `db:"reward_day"`
	Rate  money.Rate `db:"quote_rate_e12"`
}

// Corrected marks a version of an instrument or of a rate as no longer valid.
type Corrected struct {
	Type   feed.Type
	FactID string
	By     string
}

// Correction describes a correction of configuration for the audit log.
type Correction struct {
	FactID   string
	Type     feed.Type
	Corrects string
	Reason   string
	Rewards  int // number of rewards that were booked again
}

// keptTerms holds the terms that an order keeps when it is booked again.
type keptTerms struct {
	terms      *reward.Terms
	rates      map[string]money.Rate // rates by currency, as used for the reward, the overrides and the agent's share
	instrument bool                  // whether a correction changed the instrument, so that it has to be looked up again
}

// revisedTerms says which terms a correction looks up again. The zero value
// means none.
type revisedTerms struct {
	instrument bool
	currency   string
}

// keep stores the terms of a reward that is being removed.
func (b *books) keep(r *reward.Reward, overrides []reward.Override) {
	if r.Kind != reward.ForOrder {
		return
	}
	rates := map[string]money.Rate{r.Terms.QuoteCurrency: r.Terms.QuoteRate}
	rates[r.Terms.Currency] = r.Terms.AccountRate
	for _, o := range overrides {
		rates[o.Currency] = o.AccountRate
	}
	b.kept[refOf(r.Order.Key())] = &keptTerms{terms: &r.Terms, rates: rates}
}

// correctable returns the reason why a correction cannot take effect. It is
// called if the fact to correct did not set this instrument or rate. The
// correction then either waits for that fact or is refused.
func (b *books) correctable(ctx context.Context, f *feed.Fact, corrects, subject string) (effect, error) {
	if corrects == f.ID {
		return refuse("invalid", "corrects: a fact cannot correct itself"), nil
	}
	kind, waits, err := b.tx.FactType(ctx, corrects)
	switch {
	case err != nil:
		return effect{}, err
	case kind == "" || (waits && kind == f.Type):
		return effect{wait: feed.FactKey(corrects)}, nil
	case kind != f.Type:
		return refuse("conflict", "corrects: the fact %s is a %s; name a fact of the type %s", corrects, kind, f.Type), nil
	default:
		return refuse("conflict", "corrects: the fact %s is not about %s; a correction must be about the same item as the fact that it corrects",
			corrects, subject), nil
	}
}

func alreadyCorrected(corrects, by string) effect {
	return refuse("conflict", "corrects: the fact %s was corrected by the fact %s; correct that fact instead", corrects, by)
}

func (b *books) correctInstrument(ctx context.Context, f *feed.Fact, version InstrumentVersion) (effect, error) {
	if err := b.flush(ctx); err != nil {
		return effect{}, err
	}
	versions := b.instruments.Rows[version.Symbol]
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
		n, err := b.correctAccount(ctx, f, key, revisedTerms{instrument: true}, func(ctx context.Context, r *reward.Reward) (bool, error) {
			plan, err := b.planOf(&r.Terms)
			if err != nil {
				return false, err
			}
			now, err := b.instrumentVersion(ctx, plan, &r.Order)
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

func sameInstrument(x, y feed.Instrument) bool {
	x.Corrects, x.Reason, y.Corrects, y.Reason = "", "", "", ""
	return x == y
}

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
		n, err := b.correctAccount(ctx, f, key, revisedTerms{currency: version.Currency}, func(_ context.Context, r *reward.Reward) (bool, error) {
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

// sortedAccounts returns the accounts in a fixed order. The order matters if an
// agent's share has a limit, because the account that is booked first uses up
// the limit first.
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

// replaceConfiguration saves a correction and discards the configuration that
// was loaded into memory. It also releases the orders for which there was no
// formula, because there may be a formula now.
func (b *books) replaceConfiguration(ctx context.Context, add func()) error {
	add()
	b.releaseWaiting(noFormula...)
	if err := b.flush(ctx); err != nil {
		return err
	}
	b.instruments, b.rates = db.NewKnown[string, []InstrumentVersion](), map[string]*rateSpan{}
	return nil
}

// correctAccount finds those orders of an account for which a correction
// changes the reward. It books them again, and returns their number.
func (b *books) correctAccount(
	ctx context.Context, f *feed.Fact, key rebate.AccountKey, what revisedTerms, wrong func(context.Context, *reward.Reward) (bool, error),
) (changed int, err error) {
	if err := b.needAccounts(ctx, key.ClientAccount); err != nil {
		return 0, err
	}
	a := b.accounts.Rows[key.ClientAccount].With(key.PartnerID)
	var failed error
	rows, err := b.undo(ctx, f, a, time.Time{}, time.Time{}, func(r *reward.Reward) bool {
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
	return changed, b.rebooked(ctx, a)
}

func (b *books) noteCorrection(f *feed.Fact, corrects, reason string, rewards int) {
	b.changes.Corrections = append(b.changes.Corrections, Correction{f.ID, f.Type, corrects, reason, rewards})
}
