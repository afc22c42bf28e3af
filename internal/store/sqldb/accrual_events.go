package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// saveTold keeps the events of a batch: what happened before what it did to
// the wallet.
func (tx booksTx) saveTold(ctx context.Context, c *accrual.Changes) error {
	return event.Append(ctx, tx.q, c.Told)
}

// tellPostings keeps an event for each posting that changes a wallet, whoever
// makes it.
func tellPostings(ctx context.Context, q db.Querier, postings []*ledger.Posting) error {
	var events []event.Event
	for _, p := range postings {
		data := event.Wallet{PostingID: p.ID, Kind: string(p.Kind), BookedAt: p.BookedAt}
		for i := range p.Entries {
			if e := &p.Entries[i]; e.Account == ledger.Wallet {
				data.Add(e.Currency, e.Amount, e.AmountUSD)
			}
		}
		if data.Moves() {
			events = append(events, event.New(p.PartnerID, event.WalletChanged, p.BookedAt, data))
		}
	}
	return event.Append(ctx, q, events)
}
