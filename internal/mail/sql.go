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

// SQLStore implements Store and QuotaQueue on an SQL database.
type SQLStore struct {
	db    db.DB
	clock clock.Clock
	wake  func()
}

// NewSQLStore returns a store of mails on db. The store calls wake when a new
// mail can be sent. wake must not block.
func NewSQLStore(db db.DB, clk clock.Clock, wake func()) SQLStore { return SQLStore{db, clk, wake} }

// Enqueue implements Queue.
func (s SQLStore) Enqueue(ctx context.Context, m Message) error {
	m = m.Storable()
	err := s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if m.Change != nil {
			return s.enqueueChange(ctx, q, &m)
		}
		return s.insert(ctx, q, &m, time.Time{}, nil)
	})
	if err != nil {
		return fmt.Errorf("storing a mail: %w", err)
	}
	return nil
}

type mailRow struct {
	Mail

	LastError string     `db:"last_error"`
	GivenUpAt *time.Time `db:"given_up_at"`
	Changes   string     `db:"changes"` // the changes as a Merged in JSON, or empty
}

var mails = db.NewTable[mailRow]("mails")

// insert stores a mail. If due is zero, the mail is due at once, even if the clock of
// the process that sends it is behind.
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
			return fmt.Errorf("storing the changes of a mail: %w", err)
		}
		row.Changes = string(kept)
	}
	err := mails.Insert(ctx, q, row)
	if err == nil {
		db.AfterCommit(ctx, s.wake)
	}
	return err
}

// Due implements Store. It reads two ranges of the index mails_due, which has
// only waiting mails.
func (s SQLStore) Due(ctx context.Context, now, horizon time.Time, limit int) ([]Mail, error) {
	return db.All[Mail](ctx, s.db, `SELECT `+db.List("", db.ColumnsOf[Mail]())+` FROM mails
		WHERE sent_at IS NULL AND given_up_at IS NULL AND (next_at <= $1 OR next_at > $2)
		ORDER BY next_at, mail_id LIMIT $3`, db.Micros(now), db.Micros(horizon), int64(limit))
}

// Claim implements Store.
func (s SQLStore) Claim(ctx context.Context, m Mail, leaseEnd time.Time) (claimed bool, err error) {
	return s.move(ctx, `UPDATE mails SET next_at = $3, attempts = attempts + 1
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, m.ID, db.Micros(m.NextAt), db.Micros(leaseEnd))
}

// Sent implements Store.
func (s SQLStore) Sent(ctx context.Context, mailID id.UUID, leaseEnd, at time.Time) error {
	_, err := s.move(ctx, `UPDATE mails SET sent_at = $3, last_error = '', text_body = '', html_body = '', changes = ''
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, mailID, db.Micros(leaseEnd), db.Micros(at))
	return err
}

// Retry implements Store. It makes the mail due again at nextAt.
func (s SQLStore) Retry(ctx context.Context, mailID id.UUID, leaseEnd, nextAt time.Time, reason string) error {
	_, err := s.move(ctx, `UPDATE mails SET next_at = $3, last_error = $4
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, mailID, db.Micros(leaseEnd), db.Micros(nextAt), reason)
	return err
}

// GiveUp implements Store.
func (s SQLStore) GiveUp(ctx context.Context, mailID id.UUID, leaseEnd, at time.Time, reason string) error {
	_, err := s.move(ctx, `UPDATE mails SET given_up_at = $3, last_error = $4, text_body = '', html_body = '', changes = ''
		WHERE mail_id = $1 AND next_at = $2 AND sent_at IS NULL AND given_up_at IS NULL`, mailID, db.Micros(leaseEnd), db.Micros(at), reason)
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

// Purge implements Store. It also removes old rows of the quotas. It reads the
// indexes mails_created and mail_asks_created from the beginning.
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

// Waiting returns how many mails are waiting to be sent. It reads the index
// mails_due.
func (s SQLStore) Waiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL`).Scan(&n)
	return n, err
}
