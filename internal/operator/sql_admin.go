package operator

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// Admin runs what the operator's commands ask about partners.
type Admin struct{ db db.DB }

// NewAdmin returns the operator's view of db.
func NewAdmin(db db.DB) Admin { return Admin{db} }

// CodeOwner finds the partner who gets the clients of a link code, in any
// spelling of the code. Plan: index link_codes_folded.
func (s Admin) CodeOwner(ctx context.Context, code string) (owner id.UUID, found bool, err error) {
	given := linkcode.FromLink(code)
	codes, err := accrual.Reading(s.db).Codes(ctx, []string{linkcode.Fold(given)})
	if err != nil {
		return id.Nil, false, err
	}
	i := linkcode.Match(given, len(codes), func(i int) linkcode.Code { return codes[i].Code })
	if i < 0 {
		return id.Nil, false, nil
	}
	return codes[i].PartnerID, true, nil
}

// Verify marks a partner as verified. NotFound: no such partner.
func (s Admin) Verify(ctx context.Context, partnerID id.UUID) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		// true is a parameter, because it is an integer on SQLite.
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

// LevelChange puts a partner on a level of its plan from a day on.
type LevelChange struct {
	PartnerID id.UUID
	From      clock.Day
	Level     string
}

// SetLevels stores changes of level, all or none. Orders that are already in
// the books keep what they earned. A change replaces an earlier one for the
// same day.
func (s Admin) SetLevels(ctx context.Context, changes []LevelChange) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
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

// Fresh reports whether nothing was ever stored: no fact and no plan.
func (s Admin) Fresh(ctx context.Context) (bool, error) {
	var some int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 WHERE EXISTS (SELECT 1 FROM facts) OR EXISTS (SELECT 1 FROM plans)) w`).Scan(&some)
	return some == 0, err
}

// AnyFact reports whether a fact was ever stored.
func (s Admin) AnyFact(ctx context.Context) (bool, error) { return anyRow(ctx, s.db, "facts") }

// AnyClient reports whether the programme has a client.
func (s Admin) AnyClient(ctx context.Context) (bool, error) {
	return anyRow(ctx, s.db, "clients")
}

// AnyPartner reports whether the programme has a partner beside the house.
func (s Admin) AnyPartner(ctx context.Context) (bool, error) {
	var some int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM partners WHERE partner_id <> $1 LIMIT 1) w`, id.Nil).Scan(&some)
	return some > 0, err
}

func anyRow(ctx context.Context, q db.Querier, table string) (bool, error) {
	var some int
	err := q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+table+` LIMIT 1) w`).Scan(&some)
	return some > 0, err
}

// Waiting counts the facts that wait for their missing half. Plan: the
// smallest index, whole.
func (s Admin) Waiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM facts_waiting`).Scan(&n)
	return n, err
}

// PayoutsWaiting counts the payouts without an answer. Plan: index payouts_status.
func (s Admin) PayoutsWaiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM payouts WHERE status = 'pending'`).Scan(&n)
	return n, err
}

// MailsWaiting counts the mails that are still to be sent. Plan: index mails_due.
func (s Admin) MailsWaiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL`).Scan(&n)
	return n, err
}
