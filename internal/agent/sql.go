package agent

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// SQLStore implements agent.Store.
type SQLStore struct{ db db.DB }

// NewSQLStore returns the agents' store on db, which must be a Joining one, so
// that mails and audit entries share its transactions.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Lock runs fn in one transaction, during which no one else applies facts or
// changes agreements. fn may run again from the start after a conflict.
func (s SQLStore) Lock(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

const agentLinkColumns = `l.partner_id, l.link_id, l.link_code, l.alias, l.email, l.share_rewards, l.share_clients, l.created_at`

func scanAgentLink(row db.Row, more ...any) (l Link, err error) {
	var created int64
	err = row.Scan(append([]any{&l.OwnerID, &l.ID, &l.Code, &l.Alias, &l.Email, &l.Reports.Rewards, &l.Reports.Clients, &created}, more...)...)
	l.CreatedAt = db.Instant(created)
	if errors.Is(err, db.ErrNoRows) {
		return Link{}, ErrUnknown
	}
	return l, err
}

// Links returns a page of the owner's links, newest first, how many there are,
// and the owner's programme, which is empty if the owner is unknown. Plan: the
// primary key, backwards.
func (s SQLStore) Links(ctx context.Context, ownerID id.UUID, p page.Page) (links []Link, count int64, programme string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		found, err := db.Found(q.QueryRow(ctx, `SELECT p.programme, (SELECT count(*) FROM agent_links l WHERE l.partner_id = p.partner_id)
			FROM partners p WHERE p.partner_id = $1`, ownerID).Scan(&programme, &count))
		if err != nil || !found {
			return err
		}
		links, err = db.Collect(ctx, q, func(rows db.Rows) (Link, error) { return scanAgentLink(rows) },
			`SELECT `+agentLinkColumns+` FROM agent_links l WHERE l.partner_id = $1 ORDER BY l.link_id DESC LIMIT $2 OFFSET $3`,
			ownerID, int64(p.Limit), int64(p.Offset))
		return err
	})
	return links, count, programme, err
}

// Link returns one of the owner's links. ErrUnknown: the owner has no such
// link.
func (s SQLStore) Link(ctx context.Context, ownerID id.UUID, linkID int64) (Link, error) {
	return scanAgentLink(s.db.QueryRow(ctx, `SELECT `+agentLinkColumns+` FROM agent_links l WHERE l.partner_id = $1 AND l.link_id = $2`, ownerID, linkID))
}

// Agreements returns a page of a link's agreements, newest first, and how many
// there are. ErrUnknown: the owner has no such link. Plan: the primary key,
// backwards.
func (s SQLStore) Agreements(ctx context.Context, ownerID id.UUID, linkID int64, p page.Page) (list []Agreement, count int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		found, err := db.Found(q.QueryRow(ctx, `SELECT (SELECT count(*) FROM agent_agreements a WHERE a.partner_id = l.partner_id AND a.link_id = l.link_id)
			FROM agent_links l WHERE l.partner_id = $1 AND l.link_id = $2`, ownerID, linkID).Scan(&count))
		switch {
		case err != nil:
			return err
		case !found:
			return ErrUnknown
		}
		list, err = db.All[Agreement](ctx, q, `SELECT from_at, share_e4, cap_usd_e6, earned_usd_e6 FROM agent_agreements
			WHERE partner_id = $1 AND link_id = $2 ORDER BY from_at DESC LIMIT $3 OFFSET $4`, ownerID, linkID, int64(p.Limit), int64(p.Offset))
		return err
	})
	return list, count, err
}

// Affiliation finds a client with this e-mail (lower case) who came by one of
// the agent's links and has not left their owner, and at most accounts of the
// client's accounts under that link, oldest first. Of several such clients it
// returns the one that registered last. ok is false if there is none; the work
// is the same. Plan: the agent's routes, then index clients_email with each of
// their owners and accounts_client, in one statement whatever is found.
func (s SQLStore) Affiliation(ctx context.Context, agentID id.UUID, email string, accounts int) (a Affiliation, ok bool, err error) {
	type row struct {
		uid                id.UUID
		registered, opened int64
		came               bool // the client itself came by the link, not only an account
		code, account      string
	}
	found, err := db.Collect(ctx, s.db, func(rows db.Rows) (r row, err error) {
		var own string
		err = rows.Scan(&r.uid, &r.registered, &own, &r.code, &r.opened, &r.account)
		r.came = own == r.code
		return r, err
	}, `SELECT c.client_uid, c.registered_at, c.link_code, l.link_code, coalesce(a.opened_at, 0), coalesce(a.client_account, '') FROM partners p
		CROSS JOIN agent_routes r CROSS JOIN agent_links l CROSS JOIN clients c
		LEFT JOIN accounts a ON a.partner_id = c.partner_id AND a.client_uid = c.client_uid AND a.link_code = l.link_code
		WHERE p.partner_id = $1 AND r.email = p.email AND l.partner_id = r.owner_id AND l.link_id = r.link_id
			AND c.partner_id = l.partner_id AND c.email = $2 AND c.relation <> 'LEFT' AND (c.link_code = l.link_code OR a.client_account IS NOT NULL)`,
		agentID, email)
	if err != nil || len(found) == 0 {
		return a, false, err
	}
	slices.SortFunc(found, func(x, y row) int {
		return cmp.Or(cmp.Compare(y.registered, x.registered), slices.Compare(x.uid[:], y.uid[:]),
			cmp.Compare(x.opened, y.opened), cmp.Compare(x.account, y.account))
	})
	a.LinkCode = found[0].code
	for _, r := range found {
		if r.uid != found[0].uid {
			break
		}
		if r.came {
			a.LinkCode = r.code
		}
		if r.account != "" && len(a.Accounts) < accounts {
			a.Accounts = append(a.Accounts, r.account)
		}
	}
	return a, true, nil
}
