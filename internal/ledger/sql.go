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

type entryRow struct {
	PartnerID id.UUID `db:"partner_id"`
	PostingID id.UUID `db:"posting_id"`
	Line      int     `db:"line"`
	Entry

	Balance *money.Amount `db:"balance_e6"` // of the wallet after the entry; nil on other accounts
}

var (
	postings = db.NewTable[*Posting]("postings")
	entries  = db.NewTable[entryRow]("entries")
	balances = db.NewTable[change]("balances")
)

// addToBalance is the conflict clause of an INSERT that adds to a balance. The
// database adds, so the result is correct even if another transaction has
// changed the balance meanwhile.
const addToBalance = `(partner_id, account, currency) DO UPDATE SET amount_e6 = balances.amount_e6 + excluded.amount_e6,
	amount_usd_e6 = balances.amount_usd_e6 + excluded.amount_usd_e6`

// Book writes postings, adds them to the balances, and records an event for
// each posting that changes a wallet. It writes nothing if one of the postings
// does not sum to zero (ErrUnbalanced) or has no entries (ErrEmpty). It needs
// five statements for any number of postings.
func Book(ctx context.Context, q db.Querier, all ...*Posting) error {
	return book(ctx, q, nil, all)
}

// book is like Book. It also stores events about the causes of the postings,
// before the events about the wallets.
func book(ctx context.Context, q db.Querier, causes []event.Event, all []*Posting) error {
	for _, p := range all {
		if err := p.Validate(); err != nil {
			return fmt.Errorf("%s of partner %s: %w", p.Kind, p.PartnerID, err)
		}
	}
	if err := postings.Insert(ctx, q, all...); err != nil {
		return err
	}
	changed := sumByBalance(all)
	if err := balances.InsertOn(ctx, q, addToBalance, changed...); err != nil {
		return err
	}
	before, err := walletsBefore(ctx, q, changed)
	if err != nil {
		return err
	}
	if err := entries.Insert(ctx, q, entryRows(all, before)...); err != nil {
		return err
	}
	return event.Append(ctx, q, append(causes, walletEvents(all)...))
}

// walletsBefore returns the balances of the wallets before these changes. The
// changes are already stored and lock the balances, so that no other
// transaction can book lines in between.
func walletsBefore(ctx context.Context, q db.Querier, changed []change) (map[balanceKey]money.Amount, error) {
	var owners []id.UUID
	for i := range changed {
		if c := &changed[i]; c.Account == Wallet && (len(owners) == 0 || owners[len(owners)-1] != c.PartnerID) {
			owners = append(owners, c.PartnerID)
		}
	}
	if len(owners) == 0 {
		return nil, nil //nolint:nilnil // no wallet changes
	}
	found, err := db.All[change](ctx, q, `SELECT partner_id, account, currency, amount_e6 FROM balances WHERE partner_id @anyid($1) AND account = 'wallet'`, owners)
	if err != nil {
		return nil, err
	}
	before := make(map[balanceKey]money.Amount, len(found))
	for _, b := range found {
		before[b.balanceKey] = b.Amount
	}
	for i := range changed {
		if c := &changed[i]; c.Account == Wallet {
			before[c.balanceKey] -= c.Amount
		}
	}
	return before, nil
}

// entryRows returns the rows of the postings' entries. The row of a wallet's
// entry has the wallet's balance after the entry. balances must hold the
// wallets' balances before the postings. entryRows adds the postings to them.
func entryRows(all []*Posting, balances map[balanceKey]money.Amount) []entryRow {
	var rows []entryRow
	for _, p := range all {
		for n, e := range p.Entries {
			row := entryRow{PartnerID: p.PartnerID, PostingID: p.ID, Line: n, Entry: e}
			if e.Account == Wallet {
				key := balanceKey{p.PartnerID, Wallet, e.Currency}
				after := balances[key] + e.Amount
				balances[key], row.Balance = after, &after
			}
			rows = append(rows, row)
		}
	}
	return rows
}

type balanceKey struct {
	PartnerID id.UUID `db:"partner_id"`
	Account   Account `db:"account"`
	Currency  string  `db:"currency"`
}

type change struct {
	balanceKey

	Amount money.Amount `db:"amount_e6"`
	USD    money.Amount `db:"amount_usd_e6"`
}

// sumByBalance adds up the postings for each balance, because one statement can
// change a balance only once. The result is sorted, so that all transactions lock
// the rows in the same order and cannot deadlock.
func sumByBalance(all []*Posting) []change {
	places := map[balanceKey]int{}
	var out []change
	for _, p := range all {
		for i := range p.Entries {
			e := &p.Entries[i]
			key := balanceKey{p.PartnerID, e.Account, e.Currency}
			place, known := places[key]
			if !known {
				place = len(out)
				places[key] = place
				out = append(out, change{balanceKey: key})
			}
			out[place].Amount += e.Amount
			out[place].USD += e.AmountUSD
		}
	}
	slices.SortFunc(out, func(x, y change) int {
		return cmp.Or(slices.Compare(x.PartnerID[:], y.PartnerID[:]), cmp.Compare(x.Account, y.Account), cmp.Compare(x.Currency, y.Currency))
	})
	return out
}

// Balances returns a partner's balances. The query uses a prefix of the primary
// key.
func Balances(ctx context.Context, q db.Querier, partnerID id.UUID) ([]Balance, error) {
	return db.All[Balance](ctx, q, `SELECT account, currency, amount_e6, amount_usd_e6 FROM balances WHERE partner_id = $1`, partnerID)
}

// walletEvents returns an event for each posting that changes a wallet.
func walletEvents(all []*Posting) []event.Event {
	var events []event.Event
	for _, p := range all {
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
