package accrual

import (
	"time"

	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/settings"
)

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
