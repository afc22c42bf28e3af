package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// Every is the interval at which a server should call Run.
const Every = 5 * time.Second

// These are the maximum sizes of the steps of Run and Purge. Each step is one
// transaction.
const (
	partnersAtOnce = 100
	eventsAtOnce   = 1000
	bundlesAtOnce  = 100
	purgedAtOnce   = 1000 // maximum number of partners in a step, and of notifications of each of them
)

// stale is the age at which an event becomes too old to be mailed.
const stale = 24 * time.Hour

// KeepDays is how many days notifications are stored. The time is long, so that
// a partner who returns after months still finds them.
const KeepDays = 180

// Service notifies partners of events.
type Service struct {
	store Store
	clock clock.Clock
	mails mail.Queue
}

// New returns a Service that notifies no one until Run is called.
func New(store Store, clk clock.Clock, mails mail.Queue) *Service { return &Service{store, clk, mails} }

// Run creates notifications for new events, and sends the mails that are due.
// Several processes may call Run at the same time.
func (s *Service) Run(ctx context.Context) error {
	for {
		partners, err := s.store.Behind(ctx, partnersAtOnce)
		if err != nil {
			return err
		}
		for _, partnerID := range partners {
			if err := s.catchUp(ctx, partnerID); err != nil {
				return err
			}
		}
		if len(partners) < partnersAtOnce {
			break
		}
	}
	for {
		bundles, err := s.store.Bundles(ctx, s.clock.Now().Add(-MailPause), bundlesAtOnce)
		if err != nil {
			return err
		}
		for i := range bundles {
			if err := s.mail(ctx, &bundles[i]); err != nil {
				return err
			}
		}
		if len(bundles) < bundlesAtOnce {
			return nil
		}
	}
}

func (s *Service) catchUp(ctx context.Context, partnerID id.UUID) error {
	for {
		more, err := s.store.Advance(ctx, partnerID, types, eventsAtOnce, s.tell)
		if err != nil || !more {
			return err
		}
	}
}

// tell describes events in words. The partner's settings decide which events
// are shown in the Personal Area and which are mailed.
func (s *Service) tell(settings Settings, events []event.Event) (Told, error) {
	told, now := Told{Lines: map[Kind][]string{}}, s.clock.Now()
	for i := range events {
		words, err := say(&events[i])
		if err != nil {
			return Told{}, err
		}
		if settings[words.kind].InArea {
			told.Notifications = append(told.Notifications, Notification{
				PartnerID: events[i].PartnerID, ID: id.New(), Kind: words.kind, Title: words.title, Body: words.body, Subject: words.subject,
				CreatedAt: events[i].At,
			})
		}
		if settings[words.kind].ByMail && now.Sub(events[i].At) < stale {
			told.Lines[words.kind] = append(told.Lines[words.kind], words.line)
		}
	}
	return told, nil
}

func (s *Service) mail(ctx context.Context, b *Bundle) error {
	return s.store.Mailed(ctx, *b, s.clock.Now(), func(ctx context.Context, address string) error {
		letter := mail.Letter{Title: titles[b.Kind], Lines: b.Lines, Notes: []string{"Your Personal Area shows more, and lets you choose your mails."}}
		if more := b.Waiting - int64(len(b.Lines)); more > 0 {
			letter.Lines = append(letter.Lines, fmt.Sprintf("And %s more.", money.GroupInt(more)))
		}
		message, partnerID := letter.Message("notification", address), b.PartnerID
		message.PartnerID = &partnerID
		return s.mails.Enqueue(ctx, message)
	})
}

// Purge removes notifications that are older than KeepDays.
func (s *Service) Purge(ctx context.Context) error {
	before := s.clock.Now().Add(-KeepDays * 24 * time.Hour)
	for {
		more, err := s.store.Purge(ctx, before, purgedAtOnce)
		if err != nil {
			return fmt.Errorf("deleting old notifications: %w", err)
		}
		if !more {
			return nil
		}
	}
}

// List returns a page of a partner's notifications, and the totals.
func (s *Service) List(ctx context.Context, partnerID id.UUID, f Filter) ([]Notification, Totals, error) {
	return s.store.List(ctx, partnerID, f)
}

// Read marks some of a partner's notifications as read, and ignores unknown
// ids. It returns how many it has marked, and how many are still unread.
func (s *Service) Read(ctx context.Context, partnerID id.UUID, ids []id.UUID) (read, unread int64, err error) {
	if ids == nil {
		ids = []id.UUID{}
	}
	return s.store.Read(ctx, partnerID, ids, s.clock.Now())
}

// ReadAll marks all of a partner's notifications as read. It returns the same
// numbers as Read.
func (s *Service) ReadAll(ctx context.Context, partnerID id.UUID) (read, unread int64, err error) {
	return s.store.Read(ctx, partnerID, nil, s.clock.Now())
}

// Settings returns a partner's settings.
func (s *Service) Settings(ctx context.Context, partnerID id.UUID) (Settings, error) {
	return s.store.Settings(ctx, partnerID)
}

// Change changes a partner's settings. It affects only later events.
func (s *Service) Change(ctx context.Context, partnerID id.UUID, change func(Settings)) (Settings, error) {
	return s.store.SetSettings(ctx, partnerID, change)
}
