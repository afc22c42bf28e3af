package mail

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Allow implements QuotaQueue. It reads the mailbox's rows of the last hour in
// the index mail_asks_mailbox, which are at most MailboxQuota rows.
func (s SQLStore) Allow(ctx context.Context, mailbox, asker string) (allowed bool, err error) {
	now := s.clock.Now()
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if err := holdMailbox(ctx, q, mailbox); err != nil {
			return err
		}
		var all, own int
		err := q.QueryRow(ctx, `SELECT count(*), count(CASE WHEN asker = $2 THEN 1 END) FROM mail_asks
			WHERE mailbox = $1 AND created_at > $3 AND created_at <= $4`,
			mailboxHash(mailbox), askerHash(mailbox, asker), db.Micros(now.Add(-QuotaWindow)), db.Micros(now.Add(QuotaWindow))).Scan(&all, &own)
		if err != nil {
			return err
		}
		if allowed = own < AskerQuota && all < MailboxQuota; !allowed {
			return nil
		}
		return addAsk(ctx, q, mailbox, asker, now)
	})
	if err != nil {
		return false, fmt.Errorf("counting mails to a mailbox: %w", err)
	}
	return allowed, nil
}

// addAsk counts a mail towards the quotas. The mail will be sent at the given time.
func addAsk(ctx context.Context, q db.Querier, mailbox, asker string, at time.Time) error {
	_, err := q.Exec(ctx, `INSERT INTO mail_asks (ask_id, mailbox, asker, created_at) VALUES ($1, $2, $3, $4)`,
		id.New(), mailboxHash(mailbox), askerHash(mailbox, asker), db.Micros(at))
	return err
}

// mailboxLocks is the first of the two keys of a mailbox's advisory lock in
// PostgreSQL. All other advisory locks have one key.
const mailboxLocks = 0x6d61_696c // "mail" in ASCII

// holdMailbox locks a mailbox's quota until the transaction ends. Without the
// lock, two transactions could both find space for the last mail. SQLite needs
// no lock, because it has only one writer. Two mailboxes whose hashes are equal
// share a lock, which only costs time.
func holdMailbox(ctx context.Context, q db.Querier, mailbox string) error {
	if q.Engine() == db.SQLite {
		return nil
	}
	number := int32(binary.BigEndian.Uint32(mailboxHash(mailbox)))
	_, err := q.Exec(ctx, `SELECT pg_advisory_xact_lock($1::int, $2::int)`, int32(mailboxLocks), number)
	return err
}

func mailboxHash(mailbox string) []byte {
	sum := sha256.Sum256([]byte(Mailbox(mailbox)))
	return sum[:]
}

func askerHash(mailbox, asker string) []byte {
	sum := sha256.Sum256([]byte(Mailbox(mailbox) + "\x00" + asker))
	return sum[:]
}

func forgetAsks(ctx context.Context, q db.Querier, now time.Time) error {
	_, err := q.Exec(ctx, `DELETE FROM mail_asks WHERE created_at <= $1`, db.Micros(now.Add(-QuotaWindow)))
	return err
}
