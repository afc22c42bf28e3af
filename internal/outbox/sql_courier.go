package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// Ungiven returns the events after number e.GivenSeq, of all types. It reads the
// data of the events only if the endpoint is a postback. oldest is the number of
// the oldest event that may still be stored.
func (s SQLStore) Ungiven(ctx context.Context, e *Endpoint, limit int) (events []event.Event, oldest int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		oldest, _, err = event.Range(ctx, q, e.PartnerID)
		if err != nil {
			return err
		}
		columns := event.Whole
		if e.Kind == Webhook {
			columns = event.Heads
		}
		events, err = event.List(ctx, q, columns, e.PartnerID, e.GivenSeq+1, event.MaxSeq, nil, limit)
		return err
	})
	return events, oldest, err
}

// Sources returns the sources of clients. A client without a known source is
// missing from the result. If both the click and the registration give a value, the
// click's value is returned.
func (s SQLStore) Sources(ctx context.Context, partnerID id.UUID, clients []id.UUID) (map[id.UUID]Source, error) {
	type sourceRow struct {
		ClientUID id.UUID `db:"client_uid"`
		Source
	}
	found, err := db.All[sourceRow](ctx, s.db, `SELECT c.client_uid, coalesce(nullif(s.click_id, ''), c.click_id) AS click_id,
			coalesce(nullif(s.sub_id, ''), c.sub_id) AS sub_id, coalesce(nullif(s.campaign_code, ''), c.campaign_code) AS campaign_code,
			c.link_code, c.country, coalesce(s.params, '') AS params, c.first_deposit_usd_e6
		FROM clients c LEFT JOIN client_sources s ON s.partner_id = c.partner_id AND s.client_uid = c.client_uid
		WHERE c.partner_id = $1 AND c.client_uid @anyid($2)`, partnerID, clients)
	out := map[id.UUID]Source{}
	for _, r := range found {
		out[r.ClientUID] = r.Source
	}
	return out, err
}

// Paid returns the deposits of the given clients at the given times, with their
// amounts. Deposits at the same time are sorted by fact id. The query looks up each
// client and time in the index deposits_client.
func (s SQLStore) Paid(ctx context.Context, partnerID id.UUID, asked []Paid) ([]Paid, error) {
	type paidRow struct {
		Paid

		FactID string `db:"fact_id"`
	}
	return db.AllAs(ctx, s.db, func(r paidRow) (Paid, error) { return r.Paid, nil },
		`SELECT DISTINCT d.client_uid, d.client_account, d.at, d.amount_usd_e6, d.fact_id FROM @rows($1)
		CROSS JOIN deposits d WHERE d.partner_id = $2 AND d.client_uid = @uuid(k.value->>0) AND d.kind = 'received' AND d.at = CAST(k.value->>1 AS bigint)
		ORDER BY d.fact_id`, db.JSONRows(asked, func(p Paid) []any { return []any{p.ClientUID.Hex(), db.Micros(p.At)} }), partnerID)
}

// GiveOut stores the deliveries of the events up to number upTo. It returns false
// if another courier has already stored them, if the endpoint is not active, or
// if the endpoint already has limit pending deliveries.
func (s SQLStore) GiveOut(ctx context.Context, e *Endpoint, upTo int64, list []Delivery, limit int) (given bool, err error) {
	err = s.lockEndpoint(ctx, e.Key, func(ctx context.Context, q db.Querier, held *Endpoint) error {
		given = false
		if held.Status != Active || held.GivenSeq != e.GivenSeq {
			return nil
		}
		pending, err := pendingOf(ctx, q, e.Key, limit)
		if err != nil || pending >= limit {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE endpoints SET given_seq = $3 WHERE partner_id = $1 AND endpoint_id = $2`, e.PartnerID, e.EndpointID, upTo)
		if err != nil {
			return err
		}
		given = true
		return deliveries.Insert(ctx, q, list...)
	})
	return given, ignore(err, ErrUnknown)
}

// Claim reserves due deliveries of an endpoint for the caller, up to the given
// limit. until is the end of the reservation. The claim is empty if no delivery
// is due or if the endpoint is not active. The update compares the previous lease
// of each row, so that only one of two concurrent calls gets a delivery.
func (s SQLStore) Claim(ctx context.Context, key Key, now, until time.Time, limit int) (claim Claim, err error) {
	due, err := s.dueDeliveries(ctx, key, now, limit)
	if err != nil || len(due.Deliveries) == 0 {
		return due, err
	}
	err = s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, held *Endpoint) error {
		claim = Claim{Endpoint: *held, Secrets: due.Secrets}
		if held.Status != Active {
			return nil
		}
		for _, d := range due.Deliveries {
			n, err := q.Exec(ctx, `UPDATE deliveries SET next_at = $5, attempts = attempts + 1, tries = tries + 1
				WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id = $3 AND status = 'pending' AND next_at = $4`,
				key.PartnerID, key.EndpointID, d.ID, db.Micros(d.NextAt), db.Micros(until))
			if err != nil {
				return err
			}
			if n == 1 {
				d.Attempts++
				d.Tries++
				d.NextAt = until
				claim.Deliveries = append(claim.Deliveries, d)
			}
		}
		return nil
	})
	return claim, ignore(err, ErrUnknown)
}

func (s SQLStore) dueDeliveries(ctx context.Context, key Key, now time.Time, limit int) (claim Claim, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		claim = Claim{}
		e, err := endpoint(ctx, q, key)
		if err != nil || e.Status != Active {
			return ignore(err, ErrUnknown)
		}
		claim.Endpoint = e
		if claim.Secrets, err = secrets(ctx, q, key, now); err != nil {
			return err
		}
		claim.Deliveries, err = db.AllAs(ctx, q, claimedRow.toClaimed, `SELECT `+deliveries.Of("d")+`, v.type AS event_type, v.at AS event_at, v.data AS event_data,
			v.rewards AS event_rewards
			FROM deliveries d
			LEFT JOIN events v ON v.partner_id = d.partner_id AND v.event_seq = d.event_seq
			WHERE d.partner_id = $1 AND d.endpoint_id = $2 AND d.status = 'pending' AND d.next_at <= $3
			ORDER BY d.next_at, d.delivery_id LIMIT $4`, key.PartnerID, key.EndpointID, db.Micros(now), int64(limit))
		if err != nil {
			return err
		}
		var events []*event.Event
		for i := range claim.Deliveries {
			if e := claim.Deliveries[i].Event; e != nil {
				events = append(events, e)
			}
		}
		return event.Unpack(ctx, q, events...)
	})
	return claim, err
}

// claimedRow is a delivery, with its event if the event is still stored.
type claimedRow struct {
	Delivery

	EventType event.Type      `db:"event_type,null"`
	EventAt   time.Time       `db:"event_at,null"`
	EventData json.RawMessage `db:"event_data,null"`
	Rewards   []byte          `db:"event_rewards,null"`
}

func (r claimedRow) toClaimed() (Claimed, error) {
	c := Claimed{Delivery: r.Delivery}
	if r.EventType != "" && r.Content == "" {
		row := event.Row{Event: event.Event{PartnerID: r.PartnerID, Seq: *r.Seq, Type: r.EventType, At: r.EventAt, Data: r.EventData}, Packed: r.Rewards}
		c.Event = row.Unread()
	}
	return c, nil
}

// Settle stores the outcomes of claimed deliveries, and returns the endpoint's
// new state. It ignores a delivery that another courier has claimed in the
// meantime. If the endpoint's URL is no longer e.URL, the outcomes do not
// change the endpoint's failures, because they belong to the previous URL.
func (s SQLStore) Settle(ctx context.Context, e *Endpoint, lease time.Time, outcomes []Outcome) (after Endpoint, err error) {
	key := e.Key
	err = s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, held *Endpoint) error {
		after = *held
		var failed, succeeded *time.Time
		for i := range outcomes {
			o := &outcomes[i]
			next, ended := db.Micros(o.NextAt), (*int64)(nil)
			if o.Attempt != nil && o.Status != Pending {
				at := db.Micros(o.Attempt.At)
				next, ended = at, &at
			}
			n, err := q.Exec(ctx, `UPDATE deliveries SET status = $5, next_at = $6, ended_at = $7, tries = tries - $8, attempts = attempts - $8
				WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id = $3 AND status = 'pending' AND next_at = $4`,
				key.PartnerID, key.EndpointID, o.DeliveryID, db.Micros(lease), string(o.Status), next, ended, untriedCount(o))
			if err != nil {
				return err
			}
			if n == 0 || o.Attempt == nil {
				continue
			}
			if err := addAttempt(ctx, q, key, o); err != nil {
				return err
			}
			switch at := &o.Attempt.At; {
			case o.Attempt.Problem == "":
				succeeded = at
			case o.Attempt.InVain() && failed == nil:
				failed = at
			}
		}
		switch {
		case held.URL != e.URL:
			return nil
		case succeeded != nil:
			after.FailingSince, after.SucceededAt = nil, succeeded
		case failed != nil && held.FailingSince == nil:
			after.FailingSince = failed
		default:
			return nil
		}
		_, err := q.Exec(ctx, `UPDATE endpoints SET failing_since = $3, succeeded_at = $4 WHERE partner_id = $1 AND endpoint_id = $2`,
			key.PartnerID, key.EndpointID, db.OptionalMicros(after.FailingSince), db.OptionalMicros(after.SucceededAt))
		return err
	})
	return after, err
}

// untriedCount returns 1 if no attempt was made after the delivery was claimed,
// and otherwise 0.
func untriedCount(o *Outcome) int64 {
	if o.Attempt == nil {
		return 1
	}
	return 0
}

func addAttempt(ctx context.Context, q db.Querier, key Key, o *Outcome) error {
	a := o.Attempt
	return attempts.Insert(ctx, q, deliveryAttempt{key, o.DeliveryID, attemptRow{
		N: a.N, At: a.At, Took: a.Took.Milliseconds(), URL: a.URL, StatusCode: a.StatusCode, Problem: a.Problem, Answer: a.Answer,
	}})
}

// Email returns a partner's e-mail address, or "" if there is no such partner.
func (s SQLStore) Email(ctx context.Context, partnerID id.UUID) (email string, err error) {
	_, err = db.Found(s.db.QueryRow(ctx, `SELECT email FROM partners WHERE partner_id = $1`, partnerID).Scan(&email))
	return email, err
}

// ignore returns nil if target is in the chain of err, and otherwise err.
func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
