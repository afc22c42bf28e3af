package partner

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// ContactStore stores contact requests and comments.
type ContactStore struct{ db db.DB }

// NewContactStore returns a ContactStore on db.
func NewContactStore(db db.DB) ContactStore { return ContactStore{db} }

var requestTable = db.NewTable[ContactRequest]("contact_requests", "status", "answered_at", "email")

// Ask stores all of the requests, or none of them. It takes a lock, and then
// calls check for the clients who belong to the partner, in no particular order.
// If check returns an error, Ask stores nothing.
func (s ContactStore) Ask(ctx context.Context, partnerID id.UUID, requests []ContactRequest, now time.Time, check func(context.Context, []contactState) error) error {
	uids := make([]id.UUID, len(requests))
	for i, r := range requests {
		uids[i] = r.ClientUID
	}
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		type row struct {
			UID       id.UUID              `db:"client_uid"`
			Relation  attribution.Relation `db:"relation"`
			Status    attribution.Contact  `db:"contact_status"`
			Requested *time.Time           `db:"contact_requested_at"`
			Answered  *time.Time           `db:"contact_answered_at"`
		}
		known, err := db.AllAs(ctx, q, func(r row) (contactState, error) {
			return contactState{
				UID: r.UID, Left: r.Relation == attribution.Left, Granted: r.Status == attribution.ContactGranted,
				Pending: r.Requested != nil && r.Requested.Add(ContactLife).After(now) && (r.Answered == nil || r.Answered.Before(*r.Requested)),
			}, nil
		}, `SELECT client_uid, relation, contact_status, contact_requested_at, contact_answered_at FROM clients
			WHERE partner_id = $1 AND client_uid @anyid($2)`, partnerID, uids)
		if err != nil {
			return err
		}
		if err := check(ctx, known); err != nil {
			return err
		}
		if _, err := q.Exec(ctx, `UPDATE clients SET contact_requested_at = $3 WHERE partner_id = $1 AND client_uid @anyid($2)`,
			partnerID, uids, db.Micros(now)); err != nil {
			return err
		}
		return requestTable.Insert(ctx, q, requests...)
	})
}

// These expressions select the answer to request r, which is the client's first
// answer before the request expired. They find the client's events by primary
// key.
const (
	contactAnswer = ` FROM client_events e WHERE e.client_uid = r.client_uid AND e.kind = 'contact.shared' AND e.partner_id = r.partner_id
		AND e.at >= r.requested_at AND e.at < r.expires_at ORDER BY e.at, e.fact_id LIMIT 1)`
	contactAnswered = `(SELECT e.at` + contactAnswer
	contactStatus   = `coalesce((SELECT CASE WHEN e.granted THEN 'GRANTED' ELSE 'DECLINED' END` + contactAnswer + `,
		CASE WHEN r.expires_at <= CAST($1 AS bigint) THEN 'EXPIRED' ELSE 'PENDING' END)`
)

// Requests returns one page of the requests that match the filter, newest
// first. count is the number of matches on all pages. For one partner, the
// query uses the primary key. For all partners, which only the broker can ask
// for, it reads the whole table.
func (s ContactStore) Requests(ctx context.Context, f ContactFilter, now time.Time) (list []ContactRequest, count int64, err error) {
	from := ` FROM contact_requests r JOIN clients c ON c.partner_id = r.partner_id AND c.client_uid = r.client_uid WHERE 1 = 1`
	args := []any{db.Micros(now)}
	if f.PartnerID != nil {
		args = append(args, *f.PartnerID)
		from += ` AND r.partner_id = $2`
	}
	if f.Pending {
		from += ` AND ` + contactStatus + ` = 'PENDING'`
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		// This condition is always true. It is there because PostgreSQL must infer a
		// type for every parameter, and without a filter nothing else uses $1.
		if err := q.QueryRow(ctx, `SELECT count(*)`+from+` AND CAST($1 AS bigint) > 0`, args...).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[ContactRequest](ctx, q, `SELECT `+requestTable.Of("r")+`, `+contactStatus+` AS status, `+contactAnswered+` AS answered_at, c.email`+
			from+` ORDER BY r.request_id DESC, r.partner_id LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), args...)
		return err
	})
	return list, count, err
}

// Comment sets the partner's comment on the client with the lowest uid in the given
// range. A nil comment removes the earlier one. It returns ErrUnknownClient if
// there is no such client.
func (s ContactStore) Comment(ctx context.Context, partnerID, from, to id.UUID, comment *string) (note ClientNote, err error) {
	note.Comment = comment
	err = s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		found, err := db.Found(q.QueryRow(ctx, `SELECT client_uid FROM clients WHERE partner_id = $1 AND client_uid BETWEEN $2 AND $3 ORDER BY client_uid LIMIT 1`,
			partnerID, from, to).Scan(&note.ClientUID))
		if err != nil {
			return err
		}
		if !found {
			return ErrUnknownClient
		}
		_, err = q.Exec(ctx, `UPDATE clients SET comment = $3 WHERE partner_id = $1 AND client_uid = $2`, partnerID, note.ClientUID, comment)
		return err
	})
	return note, err
}
