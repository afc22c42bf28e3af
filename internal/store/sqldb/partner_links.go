package sqldb

import (
	"context"
	"errors"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
)

const linkColumns = `k.partner_id, k.link_code, k.reward_schema, k.is_default, k.is_blocked, k.is_custom, k.created_at`

func linkTargets(l *partner.Link, created *int64) []any {
	return []any{&l.PartnerID, &l.Code, &l.RewardSchema, &l.IsDefault, &l.IsBlocked, &l.IsCustom, created}
}

// Links implements partner.Store.
func (s *Partners) Links(ctx context.Context, partnerID id.UUID) (links []partner.Link, account string, err error) {
	links, err = db.Collect(ctx, s.db, func(rows db.Rows) (l partner.Link, err error) {
		var created int64
		err = rows.Scan(append(linkTargets(&l, &created), &account)...)
		l.CreatedAt = db.Instant(created)
		return l, err
	}, `SELECT `+linkColumns+`, p.partner_account FROM partners p JOIN partner_links k ON k.partner_id = p.partner_id
		WHERE p.partner_id = $1 ORDER BY k.created_at DESC, k.link_code`, partnerID)
	return links, account, err
}

// oneLink reads the link that a condition on k finds, with one column of its partner.
func oneLink(ctx context.Context, q db.Querier, column, condition string, args ...any) (l partner.Link, of string, err error) {
	var created int64
	err = q.QueryRow(ctx, `SELECT `+linkColumns+`, p.`+column+` FROM partners p JOIN partner_links k ON k.partner_id = p.partner_id
		WHERE p.partner_id = $1 AND `+condition, args...).Scan(append(linkTargets(&l, &created), &of)...)
	if errors.Is(err, db.ErrNoRows) {
		return partner.Link{}, "", partner.ErrUnknown
	}
	l.CreatedAt = db.Instant(created)
	return l, of, err
}

// DefaultLink implements partner.Store.
func (s *Partners) DefaultLink(ctx context.Context, partnerID id.UUID) (partner.Link, string, error) {
	return oneLink(ctx, s.db, "programme", "k.is_default LIMIT 1", partnerID)
}

// AddLink implements partner.Store. It waits for whoever applies facts, so
// that no fact starts to wait for the code while it is made. A code is taken by
// every code that people could not tell from it: see linkcode.Fold.
func (s *Partners) AddLink(ctx context.Context, link *partner.Link, most int) (account string, released bool, err error) {
	err = s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		var links, taken int
		err := q.QueryRow(ctx, `SELECT p.partner_account, (SELECT count(*) FROM partner_links k WHERE k.partner_id = p.partner_id),
			(SELECT count(*) FROM link_codes c WHERE c.folded = $2) FROM partners p WHERE p.partner_id = $1`, link.PartnerID, linkcode.Fold(link.Code)).
			Scan(&account, &links, &taken)
		switch {
		case errors.Is(err, db.ErrNoRows):
			return partner.ErrUnknown
		case err != nil:
			return err
		case taken > 0:
			return partner.ErrCodeTaken
		case links >= most:
			return partner.ErrTooMany
		}
		if err := saveLinks(ctx, q, []partner.Link{*link}); err != nil {
			return err
		}
		released, err = releaseCode(ctx, q, link.Code)
		return err
	})
	return account, released, err
}

// releaseCode has the facts that waited for a code tried again, however they
// spell it.
func releaseCode(ctx context.Context, q db.Querier, code string) (released bool, err error) {
	facts, err := q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE waits_for = $1`, "code:"+linkcode.Fold(code))
	return facts > 0, err
}

// SetDefaultLink implements partner.Store.
func (s *Partners) SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link partner.Link, account string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if link, account, err = oneLink(ctx, q, "partner_account", "k.link_code = $2", partnerID, code); err != nil {
			return err
		}
		if link.IsBlocked {
			return partner.ErrLinkBlocked
		}
		link.IsDefault = true
		_, err := q.Exec(ctx, `UPDATE partner_links SET is_default = (link_code = $2) WHERE partner_id = $1 AND is_default <> (link_code = $2)`, partnerID, code)
		return err
	})
	return link, account, err
}
