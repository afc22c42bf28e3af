package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// needTickets loads the orders that reversals refer to. It also loads their
// accounts and their earlier reversals and reinstatements.
func (b *books) needTickets(ctx context.Context, keys ...ticketKey) error {
	missing := b.tickets.Ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	servers := make([]string, len(missing))
	for i, key := range missing {
		servers[i] = key.server
	}
	spellings, err := b.tx.ServerSpellings(ctx, servers)
	if err != nil {
		return err
	}
	var spelled []feed.OrderKey
	for _, key := range missing {
		for _, spelling := range spellings[key.server] {
			spelled = append(spelled, feed.OrderKey{Server: spelling, Ticket: key.ticket, Part: key.part})
		}
	}
	found, err := b.tx.Tickets(ctx, spelled)
	if err != nil || len(found) == 0 {
		return err
	}
	var accounts []string
	var changed []rebate.AccountKey
	for _, r := range found {
		accounts = append(accounts, r.Order.ClientAccount)
		changed = append(changed, rebate.AccountKey{PartnerID: r.PartnerID, ClientAccount: r.Order.ClientAccount})
	}
	if err := b.needAccounts(ctx, accounts...); err != nil {
		return err
	}
	b.putStored(found, missing)
	return b.needOrderChanges(ctx, changed...)
}

// putStored stores each reward under the requested keys that refer to it.
func (b *books) putStored(found []*reward.Reward, keys []ticketKey) {
	type number struct {
		ticket int64
		part   int
	}
	by := map[number][]ticketKey{}
	for _, key := range keys {
		by[number{key.ticket, key.part}] = append(by[number{key.ticket, key.part}], key)
	}
	type row struct {
		orderRef
		kind reward.Kind
	}
	seen := map[row]bool{}
	for _, r := range found {
		o := &r.Order
		if this := (row{refOf(o.Key()), r.Kind}); seen[this] {
			continue // already found under another name of its server
		} else {
			seen[this] = true
		}
		for _, key := range by[number{o.Ticket, o.Part}] {
			_, named := b.accounts.Rows[o.ClientAccount].ServerNamed(key.server)
			if named || feed.NormalServer(o.Server) == key.server {
				b.tickets.Rows[key] = append(b.tickets.Rows[key], r)
			}
		}
	}
}

func (b *books) putTicket(r *reward.Reward) {
	for _, name := range b.accounts.Rows[r.Order.ClientAccount].ServerNames() {
		key := ticketKey{name, r.Order.Ticket, r.Order.Part}
		b.tickets.Rows[key] = append(b.tickets.Rows[key], r)
	}
}

// ticketKey identifies an order as a reversal does: by the server's normalised
// name, the ticket and the part, without the account.
type ticketKey struct {
	server string
	ticket int64
	part   int
}

func ticketOf(r *feed.Reversal) ticketKey {
	return ticketKey{feed.NormalServer(r.Server), r.Ticket, r.Part}
}
