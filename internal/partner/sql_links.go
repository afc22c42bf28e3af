package partner

import (
	"context"
	"errors"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

const linkColumns = `k.partner_id, k.link_code, k.reward_schema, k.is_default, k.is_blocked, k.is_custom, k.created_at`

func linkTargets(l *Link, created *int64) []any {
	return []any{&l.PartnerID, &l.Code, &l.RewardSchema, &l.IsDefault, &l.IsBlocked, &l.IsCustom, created}
}

// Links returns the partner's links, newest first, with the number of the
// account that they pay to.
func (s *SQLStore) Links(ctx context.Context, partnerID id.UUID) (links []Link, account string, err error) {
	links, err = db.Collect(ctx, s.db, func(rows db.Rows) (l Link, err error) {
		var created int64
		err = rows.Scan(append(linkTargets(&l, &created), &account)...)
		l.CreatedAt = db.Instant(created)
		return l, err
	}, `SELECT `+linkColumns+`, p.partner_account FROM partners p JOIN partner_links k ON k.partner_id = p.partner_id
		WHERE p.partner_id = $1 ORDER BY k.created_at DESC, k.link_code`, partnerID)
	return links, account, err
}

// oneLink reads the link that matches a condition on k, with one column of its
// partner.
func oneLink(ctx context.Context, q db.Querier, column, condition string, args ...any) (l Link, of string, err error) {
	var created int64
	err = q.QueryRow(ctx, `SELECT `+linkColumns+`, p.`+column+` FROM partners p JOIN partner_links k ON k.partner_id = p.partner_id
		WHERE p.partner_id = $1 AND `+condition, args...).Scan(append(linkTargets(&l, &created), &of)...)
	if errors.Is(err, db.ErrNoRows) {
		return Link{}, "", ErrUnknown
	}
	l.CreatedAt = db.Instant(created)
	return l, of, err
}

// DefaultLink returns the partner's default link and its programme, or
// ErrUnknown.
func (s *SQLStore) DefaultLink(ctx context.Context, partnerID id.UUID) (Link, string, error) {
	return oneLink(ctx, s.db, "programme", "k.is_default LIMIT 1", partnerID)
}

// AddLink stores a new link and, in the same transaction, releases every fact
// that waits for its code. released reports whether there was any.
// ErrCodeTaken: someone already has the code, or one that people could not tell
// from it (see linkcode.Fold). ErrTooMany: the partner already has most links.
// AddLink holds the lock of accrual, so that no fact starts to wait for the
// code meanwhile.
func (s *SQLStore) AddLink(ctx context.Context, link *Link, most int) (account string, released bool, err error) {
	err = s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		var links, taken int
		err := q.QueryRow(ctx, `SELECT p.partner_account, (SELECT count(*) FROM partner_links k WHERE k.partner_id = p.partner_id),
			(SELECT count(*) FROM link_codes c WHERE c.folded = $2) FROM partners p WHERE p.partner_id = $1`, link.PartnerID, linkcode.Fold(link.Code)).
			Scan(&account, &links, &taken)
		switch {
		case errors.Is(err, db.ErrNoRows):
			return ErrUnknown
		case err != nil:
			return err
		case taken > 0:
			return ErrCodeTaken
		case links >= most:
			return ErrTooMany
		}
		if err := SaveLinks(ctx, q, []Link{*link}); err != nil {
			return err
		}
		released, err = ReleaseCode(ctx, q, link.Code)
		return err
	})
	return account, released, err
}

// ReleaseCode marks the facts that wait for a code, in any spelling of it, to
// be tried again.
func ReleaseCode(ctx context.Context, q db.Querier, code string) (released bool, err error) {
	facts, err := q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE waits_for = $1`, "code:"+linkcode.Fold(code))
	return facts > 0, err
}

// SetDefaultLink makes a link the partner's only default one. ErrUnknown: the
// partner has no such link; ErrLinkBlocked.
func (s *SQLStore) SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if link, account, err = oneLink(ctx, q, "partner_account", "k.link_code = $2", partnerID, code); err != nil {
			return err
		}
		if link.IsBlocked {
			return ErrLinkBlocked
		}
		link.IsDefault = true
		_, err := q.Exec(ctx, `UPDATE partner_links SET is_default = (link_code = $2) WHERE partner_id = $1 AND is_default <> (link_code = $2)`, partnerID, code)
		return err
	})
	return link, account, err
}

// SaveLinks inserts new links and their codes.
func SaveLinks(ctx context.Context, q db.Querier, links []Link) error {
	err := db.Insert(ctx, q, "link_codes", db.Columns(`link_code, partner_id`), "", links, func(l Link, dst []any) {
		copy(dst, []any{l.Code, l.PartnerID})
	})
	if err != nil {
		return err
	}
	return db.Insert(ctx, q, "partner_links", db.Columns(`partner_id, link_code, reward_schema, is_default, is_blocked, is_custom, created_at`), "", links,
		func(l Link, dst []any) {
			copy(dst, []any{l.PartnerID, l.Code, l.RewardSchema, l.IsDefault, l.IsBlocked, l.IsCustom, db.Micros(l.CreatedAt)})
		})
}
