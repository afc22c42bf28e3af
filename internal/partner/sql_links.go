package partner

import (
	"context"
	"errors"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

type codeRow struct {
	Code      string  `db:"link_code"`
	PartnerID id.UUID `db:"partner_id"`
}

// ownedLink is a link, together with one column of the partner who owns it.
type ownedLink struct {
	Link

	Of string `db:"of_partner"`
}

var (
	linkCodes = db.NewTable[codeRow]("link_codes")
	linkTable = db.NewTable[Link]("partner_links")
)

func linkSelect(column string) string {
	return `SELECT ` + linkTable.Of("k") + `, p.` + column + ` AS of_partner FROM partners p JOIN partner_links k ON k.partner_id = p.partner_id `
}

// Links returns the partner's links, newest first. rewardAccount is the number of
// the account that receives their rewards.
func (s *Store) Links(ctx context.Context, partnerID id.UUID) (links []Link, rewardAccount string, err error) {
	links, err = db.AllAs(ctx, s.db, func(l ownedLink) (Link, error) {
		rewardAccount = l.Of
		return l.Link, nil
	}, linkSelect("partner_account")+`WHERE p.partner_id = $1 ORDER BY k.created_at DESC, k.link_code`, partnerID)
	return links, rewardAccount, err
}

// oneLink returns the link that matches a condition, and one column of the
// partner who owns it. The condition can use the alias k of the link.
func oneLink(ctx context.Context, q db.Querier, column, condition string, args ...any) (l Link, of string, err error) {
	found, ok, err := db.One[ownedLink](ctx, q, linkSelect(column)+`WHERE p.partner_id = $1 AND `+condition, args...)
	if err == nil && !ok {
		err = ErrUnknown
	}
	return found.Link, found.Of, err
}

// DefaultLink returns the partner's default link and the partner's programme.
// It returns ErrUnknown if the partner has no default link.
func (s *Store) DefaultLink(ctx context.Context, partnerID id.UUID) (Link, string, error) {
	return oneLink(ctx, s.db, "programme", "k.is_default LIMIT 1", partnerID)
}

// AddLink stores a new link. In the same transaction it releases every fact that
// waits for the link's code. released is true if there was such a fact. AddLink
// holds the lock of accrual, so that no fact starts to wait for the code
// meanwhile.
//
// It returns ErrUnknown if there is no such partner, and ErrTooMany if the
// partner already has limit links. It returns ErrCodeTaken if a partner already
// has the code, or a code that people could confuse with it; see linkcode.Fold.
func (s *Store) AddLink(ctx context.Context, link *Link, limit int) (account string, released bool, err error) {
	err = s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
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
		case links >= limit:
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

// ReleaseCode releases the facts that wait for a code, in any of its spellings. The
// job for waiting facts then tries to apply them. The result is false if no fact
// waited for the code.
func ReleaseCode(ctx context.Context, q db.Querier, code string) (released bool, err error) {
	facts, err := q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE waits_for = $1`, feed.CodeKey(code))
	return facts > 0, err
}

// SetDefaultLink makes a link the partner's only default link. It returns
// ErrUnknown if the partner has no such link, and ErrLinkBlocked if the link is
// blocked.
func (s *Store) SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error) {
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
	codes := make([]codeRow, len(links))
	for i := range links {
		codes[i] = codeRow{links[i].Code, links[i].PartnerID}
	}
	if err := linkCodes.Insert(ctx, q, codes...); err != nil {
		return err
	}
	return linkTable.Insert(ctx, q, links...)
}
