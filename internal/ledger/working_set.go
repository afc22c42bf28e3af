package ledger

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// oppositeAccounts maps a kind of posting to the account of the entry that
// balances the posting. For all other kinds, this account is Expense.
var oppositeAccounts = map[Kind]Account{
	RebateReserve: Wallet,
	PayoutPaid:    Payable,
	PayoutFailed:  Payable,
}

func counterpart(kind Kind) Account { return cmp.Or(oppositeAccounts[kind], Expense) }

// WorkingSet collects the ledger lines of a batch of facts, and makes one
// posting for each Reason. The zero value is not usable; call NewWorkingSet.
type WorkingSet struct {
	q      db.Querier
	at     time.Time
	drafts map[Reason]*draft
	owned  map[id.UUID][]*draft // drafts of each partner
	causes []event.Event
	loaded map[id.UUID]map[balanceKey]money.Amount
}

// draft is an unsaved posting, with its lines and their sums by account and
// currency.
type draft struct {
	Reason

	lines map[lineKey]*Entry
	sums  []change
}

type lineKey struct {
	account       Account
	day           clock.Day // noDay if the line belongs to no reward day
	clientAccount string
	currency      string
}

const noDay = clock.Day(math.MinInt32)

// NewWorkingSet returns an empty WorkingSet for one transaction. Its postings
// get the given time.
func NewWorkingSet(q db.Querier, at time.Time) *WorkingSet {
	w := &WorkingSet{q: q, at: at, loaded: map[id.UUID]map[balanceKey]money.Amount{}}
	w.reset()
	return w
}

func (w *WorkingSet) reset() {
	w.drafts, w.owned, w.causes = map[Reason]*draft{}, map[id.UUID][]*draft{}, nil
}

// Need loads the balances of partners, so that Balance can return them. Add does
// not need them.
func (w *WorkingSet) Need(ctx context.Context, partners ...id.UUID) error {
	var missing []id.UUID
	for _, partnerID := range partners {
		if w.loaded[partnerID] == nil {
			w.loaded[partnerID] = map[balanceKey]money.Amount{}
			missing = append(missing, partnerID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := db.All[change](ctx, w.q, `SELECT partner_id, account, currency, amount_e6 FROM balances WHERE partner_id @anyid($1)`, missing)
	for _, b := range found {
		w.loaded[b.PartnerID][b.balanceKey] = b.Amount
	}
	return err
}

// Balance returns a partner's balance in a currency, including lines that are
// not saved yet. The caller must have loaded the partner's balances with Need.
func (w *WorkingSet) Balance(partnerID id.UUID, account Account, currency string) money.Amount {
	sum := w.loaded[partnerID][balanceKey{partnerID, account, currency}]
	for _, d := range w.owned[partnerID] {
		for i := range d.sums {
			if s := &d.sums[i]; s.Currency == currency {
				if s.Account == account {
					sum += s.Amount
				}
				if counterpart(d.Kind) == account {
					sum -= s.Amount
				}
			}
		}
	}
	return sum
}

// Add adds a line. Lines with the same reason, account, currency, day and
// client account become one entry. Save adds the opposite entries.
func (w *WorkingSet) Add(why Reason, e Entry) {
	d := w.drafts[why]
	if d == nil {
		d = &draft{Reason: why, lines: map[lineKey]*Entry{}}
		w.drafts[why] = d
		w.owned[why.PartnerID] = append(w.owned[why.PartnerID], d)
	}
	key := lineKey{e.Account, dayOf(&e), e.ClientAccount, e.Currency}
	if line := d.lines[key]; line != nil {
		line.Amount += e.Amount
		line.AmountUSD += e.AmountUSD
	} else {
		first := e // a copy, because taking the address of the parameter would allocate memory for every line
		d.lines[key] = &first
	}
	d.sum(e.Account, e.Currency, e.Amount, e.AmountUSD)
}

// sum adds an amount to the sum of an account and currency. It searches a
// slice, because a draft has only one or two sums, and a map would be slower.
func (d *draft) sum(account Account, currency string, amount, usd money.Amount) {
	for i := range d.sums {
		if s := &d.sums[i]; s.Account == account && s.Currency == currency {
			s.Amount += amount
			s.USD += usd
			return
		}
	}
	d.sums = append(d.sums, change{balanceKey{d.PartnerID, account, currency}, amount, usd})
}

// Tell collects events about the causes of the lines. Save stores them before
// the events about the wallets, in the same statement.
func (w *WorkingSet) Tell(causes ...event.Event) { w.causes = append(w.causes, causes...) }

// Save books the collected lines and empties the set. The balances that Need
// loaded stay in the set, with their new values.
func (w *WorkingSet) Save(ctx context.Context) error {
	postings := w.postings()
	if err := book(ctx, w.q, w.causes, postings); err != nil {
		return err
	}
	if len(w.loaded) > 0 {
		for _, c := range sumByBalance(postings) {
			if known := w.loaded[c.PartnerID]; known != nil {
				known[c.balanceKey] += c.Amount
			}
		}
	}
	w.reset()
	return nil
}

// postings returns the collected postings in a fixed order, with their opposite
// entries. It leaves out entries that are zero, and postings without entries.
func (w *WorkingSet) postings() []*Posting {
	drafts := make([]*draft, 0, len(w.drafts))
	for _, d := range w.drafts {
		drafts = append(drafts, d)
	}
	slices.SortFunc(drafts, func(x, y *draft) int {
		return cmp.Or(slices.Compare(x.PartnerID[:], y.PartnerID[:]), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Cause, y.Cause))
	})
	postings := make([]*Posting, 0, len(drafts))
	for _, d := range drafts {
		if entries := d.entries(); len(entries) > 0 {
			postings = append(postings, &Posting{Reason: d.Reason, ID: id.New(), BookedAt: w.at, Entries: entries})
		}
	}
	return postings
}

func (d *draft) entries() []Entry {
	entries := make([]Entry, 0, len(d.lines)+1)
	for _, line := range d.lines {
		if line.Amount != 0 || line.AmountUSD != 0 {
			entries = append(entries, *line)
		}
	}
	slices.SortFunc(entries, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(dayOf(&x), dayOf(&y)), cmp.Compare(x.ClientAccount, y.ClientAccount), cmp.Compare(x.Account, y.Account),
			cmp.Compare(x.Currency, y.Currency))
	})
	return appendOpposites(entries, counterpart(d.Kind))
}

// appendOpposites appends one opposite entry for each currency. These entries
// are on the given account.
func appendOpposites(entries []Entry, account Account) []Entry {
	var others []Entry
	for i := range entries {
		e := &entries[i]
		at := slices.IndexFunc(others, func(o Entry) bool { return o.Currency == e.Currency })
		if at < 0 {
			at = len(others)
			others = append(others, Entry{Account: account, Currency: e.Currency})
		}
		others[at].Amount -= e.Amount
		others[at].AmountUSD -= e.AmountUSD
	}
	return append(entries, others...)
}

func dayOf(e *Entry) clock.Day {
	if e.RewardDay == nil {
		return noDay
	}
	return *e.RewardDay
}
