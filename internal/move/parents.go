package move

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/text"
	"github.com/tributary-server/tributary/internal/trial"
)

// PartnerRequest says how to change a partner. The partners below it move along.
type PartnerRequest struct {
	Partner  id.UUID
	Parent   id.UUID // the new parent; id.Nil if it does not change
	NoParent bool    // whether the partner has no parent from then on
	Country  string  // the new country; empty if it does not change
	From     time.Time
	Reason   string
}

// PartnerMoved is the result of a change of a partner.
type PartnerMoved struct {
	From   time.Time // as in the request; now if it was the zero time
	FactID string
}

// PartnerPreview is what a change of a partner's parent would change.
type PartnerPreview struct {
	From      time.Time
	Corrected *trial.Result // orders that closed since From and whose overrides would be booked again
	Forecast  *trial.Result // orders of the last forecastDays days, as if the change had been made before them
}

// partnerChange is a checked PartnerRequest.
type partnerChange struct {
	from          time.Time
	code          string
	parentCode    string
	before, after map[id.UUID]*partner.Partner
}

// PreparePartner does the part of a change that must not lock the store, as Prepare does
// for moves of clients.
func (s *Service) PreparePartner(ctx context.Context, r PartnerRequest) error {
	err := s.store.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		c, err := s.checkPartner(ctx, q, &r)
		if err != nil {
			return err
		}
		moves, err := c.moves(ctx, q, r.Partner, s.config.Clock.Now())
		if err != nil {
			return err
		}
		return s.checkPartnerSize(ctx, q, moves[0].Orders)
	})
	if err != nil {
		return err
	}
	s.config.Monthly(ctx)
	return nil
}

// MovePartner changes a partner, and records it in the audit log. Call PreparePartner
// first.
//
// It returns NotFound if there is no such partner, and a ValidationError if the request
// has a fault.
func (s *Service) MovePartner(ctx context.Context, r PartnerRequest) (moved PartnerMoved, err error) {
	err = s.store.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		c, err := s.checkPartner(ctx, q, &r)
		if err != nil {
			return err
		}
		fact, err := c.fact(&r)
		if err != nil {
			return err
		}
		outcomes, err := s.config.Apply(ctx, []feed.Fact{fact}, fact.ID)
		if err != nil {
			return err
		}
		if outcomes[0].Status != feed.Applied {
			return fmt.Errorf("the change of partner %s was not applied: %w", r.Partner, outcomes[0].Err)
		}
		moved = PartnerMoved{From: c.from, FactID: fact.ID}
		details := map[string]any{"from": c.from, "reason": r.Reason, "fact_id": fact.ID}
		if r.Parent != id.Nil || r.NoParent {
			details["parent_uid"] = r.Parent
		}
		if r.Country != "" {
			details["country"] = r.Country
		}
		return s.config.Audit.Record(ctx, audit.Entry{Action: "partner.moved", Subject: r.Partner.String(), Details: details})
	})
	return moved, err
}

// PreviewPartner computes what MovePartner would change. It stores nothing.
func (s *Service) PreviewPartner(ctx context.Context, r PartnerRequest) (p PartnerPreview, err error) {
	results, err := s.config.Trials.Reparented(ctx, func(ctx context.Context, q db.Querier) ([]trial.Reparenting, error) {
		c, err := s.checkPartner(ctx, q, &r)
		if err != nil {
			return nil, err
		}
		p.From = c.from
		moves, err := c.moves(ctx, q, r.Partner, s.config.Clock.Now())
		if err != nil {
			return nil, err
		}
		return moves, s.checkPartnerSize(ctx, q, moves[0].Orders)
	})
	if err != nil {
		return p, err
	}
	p.Corrected, p.Forecast = results[0], results[1]
	return p, nil
}

func (s *Service) checkPartnerSize(ctx context.Context, q db.Querier, list []trial.PartnerSpan) error {
	orders, err := countOrdersIn(ctx, q, list, s.config.MaxCorrected+1)
	if err != nil || orders <= s.config.MaxCorrected {
		return err
	}
	return fault.Invalid("from", "too_many_orders", fmt.Sprintf("The overrides of more than %s orders would be booked again. Choose a later from.",
		money.GroupInt(s.config.MaxCorrected)))
}

// checkPartner checks a request, and computes the partners before and after the change.
func (s *Service) checkPartner(ctx context.Context, q db.Querier, r *PartnerRequest) (*partnerChange, error) {
	var faults fault.Fields
	r.Reason, r.Country = strings.TrimSpace(r.Reason), strings.ToUpper(r.Country)
	faults.Text("reason", r.Reason, text.FactText)
	if r.Reason == "" {
		faults.Add("reason", "required", "Say why the partner is changed.")
	}
	switch {
	case r.Parent != id.Nil && r.NoParent:
		faults.Add("no_parent", "invalid", "Send either parent_uid or no_parent, not both.")
	case r.Parent == id.Nil && !r.NoParent && r.Country == "":
		faults.Add("parent_uid", "required", "Say what changes: parent_uid, no_parent or country.")
	case r.Parent == r.Partner:
		faults.Add("parent_uid", "invalid", "A partner cannot be its own parent.")
	}
	c := &partnerChange{from: s.checkFrom(r.From, &faults)}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	var found bool
	var err error
	if c.code, found, err = defaultCode(ctx, q, r.Partner); err != nil {
		return nil, err
	}
	if !found {
		return nil, partner.ErrUnknown
	}
	if r.Parent != id.Nil {
		if c.parentCode, found, err = defaultCode(ctx, q, r.Parent); err != nil {
			return nil, err
		}
		if !found {
			return nil, fault.Invalid("parent_uid", "does_not_exist", "There is no such partner, or it has no link.")
		}
	}
	if err := c.settle(ctx, q, r); err != nil {
		return nil, err
	}
	return c, nil
}

// settle adds the change to the partners. It returns a ValidationError if this change, or
// a later one, would put a partner below itself.
func (c *partnerChange) settle(ctx context.Context, q db.Querier, r *PartnerRequest) (err error) {
	ids := []id.UUID{r.Partner}
	change := partner.Change{PartnerID: r.Partner, From: c.from, FactID: newFactID(), SetsParent: r.NoParent || r.Parent != id.Nil, Country: r.Country}
	if r.Parent != id.Nil {
		ids, change.ParentID = append(ids, r.Parent), &r.Parent
	}
	if c.after, err = partner.LoadTree(ctx, q, ids...); err != nil {
		return err
	}
	c.before = make(map[id.UUID]*partner.Partner, len(c.after))
	void := map[string]bool{}
	for partnerID, p := range c.after {
		was := *p
		c.before[partnerID] = &was
		for i := range p.Changes {
			void[p.Changes[i].FactID] = p.Changes[i].Void
		}
	}
	c.after[r.Partner].AddChange(change)
	partner.Settle(c.after)
	for _, p := range c.after {
		for i := range p.Changes {
			switch k := &p.Changes[i]; {
			case !k.Void || void[k.FactID]:
			case k.FactID == change.FactID:
				return fault.Invalid("parent_uid", "below_itself",
					"The new parent is below this partner at that time. Choose a partner who is not below it, or move that one first.")
			default:
				return fault.Invalid("from", "conflict", fmt.Sprintf("On %s, the partner %s got a parent who would then be below it. Choose a later from.",
					k.From.Format(time.RFC3339), p.ID))
			}
		}
	}
	return nil
}

// moves returns the orders whose overrides would be booked again, and those of the last
// forecastDays days of the partners who get others above them now.
func (c *partnerChange) moves(ctx context.Context, q db.Querier, partnerID id.UUID, now time.Time) ([]trial.Reparenting, error) {
	plans, err := reward.LoadPlans(ctx, q)
	if err != nil {
		return nil, err
	}
	depth := reward.OverrideDepth(plans)
	// The change can also give effect to a void change of another partner.
	moved := []id.UUID{partnerID}
	for other, was := range c.before {
		if other != partnerID && !partner.SameParents(was, c.after[other]) {
			moved = append(moved, other)
		}
	}
	below, err := partner.Below(ctx, q, moved, depth-1)
	if err != nil {
		return nil, err
	}
	if err := partner.LoadMore(ctx, q, c.after, below); err != nil {
		return nil, err
	}
	changes := map[id.UUID][]partner.Change{}
	for _, p := range c.after {
		if len(p.Changes) > 0 {
			changes[p.ID] = p.Changes
		}
	}
	since := now.AddDate(0, 0, -forecastDays)
	corrected := trial.Reparenting{From: c.from, Until: now, Changes: changes}
	forecast := trial.Reparenting{From: since, Until: now, Changes: changes, At: now}
	for _, member := range below {
		for _, span := range partner.ChainChanges(c.before, c.after, c.after[member], depth) {
			corrected.Orders = append(corrected.Orders, trial.PartnerSpan{PartnerID: member, Span: span})
			if span.Until.IsZero() {
				forecast.Orders = append(forecast.Orders, trial.PartnerSpan{PartnerID: member, Span: partner.Span{From: since, Until: now}})
			}
		}
	}
	return []trial.Reparenting{corrected, forecast}, nil
}

// fact returns the fact that changes the partner.
func (c *partnerChange) fact(r *PartnerRequest) (feed.Fact, error) {
	body := map[string]any{
		"id": newFactID(), "type": feed.PartnerChanged, "at": c.from.Format(time.RFC3339Nano), "partner_code": c.code, "reason": r.Reason,
	}
	if r.NoParent {
		body["no_parent"] = true
	}
	if c.parentCode != "" {
		body["parent_code"] = c.parentCode
	}
	if r.Country != "" {
		body["country"] = r.Country
	}
	line, err := json.Marshal(body)
	if err != nil {
		return feed.Fact{}, fmt.Errorf("encoding a change of a partner: %w", err)
	}
	fact, err := feed.ParseLine(line)
	if wrong, is := errors.AsType[*feed.LineError](err); is {
		field, _, _ := strings.Cut(wrong.Message, ":")
		return feed.Fact{}, fault.Invalid(cmp.Or(field, "reason"), wrong.Code, wrong.Message)
	}
	return fact, err
}
