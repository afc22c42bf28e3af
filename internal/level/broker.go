package level

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// Set sets a partner's level from tomorrow onwards, as a decision of the broker.
// The partner gets no progress reward for this change, and an announced fall is
// cancelled. If hold is true, reviews can raise the partner further but never put it
// below this level, until Set is called again.
//
// It returns NotFound if there is no such partner, and ValidationError if the
// plan that is in force tomorrow has no such level.
func (s *Service) Set(ctx context.Context, partnerID id.UUID, name string, hold bool) (set partner.LevelFrom, err error) {
	if partnerID == id.Nil {
		return set, partner.ErrUnknown // this is the house, which has no level
	}
	err = s.store.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		if err := s.reviewFirst(ctx, q, partnerID); err != nil {
			return fmt.Errorf("reviewing the level of partner %s: %w", partnerID, err)
		}
		now := s.clock.Now()
		found, err := partner.Load(ctx, q, []id.UUID{partnerID})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return partner.ErrUnknown
		}
		plans, err := reward.LoadPlans(ctx, q)
		if err != nil {
			return err
		}
		set = partner.LevelFrom{Day: s.today() + 1, Name: name}
		plan := reward.InForce(plans, set.Day.Start(s.config.Zone))
		if !slices.ContainsFunc(plan.Levels, func(l reward.Level) bool { return l.Name == name }) {
			return fault.Invalid("level", "invalid_choice", fmt.Sprintf("The plan has no level %q. Its levels are: %s.", name, names(plan)))
		}
		if hold {
			set.Floor = name
		}
		if err := setLevel(ctx, q, partnerID, set); err != nil {
			return err
		}
		was := cmp.Or(found[0].LevelAt(set.Day-1), plan.Levels[0].Name)
		told := event.New(partnerID, event.LevelChanged, now, event.Level{Level: was, NewLevel: name, From: set.Day})
		if err := event.Append(ctx, q, []event.Event{told}); err != nil {
			return err
		}
		return s.config.Audit.Record(ctx, audit.Entry{
			PartnerID: partnerID, Action: "partner.level_set", Subject: partnerID.String(),
			Details: map[string]any{"level": name, "from": set.Day, "hold": hold},
		})
	})
	return set, err
}

// reviewFirst carries out the partner's reviews that are due. Otherwise a later
// review could overwrite the broker's decision. It uses the transaction of that
// decision, which a request with an Idempotency-Key has already begun. Run later
// reviews the other partners, and pays what is left of a large progress reward.
func (s *Service) reviewFirst(ctx context.Context, q db.Querier, partnerID id.UUID) error {
	last, begun, err := lastDone(ctx, q)
	if err != nil || !begun {
		return err
	}
	missed, err := retriesOf(ctx, q, partnerID, last)
	if err != nil {
		return err
	}
	for _, day := range missed {
		if _, err := s.reviewPart(ctx, q, day, partnerID); err != nil {
			return err
		}
	}
	for day := last.NextMonth(); day <= s.today().FirstOfMonth(); day = day.NextMonth() {
		if _, err := s.reviewPart(ctx, q, day, partnerID); err != nil {
			return err
		}
	}
	return nil
}

func names(plan *reward.Plan) string {
	list := make([]string, len(plan.Levels))
	for i, l := range plan.Levels {
		list[i] = l.Name
	}
	return strings.Join(list, ", ")
}
