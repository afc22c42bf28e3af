package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// enqueueChange stores a mail about one change. When the quota of the mail's
// kind is used up, it merges the change into one later mail instead.
func (s SQLStore) enqueueChange(ctx context.Context, q db.Querier, m *Message) error {
	if err := holdMailbox(ctx, q, m.To); err != nil {
		return err
	}
	now := s.clock.Now()
	due, err := dueOf(ctx, q, m, now)
	if err != nil {
		return err
	}
	if due.IsZero() {
		if err := addAsk(ctx, q, m.To, noticeAsker(m.Kind), now); err != nil {
			return err
		}
		return s.insert(ctx, q, m, time.Time{}, nil)
	}
	if merged, err := s.merge(ctx, q, m); err != nil || merged {
		return err
	}
	if err := addAsk(ctx, q, m.To, noticeAsker(KindMerged), due); err != nil {
		return err
	}
	changes := Merged(nil).Add(*m.Change)
	message := changes.Message(m.PartnerID, m.To).Storable()
	return s.insert(ctx, q, &message, due, changes)
}

// noticeAsker returns the name that the quota uses as the asker of mails about
// changes of one kind. Each kind has its own name, so that changes of one kind
// do not use up the quota of another kind.
func noticeAsker(kind string) string { return "notice " + kind }

// merge adds a change to the merged mail that is waiting, if there is one. It
// finds the mail by the index mails_merged, which has at most one row for a
// mailbox.
func (s SQLStore) merge(ctx context.Context, q db.Querier, m *Message) (merged bool, err error) {
	var mailID id.UUID
	var text string
	found, err := db.Found(q.QueryRow(ctx, `SELECT mail_id, changes FROM mails
		WHERE partner_id = $1 AND recipient = $2 AND changes <> '' AND attempts = 0 AND sent_at IS NULL AND given_up_at IS NULL`,
		m.PartnerID, m.To).Scan(&mailID, &text))
	if err != nil || !found {
		return false, err
	}
	var changes Merged
	if err := json.Unmarshal([]byte(text), &changes); err != nil {
		return false, fmt.Errorf("reading the changes of a mail: %w", err)
	}
	changes = changes.Add(*m.Change)
	kept, err := json.Marshal(changes)
	if err != nil {
		return false, fmt.Errorf("storing the changes of a mail: %w", err)
	}
	message := changes.Message(m.PartnerID, m.To).Storable()
	// If a worker has claimed the mail in the meantime, the statement changes
	// nothing, and the caller starts a new merged mail.
	affected, err := q.Exec(ctx, `UPDATE mails SET subject = $3, text_body = $4, html_body = $5, changes = $6
		WHERE mail_id = $1 AND changes = $2 AND attempts = 0`, mailID, text, message.Subject, message.Text, message.HTML, string(kept))
	return affected == 1, err
}

// dueOf returns the time at which a mail about a change is due. Zero means now. A
// merged mail is sent within a QuotaWindow, and at least one QuotaWindow after
// the previous merged mail.
func dueOf(ctx context.Context, q db.Querier, m *Message, now time.Time) (due time.Time, err error) {
	mailbox := mailboxHash(m.To)
	own, later := askerHash(m.To, noticeAsker(m.Kind)), askerHash(m.To, noticeAsker(KindMerged))
	var all, ofKind int
	var first, firstOfKind, lastMerged *int64
	err = q.QueryRow(ctx, `SELECT count(*), count(CASE WHEN asker = $2 THEN 1 END), min(created_at), min(CASE WHEN asker = $2 THEN created_at END),
			max(CASE WHEN asker = $3 THEN created_at END)
		FROM mail_asks WHERE mailbox = $1 AND created_at > $4 AND created_at <= $5`,
		mailbox, own, later, db.Micros(now.Add(-QuotaWindow)), db.Micros(now.Add(QuotaWindow))).
		Scan(&all, &ofKind, &first, &firstOfKind, &lastMerged)
	if err != nil {
		return time.Time{}, fmt.Errorf("counting mails about changes: %w", err)
	}
	full := all >= MailboxQuota-1 // leave space for one mail, which a stranger may cause at the same time
	if ofKind < NoticeQuota && !full {
		return time.Time{}, nil
	}
	latest := int64(0)
	if lastMerged != nil {
		latest = *lastMerged
	}
	if ofKind >= NoticeQuota {
		latest = max(latest, *firstOfKind)
	}
	if full {
		latest = max(latest, *first)
	}
	due = db.Instant(latest).Add(QuotaWindow)
	if last := now.Add(QuotaWindow); due.After(last) {
		due = last // the clock may have been set back
	}
	return due, nil
}
