package partner

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Affiliation finds one of the partner's clients by e-mail, ignoring case and
// outer spaces. It also returns the accounts that the client opened under this
// partner.
//
// A client is affiliated while they are the partner's client, even while they
// are changing to another partner. A client who has left or changed is not
// affiliated, although the earlier accounts still earn for the partner.
//
// ok is false for another partner's client and for an unknown e-mail. Both
// cases take the same time, so that a caller cannot find out who is a client of
// the programme.
func (s *Service) Affiliation(ctx context.Context, partnerID id.UUID, email string) (a Affiliation, ok bool, err error) {
	return s.store.Affiliation(ctx, partnerID, normalEmail(email))
}

// AffiliationByAccount finds the client who owns one of the partner's accounts.
// It returns the same data as Affiliation.
func (s *Service) AffiliationByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (a Affiliation, ok bool, err error) {
	return s.store.AffiliationByAccount(ctx, partnerID, clientAccount)
}

func normalEmail(address string) string { return email.Normal(address) }

// These are the kinds of values by which Allocation can find a client.
const (
	ByEmail     = "email"
	ByClientUID = "client_uid"
	ByAccount   = "client_account"
)

// Allocation is one of the partner's clients, and the kind of value by which
// the client was found.
type Allocation struct {
	ClientRef
	Type string // ByEmail, ByClientUID or ByAccount
}

// Allocation finds one of the partner's clients, including clients who have
// left. The value is the client's e-mail, the client's uid, the first 8 hex
// digits of the uid, or an account that belongs to the partner. Eight digits
// can be an account or the beginning of a uid, so Allocation looks for an
// account first. It returns NotFound if the partner has no such client, even if
// another partner has one.
func (s *Service) Allocation(ctx context.Context, partnerID id.UUID, value string) (*Allocation, error) {
	value = page.Whole(strings.TrimSpace(value))
	if strings.Contains(value, "@") {
		c, ok, err := s.store.ClientByEmail(ctx, partnerID, normalEmail(value))
		return allocation(c, ByEmail, ok, err)
	}
	if feed.Digits(value) {
		c, ok, err := s.store.ClientByAccount(ctx, partnerID, value)
		if ok || err != nil {
			return allocation(c, ByAccount, ok, err)
		}
	}
	if from, to, is := id.Between(value); is {
		c, ok, err := s.store.ClientByUID(ctx, partnerID, from, to)
		return allocation(c, ByClientUID, ok, err)
	}
	return nil, fault.New(fault.NotFound)
}

func allocation(c ClientRef, by string, ok bool, err error) (*Allocation, error) {
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	return &Allocation{ClientRef: c, Type: by}, nil
}
