package agent

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// SQLStore implements Store on an SQL database.
type SQLStore struct{ db db.DB }

// NewSQLStore returns a store on a database that comes from db.Joining, so that
// mails and audit entries are stored in the same transaction.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Lock implements Store.
func (s SQLStore) Lock(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// linkRow is a row of agent_links. EarnedUSD is the sum earned under the link's
// newest agreement.
type linkRow struct {
	Link

	EarnedUSD money.Amount `db:"earned_usd_e6"`
}

// agreedRow is a link with its newest agreement. From is zero if there is none.
type agreedRow struct {
	Link

	Share     money.Percent `db:"share_e4,null"`
	Cap       *money.Amount `db:"cap_usd_e6"`
	From      time.Time     `db:"from_at,null"`
	EarnedUSD money.Amount  `db:"earned_usd_e6,null"`
}

func (r *agreedRow) toAgreed() Agreed {
	if r.From.IsZero() {
		return Agreed{Link: r.Link}
	}
	return Agreed{r.Link, &Agreement{Terms: Terms{r.Share, r.Cap}, From: r.From, EarnedUSD: r.EarnedUSD}}
}

type agreementRow struct {
	OwnerID id.UUID `db:"partner_id"`
	LinkID  int64   `db:"link_id"`
	Agreement
}

var (
	links       = db.NewTable[linkRow]("agent_links")
	agreements  = db.NewTable[agreementRow]("agent_agreements")
	linkColumns = db.List("l", db.ColumnsOf[Link]())
)

// Links implements Store. The query reads the primary key of agent_links
// backwards, and looks up each link's newest agreement in the primary key of
// agent_agreements.
func (s SQLStore) Links(ctx context.Context, ownerID id.UUID, p page.Page) (list []Agreed, count int64, programme string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		found, err := db.Found(q.QueryRow(ctx, `SELECT p.programme, (SELECT count(*) FROM agent_links l WHERE l.partner_id = p.partner_id)
			FROM partners p WHERE p.partner_id = $1`, ownerID).Scan(&programme, &count))
		if err != nil || !found {
			return err
		}
		rows, err := db.All[agreedRow](ctx, q, `SELECT `+linkColumns+`, a.share_e4, a.cap_usd_e6, a.from_at, a.earned_usd_e6
			FROM agent_links l LEFT JOIN agent_agreements a ON a.partner_id = l.partner_id AND a.link_id = l.link_id
				AND a.from_at = (SELECT max(n.from_at) FROM agent_agreements n WHERE n.partner_id = l.partner_id AND n.link_id = l.link_id)
			WHERE l.partner_id = $1 ORDER BY l.link_id DESC LIMIT $2 OFFSET $3`, ownerID, int64(p.Limit), int64(p.Offset))
		list = make([]Agreed, len(rows))
		for i := range rows {
			list[i] = rows[i].toAgreed()
		}
		return err
	})
	return list, count, programme, err
}

// Link implements Store.
func (s SQLStore) Link(ctx context.Context, ownerID id.UUID, linkID int64) (Link, error) {
	l, found, err := db.One[Link](ctx, s.db, `SELECT `+linkColumns+` FROM agent_links l WHERE l.partner_id = $1 AND l.link_id = $2`, ownerID, linkID)
	if err == nil && !found {
		err = ErrUnknown
	}
	return l, err
}

// Agreements implements Store. The query reads the primary key backwards.
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

// Affiliation implements Store. It runs one statement in every case, so that
// all cases take the same time. The statement finds the agent's routes by
// primary key, the owners' clients by the index clients_email, and their
// accounts by the index accounts_client.
func (s SQLStore) Affiliation(ctx context.Context, agentID id.UUID, email string, accounts int) (a Affiliation, ok bool, err error) {
	type row struct {
		UID        id.UUID   `db:"client_uid"`
		Registered time.Time `db:"registered_at"`
		Came       bool      `db:"came"` // whether the client came through the link, and not only one of the client's accounts
		Code       string    `db:"link_code"`
		Opened     time.Time `db:"opened_at,null"`
		Account    string    `db:"client_account,null"`
	}
	found, err := db.All[row](ctx, s.db, `SELECT c.client_uid, c.registered_at, c.link_code = l.link_code AS came, l.link_code, a.opened_at, a.client_account
		FROM partners p CROSS JOIN agent_routes r CROSS JOIN agent_links l CROSS JOIN clients c
		LEFT JOIN accounts a ON a.partner_id = c.partner_id AND a.client_uid = c.client_uid AND a.link_code = l.link_code
		WHERE p.partner_id = $1 AND r.email = p.email AND l.partner_id = r.owner_id AND l.link_id = r.link_id
			AND c.partner_id = l.partner_id AND c.email = $2 AND c.relation <> 'LEFT' AND (c.link_code = l.link_code OR a.client_account IS NOT NULL)`,
		agentID, email)
	if err != nil || len(found) == 0 {
		return a, false, err
	}
	slices.SortFunc(found, func(x, y row) int {
		return cmp.Or(y.Registered.Compare(x.Registered), slices.Compare(x.UID[:], y.UID[:]), x.Opened.Compare(y.Opened), cmp.Compare(x.Account, y.Account))
	})
	a.LinkCode = found[0].Code
	for _, r := range found {
		if r.UID != found[0].UID {
			break
		}
		if r.Came {
			a.LinkCode = r.Code
		}
		if r.Account != "" && len(a.Accounts) < accounts {
			a.Accounts = append(a.Accounts, r.Account)
		}
	}
	return a, true, nil
}
