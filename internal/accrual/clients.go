package accrual

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

func (b *books) partnerRegistered(ctx context.Context, f *feed.Fact, in *feed.Partner) (effect, error) {
	if err := b.needPartners(ctx, in.PartnerUID); err != nil {
		return effect{}, err
	}
	if was := b.partners.Rows[in.PartnerUID]; was != nil {
		parent, _, parentKnown := b.code(in.ParentCode)
		owner, _, known := b.code(in.PartnerCode)
		parentWas, country := was.Registered()
		sameParent := (parentWas == nil && parent == id.Nil) || (parentWas != nil && *parentWas == parent)
		if known && parentKnown && sameParent && was.Email == in.Email && country == in.Country && was.Currency == in.Currency &&
			was.Programme == in.Program && owner == in.PartnerUID {
			return effect{again: true}, nil
		}
		return refuse("conflict", "partner_uid: this partner is already registered, with different details"), nil
	}
	if taken := b.codes.Rows[linkcode.Fold(in.PartnerCode)]; len(taken) > 0 {
		return codeTaken(in.PartnerCode, taken), nil
	}
	if _, taken := b.emails.Rows[in.Email]; taken {
		return refuse("already_in_use", "email: %q belongs to another partner", in.Email), nil
	}
	p := &partner.Partner{
		ID: in.PartnerUID, Email: in.Email, Country: in.Country, Programme: in.Program, Currency: in.Currency,
		Account: partner.AccountNumber(in.PartnerUID), Status: partner.Active, RegisteredAt: f.At, NextNumber: 1,
	}
	if in.ParentCode != "" {
		parentID, _, known := b.code(in.ParentCode)
		if !known {
			return effect{wait: feed.CodeKey(in.ParentCode)}, nil
		}
		p.ParentID = &parentID
	}
	b.partners.Put(p.ID, p)
	b.putCode(OwnedCode{linkcode.Code{Text: in.PartnerCode, Affiliate: in.Program == partner.Affiliate}, p.ID})
	b.emails.Put(in.Email, p.ID)
	b.changes.NewPartners = append(b.changes.NewPartners, p)
	b.changes.NewLinks = append(b.changes.NewLinks, partner.Link{
		PartnerID: p.ID, Code: in.PartnerCode, RewardSchema: partner.SchemaRevShare, IsDefault: true, CreatedAt: f.At,
	})
	b.releaseWaiting(feed.CodeKey(in.PartnerCode))
	return effect{}, b.agentRegistered(ctx, f, p)
}

// codeTaken refuses a code that already exists, or that is easily confused with
// an existing code. If both codes existed, a third spelling could mean either
// of them.
func codeTaken(code string, taken []OwnedCode) effect {
	for _, c := range taken {
		if c.Text == code {
			return refuse("already_in_use", "partner_code: %q belongs to another partner", code)
		}
	}
	return refuse("already_in_use", "partner_code: %q differs from %q, which belongs to another partner, only in case, closing punctuation or the prefix %q; "+
		"give the partner another code", code, taken[0].Text, linkcode.AffiliatePrefix)
}

func (b *books) clientRegistered(ctx context.Context, f *feed.Fact, in *feed.Client) (effect, error) {
	owner, code, by, known, err := b.registeredBy(ctx, f, in)
	if err != nil {
		return effect{}, err
	}
	if !known {
		return effect{wait: feed.CodeKey(code)}, nil
	}
	if err := b.needPartners(ctx, owner); err != nil {
		return effect{}, err
	}
	self := b.selfReferral(f, in.ClientUID, in.Email, owner)
	if self != nil && self.Refused {
		owner, code, by = id.Nil, "", nil
	}
	history := b.histories.Rows[in.ClientUID]
	if base, registered := history.Registered(); registered {
		row, err := b.client(ctx, base.PartnerID, in.ClientUID)
		if err != nil {
			return effect{}, err
		}
		if base.LinkCode == code && row != nil && row.Email == in.Email && row.Country == in.Country {
			return effect{again: true}, nil
		}
		return refuse("conflict", "client_uid: this client is already registered, with different details"), nil
	}
	owner, code = b.selfReferred(self, owner, code)
	b.event(attribution.Event{
		ClientUID: in.ClientUID, At: f.At, FactID: f.ID, Kind: f.Type, PartnerID: owner, LinkCode: code,
	})
	from := b.recordSource(f, in, owner, code, by)
	c := &attribution.Client{
		PartnerID: owner, ClientUID: in.ClientUID, Email: in.Email, Country: in.Country,
		CampaignCode: from.CampaignCode, SubID: from.SubID, ClickID: cmp.Or(b.clicks.Readable(in.ClickID, owner), from.ClickID),
		RegisteredAt: f.At, RegDay: b.day(f.At),
	}
	if err := b.needPartners(ctx, owner); err != nil {
		return effect{}, err
	}
	b.addClient(c)
	b.cpa.Registered(reward.InForce(b.plans, f.At), c, code)
	b.releaseWaiting(feed.ClientKey(in.ClientUID))
	return effect{}, b.updateStandings(ctx, in.ClientUID)
}

func (b *books) addClient(c *attribution.Client) {
	p := b.partners.Rows[c.PartnerID]
	c.Number = p.Number()
	b.dirty.partners[p] = true
	b.putClient(c)
	b.dirty.clients[c] = true
}

func (b *books) event(e attribution.Event) {
	history := append(slices.Clone(b.histories.Rows[e.ClientUID]), e)
	history.Sort()
	b.histories.Put(e.ClientUID, history)
	b.changes.Events = append(b.changes.Events, e)
}

// updateStandings updates the rows of a client to match the client's history.
// The client has one row for each partner that it ever had. The history
// determines the Standing in each row.
func (b *books) updateStandings(ctx context.Context, clientUID id.UUID) error {
	history := b.histories.Rows[clientUID]
	base, _ := history.Registered()
	first, err := b.client(ctx, base.PartnerID, clientUID)
	if err != nil {
		return err
	}
	standings := history.Standings()
	for partnerID, standing := range standings {
		row, err := b.clientAt(ctx, partnerID, first)
		if err != nil {
			return err
		}
		row.Standing = standing
		b.dirty.clients[row] = true
	}
	for partnerID, row := range b.clientsOf.Rows[clientUID] {
		// A partner who is not in the history has the client only because the
		// partner's code was typed for an account.
		if _, is := standings[partnerID]; !is {
			row.Standing = history.Answered(row.Standing, partnerID)
			row.VerifiedAt = standings[base.PartnerID].VerifiedAt
			b.dirty.clients[row] = true
		}
	}
	return nil
}

// clientAt returns the client's row with a partner. If there is none, it
// creates one from the client's first row. Only the first row has the client's
// campaign and click.
func (b *books) clientAt(ctx context.Context, partnerID id.UUID, first *attribution.Client) (*attribution.Client, error) {
	row, err := b.client(ctx, partnerID, first.ClientUID)
	if err != nil || row != nil {
		return row, err
	}
	if err := b.needPartners(ctx, partnerID); err != nil {
		return nil, err
	}
	row = &attribution.Client{
		PartnerID: partnerID, ClientUID: first.ClientUID, Email: first.Email, Country: first.Country,
		RegisteredAt: first.RegisteredAt, RegDay: first.RegDay,
		Standing: attribution.Standing{Relation: attribution.Current, Contact: attribution.ContactEmpty, VerifiedAt: first.VerifiedAt},
	}
	b.addClient(row)
	return row, nil
}

func (b *books) clientChanged(ctx context.Context, f *feed.Fact, in *feed.ClientChange) (effect, error) {
	if _, registered := b.histories.Rows[in.ClientUID].Registered(); !registered {
		return effect{wait: feed.ClientKey(in.ClientUID)}, nil
	}
	owner, code, known := b.code(in.PartnerCode)
	if !known {
		return effect{wait: feed.CodeKey(in.PartnerCode)}, nil
	}
	if f.Type == feed.ContactShared {
		asked, err := b.tx.Asked(ctx, in.ClientUID, slices.Collect(maps.Keys(b.clientsOf.Rows[in.ClientUID])), f.At.Add(-partner.ContactLife), f.At)
		if err != nil {
			return effect{}, err
		}
		owner = asked // the contact goes to the partner who asked, even if the client has another partner now
	}
	changes := f.Type == feed.ClientPartnerChanged || f.Type == feed.ClientMoved
	if changes {
		base, _ := b.histories.Rows[in.ClientUID].Registered()
		first, err := b.client(ctx, base.PartnerID, in.ClientUID)
		if err != nil {
			return effect{}, err
		}
		owner, code = b.selfReferred(b.selfReferral(f, in.ClientUID, first.Email, owner), owner, code)
	}
	b.event(attribution.Event{
		ClientUID: in.ClientUID, At: f.At, FactID: f.ID, Kind: f.Type, PartnerID: owner, LinkCode: code,
		Granted: in.Granted != nil && *in.Granted,
	})
	if err := b.updateStandings(ctx, in.ClientUID); err != nil {
		return effect{}, err
	}
	if changes {
		return effect{}, b.reattribute(ctx, f, in.ClientUID)
	}
	return effect{}, nil
}

// A self-referral is a client with the same e-mail as the partner who brings
// the client. A registration, a code typed for an account, or a change of
// partner can cause a self-referral. A setting of the programme says whether
// self-referrals are allowed, flagged or refused.

// SelfReferral records that a partner has become their own client, or has tried
// to.
type SelfReferral struct {
	PartnerID id.UUID   `db:"partner_id"`
	ClientUID id.UUID   `db:"client_uid"`
	FactID    string    `db:"fact_id"`
	At        time.Time `db:"at"`
	Email     string    `db:"email"`   // the client's e-mail
	Refused   bool      `db:"refused"` // whether the programme refused to give the client to the partner
}

// selfReferral returns the self-referral that a fact causes. It returns nil if
// there is none, or if the programme allows self-referrals.
func (b *books) selfReferral(f *feed.Fact, clientUID id.UUID, address string, owner id.UUID) *SelfReferral {
	p := b.partners.Rows[owner]
	if owner == id.Nil || p == nil || email.Mailbox(p.Email) != email.Mailbox(address) {
		return nil
	}
	what := settings.SelfReferral.At(b.settings, f.At)
	if what == settings.AllowSelfReferral {
		return nil
	}
	return &SelfReferral{
		PartnerID: owner, ClientUID: clientUID, FactID: f.ID, At: f.At, Email: address, Refused: what == settings.RefuseSelfReferral,
	}
}

// selfReferred records s unless it is nil, and returns the client's owner and
// code. If the self-referral is refused, the programme itself (the house) owns
// the client.
func (b *books) selfReferred(s *SelfReferral, owner id.UUID, code string) (counts id.UUID, by string) {
	if s == nil {
		return owner, code
	}
	b.changes.SelfReferrals = append(b.changes.SelfReferrals, *s)
	if s.Refused {
		return id.Nil, ""
	}
	return owner, code
}
