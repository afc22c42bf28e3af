package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// Telling runs a change of rebates. It then records an event for each rebate for
// which the partner now sees another status.
func Telling(ctx context.Context, q db.Querier, refs []Ref, now time.Time, change func() error) error {
	before, err := rebateStates(ctx, q, refs)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := rebateStates(ctx, q, refs)
	if err != nil {
		return err
	}
	was := map[Ref]string{}
	for _, s := range before {
		was[s.ref()] = s.Status
	}
	var events []event.Event
	for _, s := range after {
		if s.PreviousStatus = was[s.ref()]; s.Status != "" && s.Status != s.PreviousStatus {
			events = append(events, event.New(s.PartnerID, event.RebateChanged, now, s.Rebate))
		}
	}
	return event.Append(ctx, q, events)
}

// rebateState is the state of a rebate that its partner can see. The status is
// empty while the rebate is hidden.
type rebateState struct {
	PartnerID id.UUID `db:"partner_id"`
	event.Rebate
}

func (s *rebateState) ref() Ref { return Ref{s.PartnerID, s.RebateID} }

func rebateStates(ctx context.Context, q db.Querier, refs []Ref) ([]*rebateState, error) {
	return db.All[*rebateState](ctx, q, `SELECT r.partner_id, r.rebate_id, r.group_id,
			coalesce((SELECT g.title FROM rebate_groups g WHERE g.partner_id = r.partner_id AND g.group_id = r.group_id), '') AS group_title, r.group_type,
			CASE r.status WHEN 'open' THEN '' WHEN 'closing' THEN '' WHEN 'rejecting' THEN 'rejected' WHEN 'expiring' THEN 'expired' ELSE r.status END AS status,
			r.period_start_day, r.period_end_day, r.rows_count, r.reward_usd_e6, r.topay_e6, r.topay_usd_e6, r.currency, r.expires_at
		FROM @rows($1) CROSS JOIN rebates r WHERE r.partner_id = @uuid(k.value->>0) AND r.rebate_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(refs, func(r Ref) []any { return []any{r.PartnerID.Hex(), r.ID} }))
}
