package verification_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/verification"
)

var start = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// security is the Security of one partner. Tests set the values that its methods
// return. It accepts one code, once.
type security struct {
	mu       sync.Mutex
	channels []verification.Channel // one channel for each call; the last one is used again for further calls
	right    string
	err      error
}

func (s *security) Channel(context.Context, id.UUID) (verification.Channel, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	channel := s.channels[0]
	if len(s.channels) > 1 {
		s.channels = s.channels[1:]
	}
	return channel, "p@example.com", nil
}

func (s *security) UseCode(_ context.Context, _ id.UUID, _, code string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	right := s.right != "" && code == s.right
	if right {
		s.right = ""
	}
	return right, s.err
}

type post struct {
	mu   sync.Mutex
	sent []mail.Message
	err  error
}

func (p *post) Enqueue(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, m)
	return p.err
}

type diary struct{ entries []audit.Entry }

func (d *diary) Record(_ context.Context, e audit.Entry) error {
	d.entries = append(d.entries, e)
	return nil
}

// echoBinder is a Binder that returns the payload itself as the content.
type echoBinder struct{}

func (echoBinder) Bind(_ context.Context, _ id.UUID, payload json.RawMessage) (verification.Bound, error) {
	if string(payload) == "{}" {
		return verification.Bound{}, fault.Invalid("what", "required", "This field is required.")
	}
	return verification.Bound{Digest: verification.DigestOf(verification.Withdraw, string(payload)), Summary: string(payload)}, nil
}

type bundle struct {
	service   *verification.Service
	db        db.DB
	store     verification.Store
	clock     *clock.Fixed
	security  *security
	post      *post
	diary     *diary
	partnerID id.UUID
}

func setup(t *testing.T) *bundle {
	t.Helper()
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tributary.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	database := db.Joining(file)
	b := &bundle{
		db: database, store: verification.NewStore(database), clock: clock.At(start), partnerID: id.New(),
		security: &security{channels: []verification.Channel{verification.Email}}, post: &post{}, diary: &diary{},
	}
	b.service = verification.New(b.store, b.clock, verification.Config{
		Binders:  map[verification.Type]verification.Binder{verification.Withdraw: echoBinder{}},
		Security: b.security, Mails: b.post, Audit: b.diary, MemoryKiB: 64,
	})
	return b
}

func (b *bundle) start(t *testing.T) (verification.Started, error) {
	t.Helper()
	return b.service.Start(t.Context(), b.partnerID, verification.Withdraw, json.RawMessage(`{"all":1}`))
}

func (b *bundle) count(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM verifications`).Scan(&n))
	return n
}

var sixDigits = regexp.MustCompile(`\d{6,}`)

func TestStart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seen := map[string]bool{}
	for range 10 {
		started, err := b.start(t)
		require.NoError(t, err)
		require.Equal(t, verification.Email, started.Channel)
		require.Equal(t, start.Add(10*time.Minute), started.ExpiresAt)
		m := b.post.sent[len(b.post.sent)-1]
		require.Equal(t, "p@example.com", m.To)
		require.Equal(t, b.partnerID, *m.PartnerID)
		codes := sixDigits.FindAllString(m.Text, -1)
		require.Len(t, codes, 1)
		require.Regexp(t, `^[1-9]\d{5}$`, codes[0], "a program may read it as a number")
		seen[codes[0]] = true
	}
	require.Greater(t, len(seen), 5, "each operation has its own code")
	_, err := b.start(t)
	e, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok)
	require.Equal(t, fault.Throttled, e.Code)
	require.Equal(t, 10*time.Minute, e.RetryAfter)
	b.clock.Advance(-24 * 365 * time.Hour)
	_, err = b.start(t)
	require.NoError(t, err, "a clock that was set back makes no one wait for years")
}

func TestStart_Refused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.service.Start(t.Context(), b.partnerID, verification.ApproveRebates, json.RawMessage(`{"all":1}`))
	require.Equal(t, fault.ValidationError, fault.CodeOf(err), "the type has no Binder")
	_, err = b.service.Start(t.Context(), b.partnerID, verification.Withdraw, json.RawMessage(`{}`))
	require.Equal(t, fault.ValidationError, fault.CodeOf(err))
	b.post.err = errors.New("the store is full")
	_, err = b.start(t)
	require.ErrorIs(t, err, b.post.err)
	require.Zero(t, b.count(t), "if the mail cannot be stored, no operation starts")
}

func TestStart_ChannelChangesMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.security.channels = []verification.Channel{verification.Email, verification.TOTP}
	started, err := b.start(t)
	require.NoError(t, err)
	require.Equal(t, verification.TOTP, started.Channel)
	require.Empty(t, b.post.sent)
	require.Equal(t, 1, b.count(t))
	b.security.channels = []verification.Channel{verification.TOTP, verification.Email}
	started, err = b.start(t)
	require.NoError(t, err)
	require.Equal(t, verification.Email, started.Channel)
	require.Len(t, b.post.sent, 1)
}

func TestComplete_TOTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.security.channels = []verification.Channel{verification.TOTP}
	started, err := b.start(t)
	require.NoError(t, err)
	_, err = b.service.Complete(t.Context(), b.partnerID, started.ID, "")
	require.Equal(t, fault.ValidationError, fault.CodeOf(err))
	b.security.right = "111222"
	var group sync.WaitGroup
	tokens, errs := make([]string, 12), make([]error, 12)
	for i := range tokens {
		group.Go(func() { tokens[i], errs[i] = b.service.Complete(t.Context(), b.partnerID, started.ID, "111222") })
	}
	group.Wait()
	won := 0
	for i := range tokens {
		if errs[i] == nil {
			won++
			require.Len(t, tokens[i], 43)
			continue
		}
		require.Equal(t, fault.ValidationError, fault.CodeOf(errs[i]))
		require.Empty(t, tokens[i])
	}
	require.Equal(t, 1, won)

	started, err = b.start(t)
	require.NoError(t, err)
	b.security.err = &fault.Error{Code: fault.Throttled, RetryAfter: time.Minute}
	_, err = b.service.Complete(t.Context(), b.partnerID, started.ID, "111222")
	require.Equal(t, fault.Throttled, fault.CodeOf(err))
}

func TestComplete_Records(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, err := b.start(t)
	require.NoError(t, err)
	code := sixDigits.FindString(b.post.sent[0].Text)
	for range verification.MaxTries - 1 {
		_, err := b.service.Complete(t.Context(), b.partnerID, started.ID, "1"+code)
		require.Equal(t, fault.ValidationError, fault.CodeOf(err))
	}
	require.Empty(t, b.diary.entries)
	token, err := b.service.Complete(t.Context(), b.partnerID, started.ID, code)
	require.NoError(t, err, "the last try may be right")
	require.Len(t, b.diary.entries, 1)
	require.Equal(t, "verification.completed", b.diary.entries[0].Action)
	require.Equal(t, started.ID.String(), b.diary.entries[0].Subject)
	for _, secret := range []string{code, token} {
		text, err := json.Marshal(b.diary.entries)
		require.NoError(t, err)
		require.NotContains(t, string(text), secret)
	}
}

func TestComplete_ADamagedHashIsAnInternalError(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, err := b.start(t)
	require.NoError(t, err)
	for _, damaged := range []string{"", "$", "AAAA$AAAA", strings.Repeat("A", 22) + "$"} {
		require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
			_, err := q.Exec(ctx, `UPDATE verifications SET code_hash = $1, tries = 0`, damaged)
			return err
		}))
		_, err = b.service.Complete(t.Context(), b.partnerID, started.ID, "123456")
		require.Error(t, err)
		require.Empty(t, fault.CodeOf(err), "a damaged hash is an internal error")
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.start(t)
	require.NoError(t, err)
	b.clock.Advance(30 * 24 * time.Hour)
	require.NoError(t, b.service.Purge(t.Context()))
	require.Equal(t, 1, b.count(t))
	b.clock.Advance(time.Microsecond)
	require.NoError(t, b.service.Purge(t.Context()))
	require.Zero(t, b.count(t))
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Pay 1,234.56 USD to 12 accounts": "Pay 1,234.56 USD to 12 accounts", "12345": "12345",
		"123456": "123 456", "1234567.654321": "1 234 567.654 321", "a12345678b": "a12 345 678b",
	} {
		require.Equal(t, want, verification.Grouped(text))
		require.Empty(t, sixDigits.FindString(want))
	}
}

func TestDigestOf(t *testing.T) {
	t.Parallel()
	seen := map[verification.Digest]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"a", "b"}, {"ab"}, {"ab", ""}, {"", "ab"}, {"a\x00b"}} {
		for _, kind := range []verification.Type{verification.Withdraw, verification.ChangeSecurity} {
			name := string(kind) + strings.Join(parts, "|")
			digest := verification.DigestOf(kind, parts...)
			require.Equal(t, digest, verification.DigestOf(kind, parts...))
			require.Empty(t, seen[digest], name)
			seen[digest] = name
		}
	}
}
