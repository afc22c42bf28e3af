package partner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Affiliation returns the partner's client with this e-mail, which must be in
// lower case, and the client's accounts, oldest first. It ignores clients who
// have left. If there are several such clients, it returns the client who
// registered last. ok is false if there is none. It runs one statement in every
// case, so that all cases take the same time. The statement uses the indexes
// clients_email and accounts_client.
func (s *Store) Affiliation(ctx context.Context, partnerID id.UUID, email string) (a Affiliation, ok bool, err error) {
	return s.affiliation(ctx, `c.email = $2`, partnerID, email)
}

// AffiliationByAccount returns the client who owns one of the partner's
// accounts. The query uses primary keys and the index accounts_client.
func (s *Store) AffiliationByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (a Affiliation, ok bool, err error) {
	return s.affiliation(ctx, `c.client_uid = (SELECT o.client_uid FROM accounts o WHERE o.partner_id = $1 AND o.client_account = $2)`,
		partnerID, clientAccount)
}

// affiliation returns the client that matches a condition. The condition can use
// the alias c of the table clients.
func (s *Store) affiliation(ctx context.Context, which string, args ...any) (a Affiliation, ok bool, err error) {
	type row struct {
		UID        id.UUID   `db:"client_uid"`
		Registered time.Time `db:"registered_at"`
		Opened     time.Time `db:"opened_at,null"`
		Account    string    `db:"client_account,null"` // empty if the client has no account
	}
	found, err := db.All[row](ctx, s.db, `SELECT c.client_uid, c.registered_at, a.opened_at, a.client_account FROM clients c
		LEFT JOIN accounts a ON a.partner_id = c.partner_id AND a.client_uid = c.client_uid
		WHERE c.partner_id = $1 AND `+which+` AND c.relation <> 'LEFT'`, args...)
	if err != nil || len(found) == 0 {
		return a, false, err
	}
	slices.SortFunc(found, func(x, y row) int {
		return cmp.Or(y.Registered.Compare(x.Registered), slices.Compare(x.UID[:], y.UID[:]), x.Opened.Compare(y.Opened), cmp.Compare(x.Account, y.Account))
	})
	a.ClientUID = found[0].UID
	for _, r := range found {
		if r.UID == a.ClientUID && r.Account != "" {
			a.Accounts = append(a.Accounts, r.Account)
		}
	}
	return a, true, nil
}

const clientRef = `SELECT c.client_uid, c.registered_at, CASE WHEN c.relation <> 'CURRENT' THEN c.relation
	WHEN c.verified_at IS NOT NULL AND c.first_deposit_at IS NOT NULL AND c.first_trade_day IS NOT NULL THEN 'ACTIVE' ELSE 'INACTIVE' END AS status FROM `

func (s *Store) clientRef(ctx context.Context, from string, args ...any) (c ClientRef, ok bool, err error) {
	return db.One[ClientRef](ctx, s.db, clientRef+from, args...)
}

// ClientByEmail returns one of the partner's clients, including clients who
// have left. It prefers a client who has not left, then the client who
// registered last. The query uses the index clients_email.
func (s *Store) ClientByEmail(ctx context.Context, partnerID id.UUID, email string) (ClientRef, bool, error) {
	return s.clientRef(ctx, `clients c WHERE c.partner_id = $1 AND c.email = $2
		ORDER BY CASE c.relation WHEN 'LEFT' THEN 1 ELSE 0 END, c.registered_at DESC, c.client_uid LIMIT 1`, partnerID, email)
}

// ClientByUID returns the client with the lowest uid in the given range.
func (s *Store) ClientByUID(ctx context.Context, partnerID, from, to id.UUID) (ClientRef, bool, error) {
	return s.clientRef(ctx, `clients c WHERE c.partner_id = $1 AND c.client_uid >= $2 AND c.client_uid <= $3 ORDER BY c.client_uid LIMIT 1`,
		partnerID, from, to)
}

// ClientByAccount returns the client of an account, including clients who have
// left.
func (s *Store) ClientByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (ClientRef, bool, error) {
	return s.clientRef(ctx, `accounts a JOIN clients c ON c.partner_id = a.partner_id AND c.client_uid = a.client_uid
		WHERE a.partner_id = $1 AND a.client_account = $2`, partnerID, clientAccount)
}
