package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Affiliation implements partner.Store. Plan: indexes clients_email and
// accounts_client, in one statement whatever is found.
func (s *Partners) Affiliation(ctx context.Context, partnerID id.UUID, email string) (a partner.Affiliation, ok bool, err error) {
	rows, err := s.db.Query(ctx, `SELECT c.client_uid, a.client_account FROM clients c
		LEFT JOIN accounts a ON a.partner_id = c.partner_id AND a.client_uid = c.client_uid
		WHERE c.partner_id = $1 AND c.email = $2 AND c.relation <> 'LEFT'
		ORDER BY c.registered_at DESC, c.client_uid, a.opened_at, a.client_account`, partnerID, email)
	if err != nil {
		return a, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var uid id.UUID
		var account *string
		if err := rows.Scan(&uid, &account); err != nil {
			return a, false, err
		}
		if ok && uid != a.ClientUID {
			break
		}
		a.ClientUID, ok = uid, true
		if account != nil {
			a.Accounts = append(a.Accounts, *account)
		}
	}
	return a, ok, rows.Err()
}

const clientRef = `SELECT c.client_uid, c.registered_at, CASE WHEN c.relation <> 'CURRENT' THEN c.relation
	WHEN c.verified_at IS NOT NULL AND c.first_deposit_at IS NOT NULL AND c.first_trade_day IS NOT NULL THEN 'ACTIVE' ELSE 'INACTIVE' END FROM `

func (s *Partners) clientRef(ctx context.Context, from string, args ...any) (c partner.ClientRef, ok bool, err error) {
	var registered int64
	ok, err = foundRow(s.db.QueryRow(ctx, clientRef+from, args...).Scan(&c.ClientUID, &registered, &c.Status))
	if !ok {
		return partner.ClientRef{}, false, err
	}
	c.RegisteredAt = Instant(registered)
	return c, true, nil
}

// ClientByEmail implements partner.Store. Plan: index clients_email.
func (s *Partners) ClientByEmail(ctx context.Context, partnerID id.UUID, email string) (partner.ClientRef, bool, error) {
	return s.clientRef(ctx, `clients c WHERE c.partner_id = $1 AND c.email = $2
		ORDER BY CASE c.relation WHEN 'LEFT' THEN 1 ELSE 0 END, c.registered_at DESC, c.client_uid LIMIT 1`, partnerID, email)
}

// ClientByUID implements partner.Store. Plan: the primary key.
func (s *Partners) ClientByUID(ctx context.Context, partnerID, from, to id.UUID) (partner.ClientRef, bool, error) {
	return s.clientRef(ctx, `clients c WHERE c.partner_id = $1 AND c.client_uid >= $2 AND c.client_uid <= $3 ORDER BY c.client_uid LIMIT 1`,
		partnerID, from, to)
}

// ClientByAccount implements partner.Store. Plan: primary keys.
func (s *Partners) ClientByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (partner.ClientRef, bool, error) {
	return s.clientRef(ctx, `accounts a JOIN clients c ON c.partner_id = a.partner_id AND c.client_uid = a.client_uid
		WHERE a.partner_id = $1 AND a.client_account = $2`, partnerID, clientAccount)
}
