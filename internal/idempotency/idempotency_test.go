package idempotency_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestIdempotency(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *idempotencyBundle){
			"a key is one request":         testKeyIsOneRequest,
			"keys of other callers":        testWhoseKey,
			"a refusal":                    testRefusal,
			"what is stored":               testWhatIsKept,
			"malformed keys":               testMalformedKeys,
			"fifty concurrent calls":       testFiftyAtOnce,
			"old answers":                  testOldAnswers,
			"a transaction retried":        testRetriedRequest,
			"another key at the same time": testManyKeys,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := &idempotencyBundle{db: open(t), clock: clock.At(programmetest.Now)}
				b.audit = audit.NewSQLLog(b.db, b.clock)
				b.service = idempotency.New(idempotency.NewSQLStore(b.db), b.clock)
				test(t, b)
			})
		}
	})
}

type idempotencyBundle struct {
	db      db.DB
	clock   *clock.Fixed
	audit   audit.Log
	service *idempotency.Service
}

func idempotent(owner id.UUID, key, content string) idempotency.Call {
	return idempotency.Call{Owner: owner, Operation: "thing_create", Key: key, Content: idempotency.DigestOf([]byte(content))}
}

// do returns a function that counts its calls.
func (b *idempotencyBundle) do(answer string) func(context.Context) (idempotency.Answer, error) {
	return func(ctx context.Context) (idempotency.Answer, error) {
		err := b.audit.Record(ctx, audit.Entry{Action: "thing.created", Subject: answer})
		return idempotency.Answer{Status: 201, Body: []byte(answer)}, err
	}
}

func (b *idempotencyBundle) effects(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM audit_log`).Scan(&n))
	return n
}

// makeFirst makes a request and checks that it takes effect.
func (b *idempotencyBundle) makeFirst(t *testing.T, call idempotency.Call, answer string) {
	t.Helper()
	before := b.effects(t)
	got, replayed, err := b.service.Once(t.Context(), call, b.do(answer))
	require.NoError(t, err)
	require.False(t, replayed)
	require.Equal(t, idempotency.Answer{Status: 201, Body: []byte(answer)}, got)
	require.Equal(t, before+1, b.effects(t))
}

func (b *idempotencyBundle) again(t *testing.T, call idempotency.Call, answer string) {
	t.Helper()
	got, replayed, err := b.service.Once(t.Context(), call, func(context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{}, errors.New("the call was carried out twice")
	})
	require.NoError(t, err)
	require.True(t, replayed)
	require.Equal(t, idempotency.Answer{Status: 201, Body: []byte(answer)}, got)
}

func testKeyIsOneRequest(t *testing.T, b *idempotencyBundle) {
	partnerID := id.New()
	b.makeFirst(t, idempotent(partnerID, "k", "content"), "one")
	b.again(t, idempotent(partnerID, "k", "content"), "one")
	b.clock.Advance(24 * time.Hour)
	b.again(t, idempotent(partnerID, "k", "content"), "one")

	_, replayed, err := b.service.Once(t.Context(), idempotent(partnerID, "k", "Content"), b.do("two"))
	require.False(t, replayed)
	require.Equal(t, []fault.Field{{
		Name: "Idempotency-Key", Code: "already_used", Message: "This key was used for another request. Use a new key for each request.",
	}}, programmetest.FieldsOf(t, err))
	require.Equal(t, 1, b.effects(t))
	b.again(t, idempotent(partnerID, "k", "content"), "one")
	b.makeFirst(t, idempotent(partnerID, "K", "content"), "two")

	none := idempotent(partnerID, "none", "")
	for _, again := range []bool{false, true} {
		got, replayed, err := b.service.Once(t.Context(), none, func(context.Context) (idempotency.Answer, error) {
			return idempotency.Answer{Status: 204}, nil
		})
		require.NoError(t, err)
		require.Equal(t, again, replayed)
		require.Equal(t, idempotency.Answer{Status: 204}, got, "an answer without a body")
	}
}

func testWhoseKey(t *testing.T, b *idempotencyBundle) {
	a, other := id.New(), id.New()
	b.makeFirst(t, idempotent(a, "k", "content"), "of a")
	b.makeFirst(t, idempotent(other, "k", "content"), "of another partner")
	b.makeFirst(t, idempotent(id.Nil, "k", "content"), "of nobody")
	broker := idempotent(id.Nil, "k", "content")
	broker.Credential = "key 1"
	b.makeFirst(t, broker, "of the broker")
	broker.Credential = "key 2"
	b.makeFirst(t, broker, "of the broker's other key")
	operation := idempotent(a, "k", "content")
	operation.Operation = "other_create"
	b.makeFirst(t, operation, "of another operation")

	b.again(t, idempotent(a, "k", "content"), "of a")
	b.again(t, idempotent(other, "k", "content"), "of another partner")
	b.again(t, idempotent(id.Nil, "k", "content"), "of nobody")
	b.again(t, broker, "of the broker's other key")
	b.again(t, operation, "of another operation")
}

func testRefusal(t *testing.T, b *idempotencyBundle) {
	call := idempotent(id.New(), "k", "content")
	for _, refused := range []error{fault.New(fault.PermissionDenied), errors.New("internal")} {
		_, replayed, err := b.service.Once(t.Context(), call, func(ctx context.Context) (idempotency.Answer, error) {
			_, err := b.do("one")(ctx)
			require.NoError(t, err)
			return idempotency.Answer{}, refused
		})
		require.ErrorIs(t, err, refused)
		require.False(t, replayed)
		require.Zero(t, b.effects(t), "everything is rolled back")
	}
	other := call
	other.Content = idempotency.DigestOf([]byte("corrected"))
	b.makeFirst(t, other, "one")
}

func testWhatIsKept(t *testing.T, b *idempotencyBundle) {
	partnerID := id.New()
	const key, secret = "a very secret key", "trb_shown_once"
	b.makeFirst(t, idempotent(partnerID, key, "content"), secret)
	rows, err := db.Collect(t.Context(), b.db, func(rows db.Rows) (row struct{ hash, digest, answer []byte }, err error) {
		err = rows.Scan(&row.hash, &row.digest, &row.answer)
		return row, err
	}, `SELECT key_hash, body_digest, answer FROM idempotency_keys`)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	all := bytes.Join([][]byte{rows[0].hash, rows[0].digest, rows[0].answer}, nil)
	for _, part := range []string{key, secret, "content"} {
		require.NotContains(t, string(all), part)
	}
	b.makeFirst(t, idempotent(partnerID, key+"2", "content"), secret)
	var sealed []byte
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT answer FROM idempotency_keys WHERE key_hash <> $1`, rows[0].hash).Scan(&sealed))
	require.NotEqual(t, sealed, rows[0].answer)

	for _, damage := range []string{
		`UPDATE idempotency_keys SET status = 200 WHERE key_hash = $1`,
		`UPDATE idempotency_keys SET status = 201, answer = $2 WHERE key_hash = $1`,
	} {
		require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
			args := []any{rows[0].hash, sealed}
			_, err := q.Exec(ctx, damage, args[:strings.Count(damage, "$")]...)
			return err
		}))
		_, _, err = b.service.Once(t.Context(), idempotent(partnerID, key, "content"), b.do("two"))
		require.ErrorContains(t, err, "was changed")
		require.Empty(t, fault.CodeOf(err))
	}
	require.Equal(t, 2, b.effects(t))
}

func testMalformedKeys(t *testing.T, b *idempotencyBundle) {
	partnerID := id.New()
	for key, code := range map[string]string{
		"": "blank", strings.Repeat("k", 256): "max_length", "k\x00": "invalid", "k\n": "invalid", "ключ": "invalid", "k\x7f": "invalid", "\xff": "invalid",
	} {
		_, _, err := b.service.Once(t.Context(), idempotent(partnerID, key, ""), b.do("one"))
		fields := programmetest.FieldsOf(t, err)
		require.Equal(t, idempotency.Field, fields[0].Name)
		require.Equal(t, code, fields[0].Code, "%q", key)
	}
	require.Zero(t, b.effects(t))
	for i, key := range []string{"1", strings.Repeat("k", 255), " ~!\"'", "8f14e45f-ceea-4e3a-9c1f-1d0a3f5d2b7c"} {
		b.makeFirst(t, idempotent(partnerID, key, ""), strconv.Itoa(i))
	}
}

func testFiftyAtOnce(t *testing.T, b *idempotencyBundle) {
	call := idempotent(id.New(), "k", "content")
	var begin, end sync.WaitGroup
	var replays atomic.Int64
	begin.Add(1)
	for i := range 50 {
		end.Go(func() {
			begin.Wait()
			answer, replayed, err := b.service.Once(t.Context(), call, b.do(strconv.Itoa(i)))
			if err == nil && answer.Status == 201 && replayed {
				replays.Add(1)
			}
		})
	}
	begin.Done()
	end.Wait()
	require.Equal(t, 1, b.effects(t))
	require.EqualValues(t, 49, replays.Load())
}

func testManyKeys(t *testing.T, b *idempotencyBundle) {
	partnerID := id.New()
	var end sync.WaitGroup
	var firsts, replays atomic.Int64
	for i := range 60 {
		end.Go(func() {
			key := strconv.Itoa(i % 20)
			answer, replayed, err := b.service.Once(t.Context(), idempotent(partnerID, key, key), b.do(key))
			switch {
			case err != nil || string(answer.Body) != key:
			case replayed:
				replays.Add(1)
			default:
				firsts.Add(1)
			}
		})
	}
	end.Wait()
	require.EqualValues(t, 20, firsts.Load())
	require.EqualValues(t, 40, replays.Load())
	require.Equal(t, 20, b.effects(t))
}

func testOldAnswers(t *testing.T, b *idempotencyBundle) {
	partnerID := id.New()
	b.makeFirst(t, idempotent(partnerID, "old", "content"), "one")
	b.clock.Advance(24 * time.Hour)
	b.makeFirst(t, idempotent(partnerID, "new", "content"), "two")
	require.NoError(t, b.service.Purge(t.Context()))
	b.again(t, idempotent(partnerID, "old", "content"), "one")
	b.clock.Advance(24*time.Hour + time.Microsecond)
	require.NoError(t, b.service.Purge(t.Context()))
	b.again(t, idempotent(partnerID, "new", "content"), "two")
	b.makeFirst(t, idempotent(partnerID, "old", "other content"), "three")

	b.clock.Advance(72 * time.Hour)
	removed, err := idempotency.NewSQLStore(b.db).Purge(t.Context(), b.clock.Now(), 1)
	require.NoError(t, err)
	require.EqualValues(t, 1, removed, "no more than the limit")
	require.NoError(t, b.service.Purge(t.Context()))
	removed, err = idempotency.NewSQLStore(b.db).Purge(t.Context(), b.clock.Now(), 10)
	require.NoError(t, err)
	require.Zero(t, removed)
}

func testRetriedRequest(t *testing.T, b *idempotencyBundle) {
	b.service = idempotency.New(retrying{idempotency.NewSQLStore(b.db)}, b.clock)
	tries := 0
	answer, replayed, err := b.service.Once(t.Context(), idempotent(id.New(), "k", "content"), func(ctx context.Context) (idempotency.Answer, error) {
		tries++
		return b.do(fmt.Sprint("try ", tries))(ctx)
	})
	require.NoError(t, err)
	require.False(t, replayed)
	require.Equal(t, "try 2", string(answer.Body))
	require.Equal(t, 1, b.effects(t))
}

type retrying struct{ idempotency.SQLStore }

func (s retrying) Lock(ctx context.Context, owner id.UUID, fn func(context.Context) error) error {
	busy := errors.New("busy")
	err := s.SQLStore.Lock(ctx, owner, func(ctx context.Context) error { return errors.Join(fn(ctx), busy) })
	if !errors.Is(err, busy) {
		return err
	}
	return s.SQLStore.Lock(ctx, owner, fn)
}
