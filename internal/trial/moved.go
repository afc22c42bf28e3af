package trial

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// Moved computes how much the orders of clients would have paid if the clients had
// belonged to another partner. It reads the booked orders that closed between since
// (inclusive) and until (exclusive). Each order keeps its plan, account type,
// instrument and rates, but has the level that the other partner had on its day. The
// orders that already belong to the other partner count with the same amount before
// and after.
//
// It returns a ValidationError if there are more than MaxOrders orders.
func (s *Service) Moved(ctx context.Context, clients []id.UUID, to id.UUID, since, until time.Time) (result *Result, err error) {
	leave, err := s.turns.Enter(ctx, "", false)
	if err != nil {
		return nil, err
	}
	defer leave()
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		values, err := settings.Load(ctx, q)
		if err != nil {
			return err
		}
		zone := settings.Zone(values)
		t := &trial{from: since, until: until, result: Result{From: clock.DayOf(since, zone), To: clock.DayOf(until, zone)}}
		if err := t.loadPartners(ctx, q); err != nil {
			return err
		}
		if t.to, err = loadPartner(ctx, q, to); err != nil {
			return err
		}
		if err := t.ordersOfClients(ctx, q, clients); err != nil {
			return err
		}
		result, err = t.finish()
		return err
	})
	if err != nil && fault.CodeOf(err) != fault.ValidationError {
		return nil, fmt.Errorf("trying a move: %w", err)
	}
	return result, err
}

func loadPartner(ctx context.Context, q db.Querier, partnerID id.UUID) (*partner.Partner, error) {
	found, err := partner.Load(ctx, q, []id.UUID{partnerID})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, partner.ErrUnknown
	}
	return found[0], nil
}

// ordersOfClients adds the orders of clients. Query plan: the clients' partners by
// the indexes that accrual also uses, their accounts by the index accounts_client,
// and a range of the index reward_rows_account for each account.
func (t *trial) ordersOfClients(ctx context.Context, q db.Querier, clients []id.UUID) error {
	err := db.Each(ctx, q, func(r booked) error {
		if r.Reversed {
			t.result.Reversed++
			return nil
		}
		if t.result.Orders == MaxOrders {
			return fault.Invalid("client_uids", "too_many_orders",
				fmt.Sprintf("The clients have more than %s orders. Ask for fewer clients or days.", money.GroupInt(MaxOrders)))
		}
		return t.addMoved(&r.Reward)
	}, `SELECT `+reward.Rows.Of("t")+`, `+reward.ReversedSQL+` AS reversed FROM (
			SELECT client_uid, partner_id FROM client_events WHERE client_uid @anyid($1)
			UNION SELECT client_uid, partner_id FROM account_routes WHERE client_uid @anyid($1)
			UNION SELECT client_uid, partner_id FROM account_stays WHERE client_uid @anyid($1)) c
		CROSS JOIN accounts a CROSS JOIN rewards t
		WHERE a.partner_id = c.partner_id AND a.client_uid = c.client_uid
		AND t.partner_id = a.partner_id AND t.account = a.number AND t.close_at >= $2 AND t.close_at < $3 AND t.kind = 0`,
		clients, db.Micros(t.from), db.Micros(t.until))
	if err != nil {
		return fmt.Errorf("computing the orders of %d clients: %w", len(clients), err)
	}
	return nil
}

// addMoved adds an order twice: with the reward that was booked, and with the reward
// that the other partner would have earned.
func (t *trial) addMoved(r *reward.Reward) error {
	plan, err := reward.PlanOf(t.plans, &r.Terms)
	if err != nil {
		return err
	}
	after := r.Result
	if r.PartnerID != t.to.ID {
		if after, err = r.AtLevel(plan, t.to.LevelAt(r.Day)); err != nil {
			return fmt.Errorf("order %s: %w", r.Order.Key().ID(), err)
		}
	}
	t.result.Orders++
	was, is := t.partners[r.PartnerID], t.partners[t.to.ID]
	if was != nil { // nil is the house, which earns nothing
		was.orders++
		if err := t.earn(was, r.Result.RewardUSD, plan, func(s *standing) *earned { return &s.before }); err != nil {
			return err
		}
	}
	return t.earn(is, after.RewardUSD, plan, func(s *standing) *earned { return &s.after })
}

// earn adds a partner's reward, and the overrides of the partners above.
func (t *trial) earn(p *standing, usd money.Amount, plan *reward.Plan, sums func(*standing) *earned) error {
	if err := add(&sums(p).reward, usd); err != nil {
		return err
	}
	return t.addOverrides(p, usd, plan, func(s *standing) *money.Amount { return &sums(s).override })
}
