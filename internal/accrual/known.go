package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
)

// A function with a name like needPartners loads the rows with the given keys,
// unless they are already loaded.

func (b *books) needCodes(ctx context.Context, codes ...string) error {
	folds := make([]string, len(codes))
	for i, code := range codes {
		folds[i] = foldOf(code)
	}
	missing := b.codes.Ask(folds...)
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

// foldOf returns the fold of a code (see linkcode.Fold). The argument is the
// code itself, or a link that contains the code.
func foldOf(given string) string { return linkcode.Fold(linkcode.FromLink(given)) }

func (b *books) putCode(code OwnedCode) {
	fold := linkcode.Fold(code.Text)
	b.codes.Put(fold, append(b.codes.Rows[fold], code))
}

// code returns the owner of a partner code, and the code as its owner spells
// it. An empty code belongs to the programme itself (the house). code returns
// false if no partner has the code.
func (b *books) code(given string) (owner id.UUID, code string, known bool) {
	if given == "" {
		return id.Nil, "", true
	}
	codes := b.codes.Rows[foldOf(given)]
	i := linkcode.Match(linkcode.FromLink(given), len(codes), func(i int) linkcode.Code { return codes[i].Code })
	if i < 0 {
		return id.Nil, "", false
	}
	return codes[i].PartnerID, codes[i].Text, true
}

func (b *books) needEmails(ctx context.Context, emails ...string) error {
	missing := b.emails.Ask(emails...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Emails(ctx, missing)
	for email, owner := range found {
		b.emails.Put(email, owner)
	}
	return err
}

// needPartners loads partners and everyone who is above them at any time.
func (b *books) needPartners(ctx context.Context, ids ...id.UUID) error {
	var loaded []id.UUID
	for missing := b.partners.Ask(ids...); len(missing) > 0; missing = b.partners.Ask(ids...) {
		found, err := b.tx.Partners(ctx, missing)
		if err != nil {
			return err
		}
		loaded = append(loaded, missing...)
		ids = ids[:0:0]
		for _, p := range found {
			b.partners.Put(p.ID, p)
			ids = append(ids, p.ParentsEver()...)
		}
	}
	if more := b.tx.keys.Lacking(db.Partners(loaded...)); len(more.Partners()) > 0 {
		return &needsKeysError{more}
	}
	return nil
}

// parentAt returns the partner who is directly above p at t, or nil if there is none.
func (b *books) parentAt(p *partner.Partner, t time.Time) *partner.Partner {
	if parent := p.ParentAt(t); parent != id.Nil {
		return b.partners.Rows[parent]
	}
	return nil
}

func (b *books) needAccounts(ctx context.Context, numbers ...string) error {
	missing := b.accounts.Ask(numbers...)
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
		if b.accounts.Rows[a.ClientAccount] == nil { // a row that is already in memory may have unsaved changes
			b.accounts.Put(a.ClientAccount, a)
		}
		for _, row := range a.Rows() {
			owners = append(owners, row.PartnerID)
		}
	}
	return b.needPartners(ctx, owners...)
}

func (b *books) needHistories(ctx context.Context, clients ...id.UUID) error {
	missing := b.histories.Ask(clients...)
	if len(missing) == 0 {
		return nil
	}
	events, err := b.tx.Events(ctx, missing)
	if err != nil {
		return err
	}
	var owners []id.UUID
	for _, e := range events {
		b.histories.Rows[e.ClientUID] = append(b.histories.Rows[e.ClientUID], e)
		owners = append(owners, e.PartnerID)
	}
	for _, uid := range missing {
		b.histories.Rows[uid].Sort()
	}
	return b.needPartners(ctx, append(owners, id.Nil)...)
}

func (b *books) needClients(ctx context.Context, clients ...id.UUID) error {
	missing := b.clientsOf.Ask(clients...)
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
	rows := b.clientsOf.Rows[c.ClientUID]
	if rows == nil {
		rows = map[id.UUID]*attribution.Client{}
		b.clientsOf.Put(c.ClientUID, rows)
	}
	rows[c.PartnerID] = c
}

func (b *books) needAccountDays(ctx context.Context, keys ...DayKey) error {
	missing := b.accountDays.Ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.AccountDays(ctx, missing)
	for _, row := range found {
		b.accountDays.Put(row.DayKey, row)
	}
	return err
}

func (b *books) needPartnerDays(ctx context.Context, keys ...DayKey) error {
	missing := b.partnerDays.Ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.PartnerDays(ctx, missing)
	for _, row := range found {
		b.partnerDays.Put(row.DayKey, row)
	}
	return err
}

func (b *books) needPartnerTotals(ctx context.Context, owners ...id.UUID) error {
	missing := b.totals.Ask(owners...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.PartnerTotals(ctx, missing)
	for _, row := range found {
		b.totals.Put(row.PartnerID, row)
	}
	return err
}

func (b *books) needServerDays(ctx context.Context, keys ...ServerDayKey) error {
	missing := b.serverDays.Ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.ServerDays(ctx, missing)
	for _, row := range found {
		b.serverDays.Put(row.ServerDayKey, row)
	}
	return err
}

func (b *books) needInstruments(ctx context.Context, symbols ...string) error {
	missing := b.instruments.Ask(symbols...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Instruments(ctx, missing)
	for _, version := range found {
		b.instruments.Rows[version.Symbol] = append(b.instruments.Rows[version.Symbol], version)
	}
	return err
}
