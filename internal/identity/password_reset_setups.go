package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// PausedAge limits which webhooks and postbacks a password reset pauses. It
// pauses those that were changed within this time, because an intruder may have
// made the change.
const PausedAge = 30 * 24 * time.Hour

// SetUp is an object of a partner that remains after a password reset, although
// an intruder may have created it.
type SetUp struct {
	Kind    string    `db:"kind"` // webhook, postback, agent_link or authenticator
	ID      string    `db:"-"`    // empty for an authenticator, because a partner has at most one
	Name    string    `db:"name"`
	Target  string    `db:"target"` // URL, or e-mail of the agent
	Status  string    `db:"status"` // active, paused or disabled
	Created time.Time `db:"created_at"`
	Changed time.Time `db:"updated_at"`
	Paused  bool      `db:"-"` // true if this reset paused it
}

// ResetDone is the result of a reset.
type ResetDone struct {
	KeysRevoked int
	Paused      int
	SetUps      []SetUp
}

// pause pauses the partner's recent webhooks and postbacks; see PausedAge. It
// returns everything that SetUps lists.
func (s *Registrations) pause(ctx context.Context, partnerID id.UUID, now time.Time) (list []SetUp, paused int, err error) {
	ids, err := s.setUps.PauseSince(ctx, partnerID, now.Add(-PausedAge))
	if err != nil {
		return nil, 0, fmt.Errorf("pausing recent webhooks and postbacks: %w", err)
	}
	if list, err = s.setUps.SetUps(ctx, partnerID); err != nil {
		return nil, 0, fmt.Errorf("listing a partner's webhooks, postbacks and other set-ups: %w", err)
	}
	byID := map[string]bool{}
	for _, paused := range ids {
		byID[paused.String()] = true
	}
	for i := range list {
		list[i].Paused = byID[list[i].ID]
	}
	return list, len(ids), nil
}

// SetUps lists the objects of a partner that remain after a password reset; see
// SetUp.
func (s *Registrations) SetUps(ctx context.Context, partnerID id.UUID) ([]SetUp, error) {
	list, err := s.setUps.SetUps(ctx, partnerID)
	if err != nil {
		return nil, fmt.Errorf("listing a partner's webhooks, postbacks and other set-ups: %w", err)
	}
	return list, nil
}

// Resume makes all of the given webhooks and postbacks active, or none of them.
// It returns everything that SetUps lists. It returns ValidationError on
// "ids.N" if the partner has no webhook or postback with the id at index N.
func (s *Registrations) Resume(ctx context.Context, partnerID id.UUID, ids []id.UUID) (list []SetUp, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		var faults fault.Fields
		for i, endpoint := range ids {
			found, err := s.setUps.Resume(ctx, partnerID, endpoint, s.clock.Now())
			if err != nil {
				return fmt.Errorf("resuming paused webhooks and postbacks: %w", err)
			}
			if !found {
				faults.Add(fmt.Sprintf("ids.%d", i), "does_not_exist", "You have no webhook or postback with this id.")
			}
		}
		if err := faults.Err(); err != nil {
			return err
		}
		err := s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "endpoints.resumed", Details: map[string]any{"ids": ids}})
		if err != nil {
			return err
		}
		list, err = s.SetUps(ctx, partnerID)
		return err
	})
	return list, err
}
