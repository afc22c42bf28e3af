package mail_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// mailsBundle is a store of mails. It counts the calls that wake the worker.
type mailsBundle struct {
	db    db.DB
	mails mail.SQLStore
	woken atomic.Int64
}

func TestMails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *mailsBundle){
			"with its change":        testMailsAmbient,
			"what is stored":         testMailsContent,
			"one sender at a time":   testMailsClaim,
			"how an attempt ends":    testMailsEnd,
			"due mails":              testMailsDue,
			"purge":                  testMailsPurge,
			"many senders, one mail": testMailsRace,
			"changes are merged":     testMailsChanges,
			"changes at one time":    testMailsChangesAtOnce,
			"no change is lost":      testMailsChangesModel,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := &mailsBundle{db: open(t)}
				b.mails = mail.NewSQLStore(b.db, clock.At(programmetest.Now), func() { b.woken.Add(1) })
				test(t, b)
			})
		}
	})
}

// enqueue stores a mail of the given kind, and reads it back with Due.
func (b *mailsBundle) enqueue(t *testing.T, kind string) mail.Mail {
	t.Helper()
	require.NoError(t, b.mails.Enqueue(t.Context(), mail.Message{Kind: kind, To: "a@example.com", Subject: "S", Text: "T", HTML: "<p>H</p>"}))
	for _, m := range b.dueMails(t, programmetest.Now) {
		if m.Kind == kind {
			return m
		}
	}
	t.Fatalf("the mail %q is not due", kind)
	return mail.Mail{}
}

func (b *mailsBundle) dueMails(t *testing.T, at time.Time) []mail.Mail {
	t.Helper()
	due, err := b.mails.Due(t.Context(), at, at.Add(2*time.Hour), 100)
	require.NoError(t, err)
	return due
}

func testMailsAmbient(t *testing.T, b *mailsBundle) {
	failed := errors.New("on purpose")
	require.ErrorIs(t, b.db.Write(t.Context(), func(ctx context.Context, _ db.Querier) error {
		require.NoError(t, b.mails.Enqueue(ctx, mail.Message{Kind: "never", To: "a@example.com"}))
		return failed
	}), failed)
	require.Empty(t, b.dueMails(t, programmetest.Now))
	require.Zero(t, b.woken.Load())

	require.NoError(t, b.db.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, _ db.Querier) error {
		require.NoError(t, b.mails.Enqueue(ctx, mail.Message{Kind: "kept", To: "a@example.com"}))
		require.Zero(t, b.woken.Load(), "the transaction has not committed")
		return nil
	}))
	require.Len(t, b.dueMails(t, programmetest.Now), 1)
	require.Equal(t, int64(1), b.woken.Load())
}

func testMailsContent(t *testing.T, b *mailsBundle) {
	partnerID := id.New()
	require.NoError(t, b.mails.Enqueue(t.Context(), mail.Message{
		PartnerID: &partnerID, Kind: "odd", To: " ann@example.com\r\nBcc: all@example.com\x00",
		Subject: "One\r\nTwo: \xff\x00 ünder", Text: "Line\r\nline\x00\x1b[2J\ttab", HTML: "<p>\xff</p>",
	}))
	due := b.dueMails(t, programmetest.Now)
	require.Len(t, due, 1)
	require.Equal(t, mail.Message{
		PartnerID: &partnerID, Kind: "odd", To: "ann@example.com  Bcc: all@example.com",
		Subject: "One  Two: \uFFFD  ünder", Text: "Line\nline[2J\ttab", HTML: "<p>\uFFFD</p>",
	}, due[0].Message)
	require.Equal(t, programmetest.Now, due[0].CreatedAt)
	require.Zero(t, due[0].Attempts)
}

func testMailsClaim(t *testing.T, b *mailsBundle) {
	m := b.enqueue(t, "one")
	lease := programmetest.Now.Add(time.Minute)
	claimed, err := b.mails.Claim(t.Context(), m, lease)
	require.NoError(t, err)
	require.True(t, claimed)
	claimed, err = b.mails.Claim(t.Context(), m, lease.Add(time.Second))
	require.NoError(t, err)
	require.False(t, claimed, "another process has claimed it")
	require.Empty(t, b.dueMails(t, programmetest.Now.Add(time.Minute-time.Microsecond)))
	due := b.dueMails(t, lease)
	require.Len(t, due, 1, "the other process is gone")
	require.Equal(t, 1, due[0].Attempts)

	// The second sender has claimed the mail, so the first sender can no longer
	// end the attempt.
	second := lease.Add(time.Minute)
	claimed, err = b.mails.Claim(t.Context(), due[0], second)
	require.NoError(t, err)
	require.True(t, claimed)
	require.NoError(t, b.mails.Retry(t.Context(), m.ID, lease, programmetest.Now, "late"))
	require.NoError(t, b.mails.GiveUp(t.Context(), m.ID, lease, programmetest.Now, "late"))
	require.NoError(t, b.mails.Sent(t.Context(), m.ID, lease, programmetest.Now))
	due = b.dueMails(t, second)
	require.Len(t, due, 1)
	require.Equal(t, "T", due[0].Text)
}

func testMailsRace(t *testing.T, b *mailsBundle) {
	m := b.enqueue(t, "one")
	var won atomic.Int64
	var senders sync.WaitGroup
	for i := range 8 {
		senders.Go(func() {
			claimed, err := b.mails.Claim(t.Context(), m, programmetest.Now.Add(time.Duration(i+1)*time.Minute))
			if err == nil && claimed {
				won.Add(1)
			}
		})
	}
	senders.Wait()
	require.Equal(t, int64(1), won.Load())
}

func testMailsEnd(t *testing.T, b *mailsBundle) {
	lease := programmetest.Now.Add(time.Minute)
	for kind, end := range map[string]func(m mail.Mail) error{
		"sent": func(m mail.Mail) error { return b.mails.Sent(t.Context(), m.ID, lease, programmetest.Now) },
		"given_up": func(m mail.Mail) error {
			return b.mails.GiveUp(t.Context(), m.ID, lease, programmetest.Now, "a reason")
		},
		"retry": func(m mail.Mail) error {
			return b.mails.Retry(t.Context(), m.ID, lease, programmetest.Now.Add(time.Hour), "a reason")
		},
	} {
		m := b.enqueue(t, kind)
		claimed, err := b.mails.Claim(t.Context(), m, lease)
		require.NoError(t, err)
		require.True(t, claimed)
		require.NoError(t, end(m))
	}
	due := b.dueMails(t, programmetest.Now.Add(time.Hour))
	require.Len(t, due, 1)
	require.Equal(t, "retry", due[0].Kind)
	require.Equal(t, "T", due[0].Text)
	rows, err := db.Collect(t.Context(), b.db, func(rows db.Rows) (string, error) {
		var kind, text, html, reason string
		var attempts int
		var sent, given bool
		err := rows.Scan(&kind, &text, &html, &reason, &attempts, &sent, &given)
		return fmt.Sprintf("%s %q %q %d sent=%t given=%t", kind, text+html, reason, attempts, sent, given), err
	}, `SELECT kind, text_body, html_body, last_error, attempts, sent_at IS NOT NULL, given_up_at IS NOT NULL FROM mails ORDER BY kind`)
	require.NoError(t, err)
	require.Equal(t, []string{
		`given_up "" "a reason" 1 sent=false given=true`,
		`retry "T<p>H</p>" "a reason" 1 sent=false given=false`,
		`sent "" "" 1 sent=true given=false`,
	}, rows)
}

func testMailsDue(t *testing.T, b *mailsBundle) {
	for _, kind := range []string{"first", "second", "third"} {
		b.enqueue(t, kind)
	}
	due, err := b.mails.Due(t.Context(), programmetest.Now.Add(-365*24*time.Hour), programmetest.Now, 2)
	require.NoError(t, err)
	require.Len(t, due, 2, "a new mail is due by any clock")
	require.Equal(t, "first", due[0].Kind)
	require.Equal(t, "second", due[1].Kind)

	// The process that claimed this mail has a clock that is years ahead.
	claimed, err := b.mails.Claim(t.Context(), due[0], programmetest.Now.AddDate(5, 0, 0))
	require.NoError(t, err)
	require.True(t, claimed)
	require.Len(t, b.dueMails(t, programmetest.Now), 3)
}

func testMailsPurge(t *testing.T, b *mailsBundle) {
	ctx := t.Context()
	for i := range 5 {
		m := b.enqueue(t, fmt.Sprintf("mail %d", i))
		if i == 0 {
			continue // this mail is still waiting
		}
		claimed, err := b.mails.Claim(ctx, m, programmetest.Now)
		require.NoError(t, err)
		require.True(t, claimed)
		if i%2 == 0 {
			require.NoError(t, b.mails.Sent(ctx, m.ID, programmetest.Now, programmetest.Now))
		} else {
			require.NoError(t, b.mails.GiveUp(ctx, m.ID, programmetest.Now, programmetest.Now, "x"))
		}
	}
	removed, err := b.mails.Purge(ctx, programmetest.Now, 100)
	require.NoError(t, err)
	require.Zero(t, removed, "no mail is older")
	for _, want := range []int64{3, 1, 0} {
		removed, err = b.mails.Purge(ctx, programmetest.Now.Add(time.Microsecond), 3)
		require.NoError(t, err)
		require.Equal(t, want, removed)
	}
	require.Len(t, b.dueMails(t, programmetest.Now), 1)
}
