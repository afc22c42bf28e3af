package partner

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// ProfileStore stores profiles.
type ProfileStore struct{ db db.DB }

// NewProfileStore returns a ProfileStore on db. db must be the result of
// db.Joining, so that a change and its entry in the audit log are one
// transaction.
func NewProfileStore(db db.DB) ProfileStore { return ProfileStore{db} }

// Find returns a partner's profile, with defaults for values that the partner
// has not set.
func (s ProfileStore) Find(ctx context.Context, partnerID id.UUID) (Profile, bool, error) {
	return findProfile(ctx, s.db, partnerID)
}

func findProfile(ctx context.Context, q db.Querier, partnerID id.UUID) (p Profile, found bool, err error) {
	var updated int64
	found, err = db.Found(q.QueryRow(ctx, `
		SELECT p.email, p.country, coalesce(f.language, ''), coalesce(f.time_zone, ''), coalesce(f.full_name, ''), coalesce(f.phone, ''),
			coalesce(f.messenger, ''), coalesce(f.updated_at, 0)
		FROM partners p LEFT JOIN partner_profiles f ON f.partner_id = p.partner_id WHERE p.partner_id = $1`, partnerID).
		Scan(&p.Email, &p.Country, &p.Language, &p.Zone, &p.FullName, &p.Phone, &p.Messenger, &updated))
	if !found {
		return Profile{}, false, err
	}
	if p.Language == "" {
		p.Language = DefaultLanguage
	}
	if p.Zone == "" {
		p.Zone = DefaultZone
	}
	if updated != 0 {
		p.UpdatedAt = db.Instant(updated)
	}
	return p, true, nil
}

// Update locks a partner's profile and calls edit to change it, in one
// transaction. Statements that edit runs with its context are part of the
// transaction. After a conflict, Update calls edit again.
//
// The INSERT changes no values. It locks the row, and creates the row if there is
// none to lock.
func (s ProfileStore) Update(ctx context.Context, partnerID id.UUID, edit func(context.Context, *Profile) error) (p Profile, found bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `
			INSERT INTO partner_profiles (partner_id, language, time_zone, full_name, phone, messenger, updated_at)
			SELECT partner_id, '', '', '', '', '', 0 FROM partners WHERE partner_id = $1
			ON CONFLICT (partner_id) DO UPDATE SET updated_at = partner_profiles.updated_at`, partnerID)
		if found = affected > 0; err != nil || !found {
			return err
		}
		if p, _, err = findProfile(ctx, q, partnerID); err != nil {
			return err
		}
		if err := edit(ctx, &p); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `
			UPDATE partner_profiles SET language = $2, time_zone = $3, full_name = $4, phone = $5, messenger = $6, updated_at = $7
			WHERE partner_id = $1`,
			partnerID, p.Language, p.Zone, p.FullName, p.Phone, p.Messenger, microsOrZero(p.UpdatedAt))
		return err
	})
	return p, found, err
}

func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}
