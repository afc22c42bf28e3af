package accrual

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// A registration may carry the ids of the clicks that it came by. The first of
// these that applies decides whose client it is:
//
//  1. the partner code of the fact, typed or known to the broker;
//  2. a click whose id this programme gave out, if it happened before the
//     registration (with a tolerance of click.Skew) and within the attribution
//     window. If several do, the last one counts, or the first one if the
//     plan in force at the registration says so;
//  3. the house.
//
// An id that is malformed, from another programme or too old is ignored: it
// never makes a registration fail. A click never changes and exists before its
// id does, so facts have the same result in any order.

// Clicks finds clicks by the ids that landing pages were given, and leaves out
// ids that name none. Owner returns the partner whose click an id names,
// whether or not the click was kept. click.Finder is one.
type Clicks interface {
	Clicks(ctx context.Context, ids []string) (map[string]click.Click, error)
	Owner(clickID string) (partnerID id.UUID, genuine bool)
}

// findClicks reads the clicks that facts name, before their transaction.
func (s *Service) findClicks(ctx context.Context, facts []feed.Fact) (map[string]click.Click, error) {
	found := map[string]click.Click{}
	if s.config.Clicks == nil {
		return found, nil
	}
	var ids []string
	for i := range facts {
		if client, is := facts[i].Body.(*feed.Client); is {
			ids = append(ids, clickIDs(client)...)
		}
	}
	if len(ids) == 0 {
		return found, nil
	}
	found, err := s.config.Clicks.Clicks(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("finding the clicks of %d registrations: %w", len(ids), err)
	}
	return found, nil
}

// clickIDs returns the ids that a registration names.
func clickIDs(in *feed.Client) []string {
	if in.ClickID == "" {
		return in.ClickIDs
	}
	return append([]string{in.ClickID}, in.ClickIDs...)
}

// clickOf returns the click that a registration belongs to, or nil if there is
// none. If of is not Nil, only the clicks of that partner count.
func (b *books) clickOf(f *feed.Fact, in *feed.Client, of id.UUID) *click.Named {
	rule := click.Rule{
		Window: settings.AttributionWindow.At(b.settings, f.At),
		First:  reward.InForce(b.plans, f.At).CountedClick == reward.FirstClick,
	}
	return b.clicks.Counted(clickIDs(in), rule, f.At, of)
}

// registeredBy returns the owner of a registration, its code, and its click or
// nil if none counts. known is false if no one has the code yet. Beside a code,
// only clicks of its partner count. Without a code, the client is the house's
// if the click's code now belongs to another partner.
func (b *books) registeredBy(ctx context.Context, f *feed.Fact, in *feed.Client) (owner id.UUID, code string, by *click.Named, known bool, err error) {
	if in.PartnerCode != "" {
		if owner, code, known = b.code(in.PartnerCode); !known {
			return id.Nil, in.PartnerCode, nil, false, nil
		}
		return owner, code, b.clickOf(f, in, owner), true, nil
	}
	if by = b.clickOf(f, in, id.Nil); by != nil {
		code = by.LinkCode
		if err := b.needCodes(ctx, code); err != nil {
			return id.Nil, "", nil, false, err
		}
	}
	owner, _, known = b.code(code)
	if by != nil && by.PartnerID != owner {
		if known {
			return id.Nil, "", nil, true, nil
		}
		by = nil
	}
	return owner, code, by, known, nil
}

// source notes where a new client came from. The broker's information counts
// more than the click's.
func (b *books) source(f *feed.Fact, in *feed.Client, owner id.UUID, code string, by *click.Named) click.Origin {
	return b.clicks.Add(click.Origin{
		PartnerID: owner, ClientUID: in.ClientUID, LinkCode: code, CampaignCode: in.CampaignCode, SubID: in.SubID, RegisteredAt: f.At,
	}, by)
}
