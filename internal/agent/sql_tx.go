package agent

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verification"
)

// Tx is the transaction of Store.Lock.
type Tx struct{ q db.Querier }

// Owner returns the data that CreateLink needs about the owner. It returns
// ErrUnknown if there is no such partner. The query uses primary keys and the
// index agent_links_alias.
func (tx Tx) Owner(ctx context.Context, ownerID id.UUID, alias string) (o Owner, err error) {
	var taken int
	err = tx.q.QueryRow(ctx, `SELECT p.programme, (SELECT count(*) FROM partner_links k WHERE k.partner_id = p.partner_id),
		(SELECT count(*) FROM agent_links l WHERE l.partner_id = p.partner_id AND l.alias = $2) FROM partners p WHERE p.partner_id = $1`, ownerID, alias).
		Scan(&o.Programme, &o.Links, &taken)
	o.AliasTaken = taken > 0
	if errors.Is(err, db.ErrNoRows) {
		return Owner{}, ErrUnknown
	}
	return o, err
}

// CodeTaken reports whether a link code exists in the programme.
func (tx Tx) CodeTaken(ctx context.Context, code string) (bool, error) {
	var taken int
	err := tx.q.QueryRow(ctx, `SELECT count(*) FROM link_codes WHERE folded = $1`, linkcode.Fold(code)).Scan(&taken)
	return taken > 0, err
}

// AddLink stores a link and sets its ID. It also adds the link to the owner's
// ordinary links. It reports whether it has released facts that waited for the
// code.
func (tx Tx) AddLink(ctx context.Context, l *Link) (released bool, err error) {
	if l.ID, err = partner.TakeNumbers(ctx, tx.q, l.OwnerID, 1); err != nil {
		return false, err
	}
	err = partner.SaveLinks(ctx, tx.q, []partner.Link{{
		PartnerID: l.OwnerID, Code: l.Code, RewardSchema: partner.SchemaRevShare, CreatedAt: l.CreatedAt,
	}})
	if err != nil {
		return false, err
	}
	if err := links.Insert(ctx, tx.q, linkRow{Link: *l}); err != nil {
		return false, err
	}
	if _, err := tx.q.Exec(ctx, `INSERT INTO agent_routes (email, owner_id, link_id) VALUES ($1, $2, $3)`, l.Email, l.OwnerID, l.ID); err != nil {
		return false, err
	}
	return partner.ReleaseCode(ctx, tx.q, l.Code)
}

// Link returns one of the owner's links, the number of its agreements and the
// start of the newest agreement. It returns ErrUnknown if the owner has no such
// link. The query uses primary keys.
func (tx Tx) Link(ctx context.Context, ownerID id.UUID, linkID int64) (l Link, agreements int64, newest time.Time, err error) {
	type agreed struct {
		Link

		Agreements int64     `db:"agreements"`
		Newest     time.Time `db:"newest_at"`
	}
	found, ok, err := db.One[agreed](ctx, tx.q, `SELECT `+linkColumns+`,
			(SELECT count(*) FROM agent_agreements a WHERE a.partner_id = l.partner_id AND a.link_id = l.link_id) AS agreements,
			coalesce((SELECT max(from_at) FROM agent_agreements a WHERE a.partner_id = l.partner_id AND a.link_id = l.link_id), 0) AS newest_at
		FROM agent_links l WHERE l.partner_id = $1 AND l.link_id = $2`, ownerID, linkID)
	if err == nil && !ok {
		err = ErrUnknown
	}
	return found.Link, found.Agreements, found.Newest, err
}

// SpendToken uses up a token for this content. It returns PermissionDenied if
// there is no such token.
func (tx Tx) SpendToken(ctx context.Context, ownerID id.UUID, token string, digest verification.Digest, now time.Time) error {
	return verification.SpendToken(ctx, tx.q, ownerID, verification.SetAgentCommission, token, digest, now)
}

// AddAgreement stores a new agreement of a link, with an earned sum of 0.
func (tx Tx) AddAgreement(ctx context.Context, l *Link, from time.Time, terms Terms) error {
	err := agreements.Insert(ctx, tx.q, agreementRow{l.OwnerID, l.ID, Agreement{Terms: terms, From: from}})
	if err != nil {
		return err
	}
	_, err = tx.q.Exec(ctx, `UPDATE agent_links SET earned_usd_e6 = 0 WHERE partner_id = $1 AND link_id = $2`, l.OwnerID, l.ID)
	return err
}

// SetReports stores which reports the agent may read.
func (tx Tx) SetReports(ctx context.Context, l *Link) error {
	_, err := tx.q.Exec(ctx, `UPDATE agent_links SET share_rewards = $3, share_clients = $4 WHERE partner_id = $1 AND link_id = $2`,
		l.OwnerID, l.ID, l.Reports.Rewards, l.Reports.Clients)
	return err
}
