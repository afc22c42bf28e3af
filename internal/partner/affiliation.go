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

// Affiliation looks up whether a client with this e-mail is the partner's, and
// if so which of its accounts are. The e-mail is compared trimmed and without
// case. A client is affiliated as long as it is the partner's, even while it is
// changing to another partner. It is not once it has left or changed, although
// the accounts that it opened before still earn for the partner. Accounts that
// the client opened under other partners are never shown.
//
// ok is false for another partner's client and for an unknown e-mail. Both take
// the same time.
func (s *Service) Affiliation(ctx context.Context, partnerID id.UUID, email string) (a Affiliation, ok bool, err error) {
	return s.store.Affiliation(ctx, partnerID, normalEmail(email))
}

// AffiliationByAccount looks up the client that has an account of the
// partner's, in the same way as Affiliation.
func (s *Service) AffiliationByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (a Affiliation, ok bool, err error) {
	return s.store.AffiliationByAccount(ctx, partnerID, clientAccount)
}

func normalEmail(address string) string { return email.Normal(address) }

// These are the kinds of value that an allocation can be found by.
const (
	ByEmail     = "email"
	ByClientUID = "client_uid"
	ByAccount   = "client_account"
)

// Allocation is one of the partner's clients and the kind of value that found
// it.
type Allocation struct {
	ClientRef
	Type string // ByEmail, ByClientUID or ByAccount
}

// Allocation finds one of the partner's clients, including those who left, by
// its e-mail, its uid (whole, or the first 8 hex characters) or one of the
// accounts that are the partner's. Eight digits can be an account or the
// beginning of a uid; the account is tried first. NotFound: the partner has no
// such client, even if another partner has.
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
