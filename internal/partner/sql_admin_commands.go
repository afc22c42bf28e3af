package partner

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// CodeOwner returns the partner who owns a link code. The code may have any
// spelling; see linkcode.Fold. The query uses the index link_codes_folded.
func (s AdminStore) CodeOwner(ctx context.Context, code string) (owner id.UUID, found bool, err error) {
	given := linkcode.FromLink(code)
	var owners []id.UUID
	codes, err := db.Collect(ctx, s.db, func(rows db.Rows) (c linkcode.Code, err error) {
		var programme string
		err = rows.Scan(&c.Text, &owner, &programme)
		c.Affiliate, owners = programme == Affiliate, append(owners, owner)
		return c, err
	}, `SELECT c.link_code, c.partner_id, coalesce(p.programme, '') FROM link_codes c LEFT JOIN partners p ON p.partner_id = c.partner_id
		WHERE c.folded = $1 ORDER BY c.link_code`, linkcode.Fold(given))
	if err != nil {
		return id.Nil, false, err
	}
	i := linkcode.Match(given, len(codes), func(i int) linkcode.Code { return codes[i] })
	if i < 0 {
		return id.Nil, false, nil
	}
	return owners[i], true, nil
}

// Verify marks a partner as verified. It returns NotFound if there is no such
// partner.
func (s AdminStore) Verify(ctx context.Context, partnerID id.UUID) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		// true is a parameter, because SQLite stores it as an integer.
		affected, err := q.Exec(ctx, `UPDATE partners SET verified = $2 WHERE partner_id = $1`, partnerID, true)
		if err != nil {
			return fmt.Errorf("marking a partner as verified: %w", err)
		}
		if affected == 0 {
			return fault.New(fault.NotFound)
		}
		return nil
	})
}

// LevelChange sets a partner's level from a day onwards.
type LevelChange struct {
	PartnerID id.UUID
	From      clock.Day
	Level     string
}

// SetLevels stores all of the changes, or none of them. A change replaces an
// earlier change on the same day. Booked rewards do not change.
func (s AdminStore) SetLevels(ctx context.Context, changes []LevelChange) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		for _, c := range changes {
			_, err := q.Exec(ctx, `INSERT INTO partner_levels (partner_id, from_day, level) VALUES ($1, $2, $3)
				ON CONFLICT (partner_id, from_day) DO UPDATE SET level = excluded.level`, c.PartnerID, int64(c.From), c.Level)
			if err != nil {
				return fmt.Errorf("setting a partner's level: %w", err)
			}
		}
		return nil
	})
}

// AnyClient reports whether the programme has a client.
func (s AdminStore) AnyClient(ctx context.Context) (bool, error) {
	var some int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM clients LIMIT 1) w`).Scan(&some)
	return some > 0, err
}

// AnyPartner reports whether the programme has a partner other than the house.
func (s AdminStore) AnyPartner(ctx context.Context) (bool, error) {
	var some int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM partners WHERE partner_id <> $1 LIMIT 1) w`, id.Nil).Scan(&some)
	return some > 0, err
}
