package mail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
)

// office is a store of mails in a file, with a clock that the test moves.
type office struct {
	path  string
	clock *clock.Fixed
	db    db.DB
	mails mail.SQLStore
	dir   string
}

func setup(t *testing.T) *office {
	t.Helper()
	o := &office{path: filepath.Join(t.TempDir(), "tributary.db"), clock: clock.At(written), dir: filepath.Join(t.TempDir(), "made", "mail")}
	o.open(t)
	t.Cleanup(func() { require.NoError(t, o.db.Close()) })
	return o
}

func (o *office) open(t *testing.T) {
	t.Helper()
	database, err := sqlite.Open(t.Context(), o.path)
	require.NoError(t, err)
	o.db = db.Joining(database)
	o.mails = mail.NewSQLStore(o.db, o.clock, func() {})
}

func (o *office) enqueue(t *testing.T, to ...string) {
	t.Helper()
	for _, address := range to {
		require.NoError(t, o.mails.Enqueue(t.Context(), letterTo(address).Message))
	}
}

func (o *office) directory(t *testing.T) *mail.Directory {
	t.Helper()
	return mail.NewDirectory(o.dir, sender(t))
}

func (o *office) worker(to mail.Transport) *mail.Worker {
	return mail.NewWorker(o.mails, to, o.clock, slog.New(slog.DiscardHandler))
}

func (o *office) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(o.dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (o *office) states(t *testing.T) []string {
	t.Helper()
	states, err := db.Collect(t.Context(), o.db, func(rows db.Rows) (string, error) {
		var to string
		var attempts int
		var sent, given bool
		err := rows.Scan(&to, &attempts, &sent, &given)
		state := map[bool]string{true: "sent", false: "waits"}[sent]
		if given {
			state = "given up"
		}
		return fmt.Sprint(to, " ", state, " ", attempts), err
	}, `SELECT recipient, attempts, sent_at IS NOT NULL, given_up_at IS NOT NULL FROM mails ORDER BY mail_id`)
	require.NoError(t, err)
	return states
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org", "bob@example.org")
	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	require.Equal(t, []string{"ann@example.org sent 1", "bob@example.org sent 1"}, o.states(t))
	names := o.files(t)
	require.Len(t, names, 2)
	require.Regexp(t, `^[0-9a-f-]{36}-test\.eml$`, names[0])
	text, err := os.ReadFile(filepath.Join(o.dir, names[0]))
	require.NoError(t, err)
	require.Contains(t, string(text), "\r\nhttps://example.com/a/?token=abc&x=1\r\n", "people read the file and click the link")
	p := parse(t, string(text))
	require.Equal(t, "<ann@example.org>", p.header.Get("To"))
	require.Contains(t, p.parts["text/plain"], "    123456\r\n")
	info, err := os.Stat(filepath.Join(o.dir, names[0]))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	require.Len(t, o.files(t), 2)
}

// A line that is too long for a mail is split. Mail programs join its parts.
func TestLongLines(t *testing.T) {
	t.Parallel()
	o := setup(t)
	long := strings.Repeat("x", 5000)
	require.NoError(t, o.mails.Enqueue(t.Context(), mail.Message{Kind: "long", To: "ann@example.org", Subject: long, Text: long + "\n.\n", HTML: "<p>" + long}))
	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	text, err := os.ReadFile(filepath.Join(o.dir, o.files(t)[0]))
	require.NoError(t, err)
	for line := range strings.SplitSeq(string(text), "\r\n") {
		require.LessOrEqual(t, len(line), 998)
	}
	require.Equal(t, long+"\r\n.\r\n", parse(t, string(text)).parts["text/plain"])
}

// After a restart, a worker sends the mails that were stored before.
func TestMailsSurvive(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org")
	require.NoError(t, o.db.Close())
	o.open(t)
	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	require.Len(t, o.files(t), 1)
}

// crashing is the store of a process that dies after it has delivered a mail.
type crashing struct{ mail.Store }

var errKilled = errors.New("killed")

func (crashing) Sent(context.Context, id.UUID, time.Time, time.Time) error { return errKilled }

// A crash between writing the file and updating the store does not cause a
// second file.
func TestCrashAfterDelivery(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org")
	dying := mail.NewWorker(crashing{o.mails}, o.directory(t), o.clock, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, dying.Send(t.Context()), errKilled)
	require.Equal(t, []string{"ann@example.org waits 1"}, o.states(t))
	before := o.files(t)
	require.Len(t, before, 1)
	// A partial file that another crash has left does no harm.
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, "."+before[0]+".part"), []byte("half"), 0o600))

	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	require.Equal(t, []string{"ann@example.org waits 1"}, o.states(t), "another process may be sending it")
	o.clock.Advance(time.Minute)
	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	require.Equal(t, []string{"ann@example.org sent 2"}, o.states(t))
	require.Contains(t, o.files(t), before[0])
}

// Several workers at the same time send each mail once.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	o := setup(t)
	server := startSMTP(t)
	const mails = 40
	for i := range mails {
		o.enqueue(t, fmt.Sprintf("p%d@example.org", i))
	}
	var workers sync.WaitGroup
	for range 4 {
		smtp := transport(t, &mail.Server{Host: "127.0.0.1", Port: server.port(), TLS: mail.NoTLS})
		workers.Go(func() {
			if err := o.worker(smtp).Send(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	seen := map[string]bool{}
	for _, m := range server.receivedMails() {
		require.False(t, seen[m.to[0]], m.to[0])
		seen[m.to[0]] = true
	}
	require.Len(t, seen, mails)
}

type failing struct {
	err      error
	attempts int
}

func (f *failing) Deliver(context.Context, *mail.Mail) error {
	f.attempts++
	return f.err
}
func (f *failing) Patience() time.Duration { return time.Minute }
func (f *failing) Rest()                   {}
func (f *failing) String() string          { return "nowhere" }

func TestAMailThatFailsIsTriedAgainForADay(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org")
	nowhere := &failing{err: errors.New("451 come back later")}
	worker := o.worker(nowhere)
	var tried []time.Duration
	for range 26 * 60 {
		before := nowhere.attempts
		require.NoError(t, worker.Send(t.Context()))
		if nowhere.attempts > before {
			tried = append(tried, o.clock.Now().Sub(written))
		}
		o.clock.Advance(time.Minute)
	}
	require.Equal(t, []time.Duration{
		0, time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 31 * time.Minute, 63 * time.Minute, 123 * time.Minute,
	}, tried[:8])
	last := tried[len(tried)-1]
	require.GreaterOrEqual(t, last, 24*time.Hour)
	require.Less(t, last, 25*time.Hour+time.Minute)
	require.Equal(t, []string{fmt.Sprint("ann@example.org given up ", len(tried))}, o.states(t))
}

func TestAFaultyMailStopsNoOther(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "nobody", "two@example.org, three@example.org", "Ann <ann@example.org>", "a@b.example\r\nBcc: all@example.com", "bob@example.org")
	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	require.Equal(t, []string{
		"nobody given up 1", "two@example.org, three@example.org given up 1", "Ann <ann@example.org> given up 1",
		"a@b.example  Bcc: all@example.com given up 1", "bob@example.org sent 1",
	}, o.states(t))
	require.Len(t, o.files(t), 1)
}

// If no mail can be sent, one call of Send tries only one mail.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org", "bob@example.org")
	nowhere := &failing{err: fmt.Errorf("%w: no route", mail.ErrUnavailable)}
	require.ErrorIs(t, o.worker(nowhere).Send(t.Context()), mail.ErrUnavailable)
	require.Equal(t, 1, nowhere.attempts)
	require.Equal(t, []string{"ann@example.org waits 1", "bob@example.org waits 0"}, o.states(t))
	nowhere.err = nil
	o.clock.Advance(time.Minute)
	require.NoError(t, o.worker(nowhere).Send(t.Context()))
	require.Equal(t, []string{"ann@example.org sent 2", "bob@example.org sent 1"}, o.states(t))
}

func TestAFullDisk(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org")
	require.NoError(t, os.MkdirAll(filepath.Dir(o.dir), 0o700))
	require.NoError(t, os.WriteFile(o.dir, nil, 0o600)) // a file with this name prevents the creation of the directory
	require.ErrorIs(t, o.worker(o.directory(t)).Send(t.Context()), mail.ErrUnavailable)
	require.Equal(t, []string{"ann@example.org waits 1"}, o.states(t))
}

// No value in a mail can add a header, or move the mail's file to another
// directory.
func TestNoHeaderIsInjected(t *testing.T) {
	t.Parallel()
	o := setup(t)
	require.NoError(t, o.mails.Enqueue(t.Context(), mail.Message{
		Kind: "../../etc/passwd\r\nX: y", To: "ann@example.org", Subject: "Hello\r\nBcc: all@example.com\r\n\r\n<b>", Text: "T", HTML: "H",
	}))
	require.NoError(t, o.worker(o.directory(t)).Send(t.Context()))
	names := o.files(t)
	require.Len(t, names, 1)
	require.Regexp(t, `^[0-9a-f-]{36}-etcpasswdy\.eml$`, names[0])
	f, err := os.Open(filepath.Join(o.dir, names[0]))
	require.NoError(t, err)
	defer f.Close()
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	p := parse(t, string(text))
	require.Empty(t, p.header.Get("Bcc"))
	require.Equal(t, "Hello  Bcc: all@example.com    <b>", p.header.Get("Subject"))
}

func TestPurge(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.enqueue(t, "ann@example.org", "bob@example.org")
	worker := o.worker(&failing{})
	require.NoError(t, worker.Send(t.Context()))
	o.clock.Advance(30 * 24 * time.Hour)
	o.enqueue(t, "carl@example.org")
	require.NoError(t, worker.Purge(t.Context()))
	require.Len(t, o.states(t), 3)
	o.clock.Advance(time.Second)
	require.NoError(t, worker.Purge(t.Context()))
	require.Equal(t, []string{"carl@example.org waits 0"}, o.states(t))
}
