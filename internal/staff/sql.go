package staff

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
)

// Store stores staff members and their sessions.
type Store struct{ db db.DB }

// NewStore returns a Store that uses db, which must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction. Statements that fn runs with its context
// belong to the transaction.
func (s Store) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return db.Atomically(ctx, s.db, fn)
}

var (
	members  = db.NewTable[Member]("staff")
	sessions = db.NewTable[Session]("staff_sessions")
)

// Add adds a member, unless another member has the e-mail. It returns whether it has
// added the member.
func (s Store) Add(ctx context.Context, m Member) (added bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if err := members.InsertOn(ctx, q, `(email) DO NOTHING`, m); err != nil {
			return err
		}
		stored, _, err := byEmail(ctx, q, m.Email)
		added = stored.ID == m.ID
		return err
	})
	return added, err
}

// Save replaces the columns of a member that can change.
func (s Store) Save(ctx context.Context, m Member) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return members.InsertOn(ctx, q, members.Replacing("staff_id", "email", "created_at"), m)
	})
}

// Member returns a member, or ErrUnknown.
func (s Store) Member(ctx context.Context, staffID id.UUID) (Member, error) {
	return db.OneOr[Member](ctx, s.db, ErrUnknown, `SELECT `+members.Of("")+` FROM staff WHERE staff_id = $1`, staffID)
}

// Hold returns a member, or ErrUnknown, and locks the member until the transaction of
// ctx ends. The UPDATE changes nothing.
func (s Store) Hold(ctx context.Context, staffID id.UUID) (m Member, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		m, err = db.OneOr[Member](ctx, q, ErrUnknown, `UPDATE staff SET role = role WHERE staff_id = $1 RETURNING `+members.Of(""), staffID)
		return err
	})
	return m, err
}

// ByEmail returns the member with a normalised e-mail.
func (s Store) ByEmail(ctx context.Context, address string) (Member, bool, error) {
	return byEmail(ctx, s.db, address)
}

func byEmail(ctx context.Context, q db.Querier, address string) (Member, bool, error) {
	return db.One[Member](ctx, q, `SELECT `+members.Of("")+` FROM staff WHERE email = $1`, address)
}

// List returns one page of the members, sorted by e-mail, and the number of all
// members.
func (s Store) List(ctx context.Context, p page.Page) (list []Member, count int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*) FROM staff`).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[Member](ctx, q, `SELECT `+members.Of("")+` FROM staff ORDER BY email LIMIT `+strconv.Itoa(p.Limit)+` OFFSET `+strconv.Itoa(p.Offset))
		return err
	})
	return list, count, err
}

// Emails maps the ids of members to their e-mails.
func (s Store) Emails(ctx context.Context, ids []id.UUID) (map[id.UUID]string, error) {
	emails := map[id.UUID]string{}
	if len(ids) == 0 {
		return emails, nil
	}
	type row struct {
		ID    id.UUID `db:"staff_id"`
		Email string  `db:"email"`
	}
	return emails, db.Each(ctx, s.db, func(r row) error {
		emails[r.ID] = r.Email
		return nil
	}, `SELECT staff_id, email FROM staff WHERE staff_id @anyid($1)`, ids)
}

// SetRecoveryCodes replaces a member's recovery codes.
func (s Store) SetRecoveryCodes(ctx context.Context, staffID id.UUID, codes []identity.RecoveryHash) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `DELETE FROM staff_recovery_codes WHERE staff_id = $1`, staffID); err != nil {
			return err
		}
		for _, code := range codes {
			if _, err := q.Exec(ctx, `INSERT INTO staff_recovery_codes (staff_id, code_hash) VALUES ($1, $2)`, staffID, code[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseRecoveryCode removes a recovery code and returns how many are left. It returns
// false if the member has no such code.
func (s Store) UseRecoveryCode(ctx context.Context, staffID id.UUID, code identity.RecoveryHash) (used bool, left int, err error) {
	if used, err = s.changes(ctx, `DELETE FROM staff_recovery_codes WHERE staff_id = $1 AND code_hash = $2`, staffID, code[:]); err != nil {
		return false, 0, err
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM staff_recovery_codes WHERE staff_id = $1`, staffID).Scan(&left)
	return used, left, err
}

func (s Store) changes(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		rows, err := q.Exec(ctx, statement, args...)
		changed = rows > 0
		return err
	})
	return changed, err
}

// AddSession adds a session and removes the member's expired sessions.
func (s Store) AddSession(ctx context.Context, session Session, now time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `DELETE FROM staff_sessions WHERE staff_id = $1 AND expires_at <= $2`, session.StaffID, db.Micros(now)); err != nil {
			return err
		}
		return sessions.Insert(ctx, q, session)
	})
}

// Session returns a session and the role of its member. Every request with a token
// calls Session. The query uses primary keys.
func (s Store) Session(ctx context.Context, sessionID id.UUID) (session Session, role caller.StaffRole, found bool, err error) {
	type row struct {
		Session

		Role caller.StaffRole `db:"role"`
	}
	r, found, err := db.One[row](ctx, s.db, `SELECT `+sessions.Of("s")+`, m.role
		FROM staff_sessions s JOIN staff m ON m.staff_id = s.staff_id WHERE s.session_id = $1 AND m.disabled_at IS NULL`, sessionID)
	return r.Session, r.Role, found, err
}

// Extend sets when a session expires. It returns false if the session has ended.
func (s Store) Extend(ctx context.Context, sessionID id.UUID, expires time.Time) (extended bool, err error) {
	return s.changes(ctx, `UPDATE staff_sessions SET expires_at = $2 WHERE session_id = $1`, sessionID, db.Micros(expires))
}

// EndSession ends a session.
func (s Store) EndSession(ctx context.Context, sessionID id.UUID) error {
	_, err := s.changes(ctx, `DELETE FROM staff_sessions WHERE session_id = $1`, sessionID)
	return err
}

// EndSessions ends all sessions of a member except one.
func (s Store) EndSessions(ctx context.Context, staffID, but id.UUID) error {
	_, err := s.changes(ctx, `DELETE FROM staff_sessions WHERE staff_id = $1 AND session_id <> $2`, staffID, but)
	return err
}
