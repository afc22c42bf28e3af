package accrual

import (
	"time"

	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/settings"
)

// A self-referral is a client whose e-mail is that of the partner who brings
// it: by its registration, by a code typed for an account, or by a change of
// partner. The programme's setting says whether it counts.

// SelfReferral is one of them.
type SelfReferral struct {
	PartnerID id.UUID // whose e-mail it is
	ClientUID id.UUID
	FactID    string
	At        time.Time
	Email     string // the client's
	Refused   bool   // the partner does not get the client
}

// selfReferral looks whether a fact brings a client to the partner that it is
// itself; nil: it does not, or nobody minds.
func (b *books) selfReferral(f *feed.Fact, clientUID id.UUID, address string, owner id.UUID) *SelfReferral {
	p := b.partners.rows[owner]
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

// selfReferred notes a self-referral, and says whose the client is then.
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
