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

// A registration may contain the ids of the clicks that led to it. The first of
// these rules that applies decides who owns the client:
//
//  1. The owner of the fact's partner code owns the client.
//  2. The partner of a click owns the client. This programme must have created
//     the id of the click. The click must have happened before the registration
//     (with a tolerance of click.Skew) and within the attribution window. If
//     there are several such clicks, the plan in force at the registration says
//     whether the first or the last applies.
//  3. The client belongs to the programme itself (the house).
//
// An id that is malformed, too old or from another programme is ignored. It
// never makes a registration fail. The result does not depend on the order of
// the facts, because a click is stored before its id is given out, and never
// changes.

// Clicks finds clicks by their ids and ignores unknown ids. Owner returns the
// partner to whom a click id belongs, even if the click was not stored.
// click.Finder implements Clicks. Tests also use an implementation that finds
// no click.
type Clicks interface {
	Clicks(ctx context.Context, ids []string) (map[string]click.Click, error)
	Owner(clickID string) (partnerID id.UUID, genuine bool)
}

// findClicks reads the clicks that the facts refer to. It is called before the
// transaction starts, because clicks are in another store.
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

func clickIDs(in *feed.Client) []string {
	if in.ClickID == "" {
		return in.ClickIDs
	}
	return append([]string{in.ClickID}, in.ClickIDs...)
}

// clickOf returns the click that applies to a registration, or nil if there is
// none. If owner is not id.Nil, only clicks of this partner can apply.
func (b *books) clickOf(f *feed.Fact, in *feed.Client, owner id.UUID) *click.Named {
	rule := click.Rule{
		Window: settings.AttributionWindow.At(b.settings, f.At),
		First:  reward.InForce(b.plans, f.At).CountedClick == reward.FirstClick,
	}
	return b.clicks.Counted(clickIDs(in), rule, f.At, owner)
}

// registeredBy returns the owner and the code of a registration, and the click
// that applies, or nil. It returns false if no partner has the code yet. If the
// registration has a code, only clicks of the code's partner can apply. If it
// has no code and the click's code now belongs to another partner, the
// programme itself (the house) owns the client.
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

// recordSource records where a new client came from. Information from the
// broker takes precedence over information from the click.
func (b *books) recordSource(f *feed.Fact, in *feed.Client, owner id.UUID, code string, by *click.Named) click.Origin {
	return b.clicks.Add(click.Origin{
		PartnerID: owner, ClientUID: in.ClientUID, LinkCode: code, CampaignCode: in.CampaignCode, SubID: in.SubID, RegisteredAt: f.At,
	}, by)
}
