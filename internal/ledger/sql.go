package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

var (
	postingColumns = db.Columns(`partner_id, posting_id, kind, booked_at, cause`)
	entryColumns   = db.Columns(`partner_id, posting_id, line, account, currency, amount_e6, amount_usd_e6, reward_day, client_account`)
	balanceColumns = db.Columns(`partner_id, account, currency, amount_e6, amount_usd_e6`)
)

// adding is the conflict clause that adds to a balance. It needs no earlier
// read of the balance, so it is right whoever moved it before.
const adding = `(partner_id, account, currency) DO UPDATE SET amount_e6 = balances.amount_e6 + excluded.amount_e6,
	amount_usd_e6 = balances.amount_usd_e6 + excluded.amount_usd_e6`

// Book writes postings, adds them to the balances, and records an event for
// each posting that changes a wallet. It writes nothing if one of the postings
// does not sum to zero (ErrUnbalanced) or is empty (ErrEmpty). It takes four
// statements, however many postings there are.
func Book(ctx context.Context, q db.Querier, postings ...*Posting) error {
	for _, p := range postings {
		if err := p.Validate(); err != nil {
			return fmt.Errorf("%s of partner %s: %w", p.Kind, p.PartnerID, err)
		}
	}
	err := db.Insert(ctx, q, "postings", postingColumns, "", postings, func(p *Posting, dst []any) {
		copy(dst, []any{p.PartnerID, p.ID, string(p.Kind), db.Micros(p.BookedAt), p.Cause})
	})
	if err != nil {
		return err
	}
	if err := insertEntries(ctx, q, postings); err != nil {
		return err
	}
	err = db.Insert(ctx, q, "balances", balanceColumns, adding, changes(postings), func(c change, dst []any) {
		copy(dst, []any{c.partnerID, string(c.account), c.currency, int64(c.amount), int64(c.usd)})
	})
	if err != nil {
		return err
	}
	return event.Append(ctx, q, walletEvents(postings))
}

func insertEntries(ctx context.Context, q db.Querier, postings []*Posting) error {
	type line struct {
		posting *Posting
		n       int
	}
	var lines []line
	for _, p := range postings {
		for n := range p.Entries {
			lines = append(lines, line{p, n})
		}
	}
	return db.Insert(ctx, q, "entries", entryColumns, "", lines, func(l line, dst []any) {
		e := &l.posting.Entries[l.n]
		var account any
		if e.ClientAccount != "" {
			account = e.ClientAccount
		}
		copy(dst, []any{
			l.posting.PartnerID, l.posting.ID, int64(l.n), string(e.Account), e.Currency, int64(e.Amount), int64(e.AmountUSD),
			db.DayOrNull(e.RewardDay), account,
		})
	})
}

// balanceKey names one balance.
type balanceKey struct {
	partnerID id.UUID
	account   Account
	currency  string
}

// change is what postings add to a balance.
type change struct {
	balanceKey

	amount, usd money.Amount
}

// changes sums up postings by balance: one statement can change each balance
// only once. They are sorted, so that two transactions lock rows in one order.
func changes(postings []*Posting) []change {
	places := map[balanceKey]int{}
	var out []change
	for _, p := range postings {
		for i := range p.Entries {
			e := &p.Entries[i]
			key := balanceKey{p.PartnerID, e.Account, e.Currency}
			place, known := places[key]
			if !known {
				place = len(out)
				places[key] = place
				out = append(out, change{balanceKey: key})
			}
			out[place].amount += e.Amount
			out[place].usd += e.AmountUSD
		}
	}
	slices.SortFunc(out, func(x, y change) int {
		return cmp.Or(slices.Compare(x.partnerID[:], y.partnerID[:]), cmp.Compare(x.account, y.account), cmp.Compare(x.currency, y.currency))
	})
	return out
}

// Balances reads a partner's balances. Plan: the primary key's prefix.
func Balances(ctx context.Context, q db.Querier, partnerID id.UUID) ([]Balance, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (b Balance, err error) {
		err = rows.Scan((*string)(&b.Account), &b.Currency, (*int64)(&b.Amount), (*int64)(&b.AmountUSD))
		return b, err
	}, `SELECT account, currency, amount_e6, amount_usd_e6 FROM balances WHERE partner_id = $1`, partnerID)
}

// walletEvents returns an event for each posting that changes a wallet,
// whichever service made the posting.
func walletEvents(postings []*Posting) []event.Event {
	var events []event.Event
	for _, p := range postings {
		data := event.Wallet{PostingID: p.ID, Kind: string(p.Kind), BookedAt: p.BookedAt}
		for i := range p.Entries {
			if e := &p.Entries[i]; e.Account == Wallet {
				data.Add(e.Currency, e.Amount, e.AmountUSD)
			}
		}
		if data.Moves() {
			events = append(events, event.New(p.PartnerID, event.WalletChanged, p.BookedAt, data))
		}
	}
	return events
}
