package evidence

import (
	"cmp"
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Clicks finds clicks by their ids. click.Finder implements Clicks.
type Clicks interface {
	Clicks(ctx context.Context, ids []string) (map[string]click.Click, error)
	Owner(clickID string) (partnerID id.UUID, genuine bool)
}

// Service lists the evidence about clients.
type Service struct {
	store  Store
	clicks Clicks
}

// NewService returns a Service.
func NewService(store Store, clicks Clicks) *Service { return &Service{store, clicks} }

// Find returns the evidence about a client, for the broker.
//
// It returns NotFound if there is no such client, and ValidationError for partner_uid
// if there is no such partner.
func (s *Service) Find(ctx context.Context, ask Question) (*Evidence, error) {
	var found *records
	err := s.store.db.Read(ctx, func(ctx context.Context, q db.Querier) (err error) {
		if ask.Partner != nil {
			if known, err := exists(ctx, q, *ask.Partner); err != nil {
				return err
			} else if !known {
				return fault.Invalid("partner_uid", "does_not_exist", "There is no such partner. Send the partner_uid of a partner, or leave it out.")
			}
		}
		found, err = read(ctx, q, ask.ClientUID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.list(ctx, &builder{records: found, clientUID: ask.ClientUID, asks: ask.Partner})
}

// FindOwn returns the evidence about a client that a partner has or had, for this
// partner. The client is named by its whole UUID or by the first 8 digits. The list
// has only the entries that concern the partner, and does not say who another partner
// is.
//
// It returns NotFound if the partner never had the client.
func (s *Service) FindOwn(ctx context.Context, partnerID id.UUID, client string) (*Evidence, error) {
	b := &builder{asks: &partnerID, own: true}
	err := s.store.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		clientUID, ambiguous, err := clientOf(ctx, q, partnerID, client)
		switch {
		case err != nil:
			return err
		case ambiguous:
			return fault.Invalid("client_uid", "ambiguous", "Several of your clients begin with these digits. Send the whole UUID.")
		case clientUID == nil:
			return fault.New(fault.NotFound)
		}
		b.clientUID = *clientUID
		b.records, err = read(ctx, q, *clientUID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.list(ctx, b)
}

// list builds the answer from the records. It reads the clicks outside the
// transaction, because they are in another store.
func (s *Service) list(ctx context.Context, b *builder) (*Evidence, error) {
	found, err := s.clicks.Clicks(ctx, b.clickIDs())
	if err != nil {
		return nil, err
	}
	b.addClicks(found, s.clicks.Owner)
	if err := b.addHistory(); err != nil {
		return nil, err
	}
	b.addSelfReferrals()
	b.addAccounts()
	return b.answer(), nil
}

// answer sorts the entries, and leaves out what the reader must not see.
func (b *builder) answer() *Evidence {
	out := &Evidence{ClientUID: b.clientUID, Partner: b.now, Relation: b.relation()}
	for _, a := range b.accounts {
		if !b.own || a.With(*b.asks) != nil {
			out.Accounts = append(out.Accounts, Account{a.ClientAccount, b.shown(Party{a.PartnerID, a.LinkCode})})
		}
	}
	slices.SortFunc(out.Accounts, func(x, y Account) int { return cmp.Compare(x.ClientAccount, y.ClientAccount) })
	entries := b.entries
	if b.own {
		entries = slices.DeleteFunc(entries, func(e Entry) bool { return !e.concerns(*b.asks) })
		for i := range entries {
			b.hide(&entries[i])
		}
	}
	slices.SortStableFunc(entries, func(x, y Entry) int { return x.At.Compare(y.At) })
	if out.Cut = len(entries) > MaxEntries; out.Cut {
		entries = entries[len(entries)-MaxEntries:]
	}
	out.Entries = entries
	if b.asks != nil {
		out.Summary = b.summary()
	}
	out.Partner = b.shown(out.Partner)
	return out
}

// relation returns the client's relation to its present partner, or to the partner who
// reads the list.
func (b *builder) relation() attribution.Relation {
	to := b.now.PartnerID
	if b.own {
		to = *b.asks
	}
	if standing, is := b.history.Standings()[to]; is {
		return standing.Relation
	}
	return attribution.Current // the partner has only accounts with its typed code
}

// concerns reports whether an entry gives a client or an account to the partner, or
// takes it away.
func (e *Entry) concerns(partnerID id.UUID) bool {
	return e.Partner != nil && e.Partner.PartnerID == partnerID || e.from != nil && e.from.PartnerID == partnerID
}

// hide removes what a partner must not see: the facts, and the figures of an entry that
// names another partner.
func (b *builder) hide(e *Entry) {
	e.FactID = ""
	if e.Partner != nil && e.Partner.PartnerID != *b.asks {
		e.Figures = nil
		other := b.shown(*e.Partner)
		e.Partner = &other
	}
}

// shown returns a Party as the reader may see it: the link code of another partner is
// left out. The caller must not pass on its id either.
func (b *builder) shown(p Party) Party {
	if b.own && p.PartnerID != *b.asks {
		p.LinkCode = ""
	}
	return p
}
