package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// SQLStore implements mail.Store.
type SQLStore struct {
	db    db.DB
	clock clock.Clock
	wake  func()
}

// NewSQLStore returns the mails of db. It calls wake once a mail can be sent.
// wake must not block.
func NewSQLStore(db db.DB, clk clock.Clock, wake func()) SQLStore { return SQLStore{db, clk, wake} }

// Enqueue stores a mail to be sent.
func (s SQLStore) Enqueue(ctx context.Context, m Message) error {
	m = m.Storable()
	err := s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if m.Change != nil {
			return s.enqueueChange(ctx, q, &m)
		}
		return s.insert(ctx, q, &m, time.Time{}, nil)
	})
	if err != nil {
		return fmt.Errorf("keeping a mail: %w", err)
	}
	return nil
}

// mailRow is a row of mails.
type mailRow struct {
	Mail

	LastError string     `db:"last_error"`
	GivenUpAt *time.Time `db:"given_up_at"`
	Changes   string     `db:"changes"` // JSON of a Merged; empty: none
}

var mails = db.NewTable[mailRow]("mails")

// insert stores a mail that is due at a moment. Zero means that it is due at
// once, whatever the clock of the process that sends it says.
func (s SQLStore) insert(ctx context.Context, q db.Querier, m *Message, due time.Time, changes Merged) error {
	now := s.clock.Now()
	row := mailRow{Mail: Mail{Message: *m, ID: id.New(), CreatedAt: now, NextAt: due}}
	if due.IsZero() {
		row.NextAt = db.Instant(0)
	}
	if m.Withheld {
		row.Message, row.GivenUpAt = Message{Kind: m.Kind}, &now
	}
	if len(changes) > 0 {
		kept, err := json.Marshal(changes)
		if err != nil {
			return fmt.Errorf("keeping the changes of a mail: %w", err)
		}
		row.Changes = string(kept)
	}
	err := mails.Insert(ctx, q, row)
	if err == nil {
		db.AfterCommit(ctx, s.wake)
	}
	return err
}

// Due lists up to limit waiting mails whose NextAt has come, longest due first.
// A mail whose NextAt is after horizon is due too, because it was written with
// a wrong clock. Plan: mails_due, two ranges, which holds only the mails that
// wait.
func (s SQLStore) Due(ctx context.Context, now, horizon time.Time, limit int) ([]Mail, error) {
	return db.All[Mail](ctx, s.db, `SELECT `+db.List("", db.ColumnsOf[Mail]())+` FROM mails
		WHERE sent_at IS NULL AND given_up_at IS NULL AND (next_at <= $1 OR next_at > $2)
		ORDER BY next_at, mail_id LIMIT $3`, db.Micros(now), db.Micros(horizon), int64(limit))
}

// Claim begins an attempt and sets NextAt to until. claimed is false if another
// process claimed the mail first.
func (s SQLStore) Claim(ctx context.Context, m Mail, until time.Time) (claimed bool, err error) {
	return s.move(ctx, `UPDATE mails SET next_at = $3, attempts = attempts + 1
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, m.ID, db.Micros(m.NextAt), db.Micros(until))
}

// Sent ends an attempt, unless another process has claimed the mail meanwhile.
// lease is the until of its Claim. The text of the mail is removed.
func (s SQLStore) Sent(ctx context.Context, mailID id.UUID, lease, at time.Time) error {
	_, err := s.move(ctx, `UPDATE mails SET sent_at = $3, last_error = '', text_body = '', html_body = '', changes = ''
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, mailID, db.Micros(lease), db.Micros(at))
	return err
}

// Retry postpones a mail until next.
func (s SQLStore) Retry(ctx context.Context, mailID id.UUID, lease, next time.Time, reason string) error {
	_, err := s.move(ctx, `UPDATE mails SET next_at = $3, last_error = $4
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, mailID, db.Micros(lease), db.Micros(next), reason)
	return err
}

// GiveUp marks a mail as one that can never be delivered.
func (s SQLStore) GiveUp(ctx context.Context, mailID id.UUID, lease, at time.Time, reason string) error {
	_, err := s.move(ctx, `UPDATE mails SET given_up_at = $3, last_error = $4, text_body = '', html_body = '', changes = ''
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, mailID, db.Micros(lease), db.Micros(at), reason)
	return err
}

func (s SQLStore) move(ctx context.Context, statement string, args ...any) (moved bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, statement, args...)
		moved = affected == 1
		return err
	})
	return moved, err
}

// Purge removes up to limit mails that were created before a moment and no
// longer wait. Plan: mails_created from its beginning, and mail_asks_created.
func (s SQLStore) Purge(ctx context.Context, before time.Time, limit int) (removed int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if err := forgetAsks(ctx, q, s.clock.Now()); err != nil {
			return err
		}
		removed, err = q.Exec(ctx, `DELETE FROM mails WHERE mail_id IN (
			SELECT mail_id FROM mails WHERE created_at < $1 AND (sent_at IS NOT NULL OR given_up_at IS NOT NULL)
			ORDER BY created_at LIMIT $2)`, db.Micros(before), int64(limit))
		return err
	})
	return removed, err
}

// Waiting counts the mails that are still to be sent. Plan: index mails_due.
func (s SQLStore) Waiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL`).Scan(&n)
	return n, err
}
