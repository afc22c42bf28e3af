package notify

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// Store stores notifications. Every method runs in its own transaction.
type Store struct{ db db.DB }

// NewStore returns a Store on a database that comes from db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// Behind returns partners who have events that Advance has not handled, up to the
// given limit. The query reads the event counter of each partner.
func (s Store) Behind(ctx context.Context, limit int) ([]id.UUID, error) {
	return db.All[id.UUID](ctx, s.db, `SELECT c.partner_id FROM event_counters c LEFT JOIN notification_cursors n ON n.partner_id = c.partner_id
		WHERE c.last_seq > coalesce(n.event_seq, 0) ORDER BY c.partner_id LIMIT $1`, int64(limit))
}

// errFirst rolls back the transaction of Advance if another process was faster.
var errFirst = errors.New("another process has already handled these events")

// Advance reads a partner's next events, up to the given limit. It calls
// toldFor with those of the given types, and stores the result. It returns true
// if there are further events. Each event is handled only once, because only
// one process can move the partner's cursor from its old position.
func (s Store) Advance(
	ctx context.Context, partnerID id.UUID, types []event.Type, limit int, toldFor func(Settings, []event.Event) (Told, error),
) (more bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		more = false
		first, last, err := event.Range(ctx, q, partnerID)
		if err != nil {
			return err
		}
		var cursor int64
		if _, err := db.Found(q.QueryRow(ctx, `SELECT event_seq FROM notification_cursors WHERE partner_id = $1`, partnerID).Scan(&cursor)); err != nil {
			return err
		}
		from := max(first, cursor+1)
		to := min(last, from+int64(limit)-1)
		if to <= cursor {
			return nil
		}
		moved, err := q.Exec(ctx, `INSERT INTO notification_cursors (partner_id, event_seq) VALUES ($1, $2)
			ON CONFLICT (partner_id) DO UPDATE SET event_seq = excluded.event_seq WHERE notification_cursors.event_seq = $3`, partnerID, to, cursor)
		if err != nil {
			return err
		}
		if moved != 1 {
			return errFirst
		}
		events, err := event.List(ctx, q, event.Whole, partnerID, from, to, types, limit)
		if err != nil {
			return err
		}
		settings, err := notifySettings(ctx, q, partnerID)
		if err != nil {
			return err
		}
		told, err := toldFor(settings, events)
		if err != nil {
			return err
		}
		more = to < last
		if err := notifications.Insert(ctx, q, told.Notifications...); err != nil {
			return err
		}
		for kind, lines := range told.Lines {
			if err := bundle(ctx, q, partnerID, kind, lines); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errFirst) {
		return false, nil
	}
	return more, err
}

var notifications = db.NewTable[Notification]("notifications", "read_at")

// bundle adds lines to those that are waiting to be mailed. The row is locked
// before it is read. Without the lock, lines that are mailed between the read
// and the write would be mailed again.
func bundle(ctx context.Context, q db.Querier, partnerID id.UUID, kind Kind, lines []string) error {
	b, err := db.OneOr[Bundle](ctx, q, db.ErrNoRows, `INSERT INTO notification_mails (partner_id, event, waiting, lines, mailed_at) VALUES ($1, $2, 0, '[]', 0)
		ON CONFLICT (partner_id, event) DO UPDATE SET waiting = notification_mails.waiting RETURNING waiting, lines`, partnerID, string(kind))
	if err != nil {
		return err
	}
	b.Waiting += int64(len(lines))
	b.Lines = append(b.Lines, lines[:min(len(lines), MaxLines-len(b.Lines))]...)
	kept, err := json.Marshal(b.Lines)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `UPDATE notification_mails SET waiting = $3, lines = $4 WHERE partner_id = $1 AND event = $2`,
		partnerID, string(kind), b.Waiting, string(kept))
	return err
}

// Bundles returns bundles whose last mail was not sent after the given time, up to
// the given limit. The query reads the index notification_mails_waiting.
func (s Store) Bundles(ctx context.Context, before time.Time, limit int) ([]Bundle, error) {
	return db.All[Bundle](ctx, s.db, `SELECT partner_id, event, waiting, lines FROM notification_mails
		WHERE waiting > 0 AND mailed_at <= $1 ORDER BY mailed_at, partner_id, event LIMIT $2`,
		db.Micros(before), int64(limit))
}

// Mailed empties a bundle and calls sendTo with the partner's e-mail address,
// in one transaction. It does nothing if the bundle has changed since it was
// read, or if its last mail is more recent than MailPause.
func (s Store) Mailed(ctx context.Context, b Bundle, at time.Time, sendTo func(context.Context, string) error) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		// If lines were added after the bundle was read, this changes nothing,
		// and the next run mails all of them.
		emptied, err := q.Exec(ctx, `UPDATE notification_mails SET waiting = 0, lines = '[]', mailed_at = $4
			WHERE partner_id = $1 AND event = $2 AND waiting = $3 AND mailed_at <= $5`,
			b.PartnerID, string(b.Kind), b.Waiting, db.Micros(at), db.Micros(at.Add(-MailPause)))
		if err != nil || emptied == 0 {
			return err
		}
		var address string
		if err := q.QueryRow(ctx, `SELECT email FROM partners WHERE partner_id = $1`, b.PartnerID).Scan(&address); err != nil {
			return err
		}
		return sendTo(ctx, address)
	})
}

// List returns a partner's notifications, the newest first. The query reads the
// primary key backwards. For unread notifications, it reads the index
// notifications_unread.
func (s Store) List(ctx context.Context, partnerID id.UUID, f Filter) (list []Notification, totals Totals, err error) {
	from, args := ` FROM notifications WHERE partner_id = $1`, []any{partnerID}
	if f.Unread {
		from += ` AND read_at IS NULL`
	}
	if len(f.Kinds) > 0 {
		from, args = from+` AND event @any($2)`, append(args, f.Kinds)
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*), count(CASE WHEN read_at IS NULL THEN 1 END)`+from, args...).Scan(&totals.Count, &totals.Unread); err != nil {
			return err
		}
		list, err = db.All[Notification](ctx, q, `SELECT `+notifications.Of("")+`, read_at`+from+
			` ORDER BY notification_id DESC LIMIT `+strconv.Itoa(f.Page.Limit)+` OFFSET `+strconv.Itoa(f.Page.Offset), args...)
		return err
	})
	return list, totals, err
}

// Read marks the notifications with these ids as read, or all notifications if
// ids is nil. It returns how many it has marked, and how many are still unread.
// The query uses the index notifications_unread.
func (s Store) Read(ctx context.Context, partnerID id.UUID, ids []id.UUID, at time.Time) (read, unread int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		change, args := `UPDATE notifications SET read_at = $2 WHERE partner_id = $1 AND read_at IS NULL`, []any{partnerID, db.Micros(at)}
		if ids != nil {
			change, args = change+` AND notification_id @anyid($3)`, append(args, ids)
		}
		if read, err = q.Exec(ctx, change, args...); err != nil {
			return err
		}
		return q.QueryRow(ctx, `SELECT count(*) FROM notifications WHERE partner_id = $1 AND read_at IS NULL`, partnerID).Scan(&unread)
	})
	return read, unread, err
}

// Settings returns a partner's settings.
func (s Store) Settings(ctx context.Context, partnerID id.UUID) (Settings, error) {
	return notifySettings(ctx, s.db, partnerID)
}

type notifySetting struct {
	Kind Kind `db:"event"`
	Setting
}

func notifySettings(ctx context.Context, q db.Querier, partnerID id.UUID) (Settings, error) {
	said, err := db.All[notifySetting](ctx, q, `SELECT event, in_area, by_mail FROM notification_settings WHERE partner_id = $1`, partnerID)
	settings := Defaults()
	for _, n := range said {
		if _, known := settings[n.Kind]; known {
			settings[n.Kind] = n.Setting
		}
	}
	return settings, err
}

// SetSettings locks a partner's settings, calls editSettings with them, and
// stores the result.
func (s Store) SetSettings(ctx context.Context, partnerID id.UUID, editSettings func(Settings)) (settings Settings, err error) {
	err = s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		if settings, err = notifySettings(ctx, q, partnerID); err != nil {
			return err
		}
		editSettings(settings)
		for _, kind := range Kinds {
			if _, err := q.Exec(ctx, `INSERT INTO notification_settings (partner_id, event, in_area, by_mail) VALUES ($1, $2, $3, $4)
				ON CONFLICT (partner_id, event) DO UPDATE SET in_area = excluded.in_area, by_mail = excluded.by_mail`,
				partnerID, string(kind), settings[kind].InArea, settings[kind].ByMail); err != nil {
				return err
			}
		}
		return nil
	})
	return settings, err
}
