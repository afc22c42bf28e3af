package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// known caches what the store holds for some keys. A key that was asked for and
// not found is known to be absent.
type known[K comparable, V any] struct {
	rows  map[K]V
	asked map[K]bool
}

func newKnown[K comparable, V any]() known[K, V] {
	return known[K, V]{rows: map[K]V{}, asked: map[K]bool{}}
}

// ask returns those keys that were not asked for before, once each.
func (k known[K, V]) ask(keys ...K) []K {
	var missing []K
	for _, key := range keys {
		if !k.asked[key] {
			k.asked[key] = true
			missing = append(missing, key)
		}
	}
	return missing
}

// put notes a row that exists now.
func (k known[K, V]) put(key K, row V) {
	k.asked[key] = true
	k.rows[key] = row
}

// The need functions load what is not known yet, for all keys at once.

func (b *books) needCodes(ctx context.Context, codes ...string) error {
	folds := make([]string, len(codes))
	for i, code := range codes {
		folds[i] = foldOf(code)
	}
	missing := b.codes.ask(folds...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Codes(ctx, missing)
	if err != nil {
		return err
	}
	owners := make([]id.UUID, 0, len(found))
	for _, code := range found {
		b.putCode(code)
		owners = append(owners, code.PartnerID)
	}
	return b.needPartners(ctx, owners...)
}

// foldOf returns the fold of a code as a fact gives it, which may be a code or
// a whole link.
func foldOf(given string) string { return linkcode.Fold(linkcode.FromLink(given)) }

// putCode notes a code that exists now.
func (b *books) putCode(code OwnedCode) {
	fold := linkcode.Fold(code.Text)
	b.codes.put(fold, append(b.codes.rows[fold], code))
}

// code resolves a partner code as a fact gives it, to its owner and the owner's
// spelling of it. An empty code belongs to the house.
func (b *books) code(given string) (owner id.UUID, code string, known bool) {
	if given == "" {
		return id.Nil, "", true
	}
	codes := b.codes.rows[foldOf(given)]
	i := linkcode.Match(linkcode.FromLink(given), len(codes), func(i int) linkcode.Code { return codes[i].Code })
	if i < 0 {
		return id.Nil, "", false
	}
	return codes[i].PartnerID, codes[i].Text, true
}

// needEmails finds the partners with these e-mails.
func (b *books) needEmails(ctx context.Context, emails ...string) error {
	missing := b.emails.ask(emails...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Emails(ctx, missing)
	for email, owner := range found {
		b.emails.put(email, owner)
	}
	return err
}

// needPartners loads partners and everyone above them.
func (b *books) needPartners(ctx context.Context, ids ...id.UUID) error {
	for missing := b.partners.ask(ids...); len(missing) > 0; missing = b.partners.ask(ids...) {
		found, err := b.tx.Partners(ctx, missing)
		if err != nil {
			return err
		}
		ids = ids[:0:0]
		for _, p := range found {
			b.partners.put(p.ID, p)
			if p.ParentID != nil {
				ids = append(ids, *p.ParentID)
			}
		}
	}
	return nil
}

func (b *books) parent(p *partner.Partner) *partner.Partner {
	if p.ParentID == nil {
		return nil
	}
	return b.partners.rows[*p.ParentID]
}

func (b *books) needAccounts(ctx context.Context, numbers ...string) error {
	missing := b.accounts.ask(numbers...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Accounts(ctx, missing)
	if err != nil {
		return err
	}
	return b.putAccounts(ctx, found)
}

func (b *books) putAccounts(ctx context.Context, found []*attribution.Account) error {
	owners := make([]id.UUID, 0, len(found))
	for _, a := range found {
		if b.accounts.rows[a.ClientAccount] == nil { // the row in memory is newer
			b.accounts.put(a.ClientAccount, a)
		}
		owners = append(owners, a.PartnerID)
	}
	return b.needPartners(ctx, owners...)
}

func (b *books) needHistories(ctx context.Context, clients ...id.UUID) error {
	missing := b.histories.ask(clients...)
	if len(missing) == 0 {
		return nil
	}
	events, err := b.tx.Events(ctx, missing)
	if err != nil {
		return err
	}
	var owners []id.UUID
	for _, e := range events {
		b.histories.rows[e.ClientUID] = append(b.histories.rows[e.ClientUID], e)
		owners = append(owners, e.PartnerID)
	}
	for _, uid := range missing {
		b.histories.rows[uid].Sort()
	}
	return b.needPartners(ctx, append(owners, id.Nil)...)
}

func (b *books) needClients(ctx context.Context, clients ...id.UUID) error {
	missing := b.clientsOf.ask(clients...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Clients(ctx, missing)
	if err != nil {
		return err
	}
	for _, c := range found {
		b.putClient(c)
		b.counted[c] = c.Status()
		b.told.knows(c)
	}
	return nil
}

func (b *books) putClient(c *attribution.Client) {
	rows := b.clientsOf.rows[c.ClientUID]
	if rows == nil {
		rows = map[id.UUID]*attribution.Client{}
		b.clientsOf.put(c.ClientUID, rows)
	}
	rows[c.PartnerID] = c
}

// needTickets finds the orders that reversals name, with their accounts and
// with their earlier reversals and reinstatements.
func (b *books) needTickets(ctx context.Context, keys ...ticketKey) error {
	missing := b.tickets.ask(keys...)
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

// putStored puts each reward under those of the keys, all of which were looked
// for, that name it.
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
			continue // it was found already, under another name of its server
		} else {
			seen[this] = true
		}
		for _, key := range by[number{o.Ticket, o.Part}] {
			_, named := b.accounts.rows[o.ClientAccount].ServerNamed(key.server)
			if named || feed.NormalServer(o.Server) == key.server {
				b.tickets.rows[key] = append(b.tickets.rows[key], r)
			}
		}
	}
}

// putTicket notes a reward under each name of its account's server.
func (b *books) putTicket(r *reward.Reward) {
	for _, name := range b.accounts.rows[r.Order.ClientAccount].ServerNames() {
		key := ticketKey{name, r.Order.Ticket, r.Order.Part}
		b.tickets.rows[key] = append(b.tickets.rows[key], r)
	}
}

func (b *books) needAccountDays(ctx context.Context, keys ...DayKey) error {
	missing := b.accountDays.ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.AccountDays(ctx, missing)
	for _, row := range found {
		b.accountDays.put(row.DayKey, row)
	}
	return err
}

func (b *books) needPartnerDays(ctx context.Context, keys ...DayKey) error {
	missing := b.partnerDays.ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.PartnerDays(ctx, missing)
	for _, row := range found {
		b.partnerDays.put(row.DayKey, row)
	}
	return err
}

func (b *books) needPartnerTotals(ctx context.Context, owners ...id.UUID) error {
	missing := b.totals.ask(owners...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.PartnerTotals(ctx, missing)
	for _, row := range found {
		b.totals.put(row.PartnerID, row)
	}
	return err
}

func (b *books) needServerDays(ctx context.Context, keys ...ServerDayKey) error {
	missing := b.serverDays.ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.ServerDays(ctx, missing)
	for _, row := range found {
		b.serverDays.put(row.ServerDayKey, row)
	}
	return err
}

func (b *books) needInstruments(ctx context.Context, symbols ...string) error {
	missing := b.instruments.ask(symbols...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Instruments(ctx, missing)
	for _, version := range found {
		b.instruments.rows[version.Symbol] = append(b.instruments.rows[version.Symbol], version)
	}
	return err
}
