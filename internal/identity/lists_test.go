package identity_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func testPartnersKeys(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	one, other := b.partner(t, "one@example.com", "active"), b.partner(t, "two@example.com", "active")
	expires := identityNow.Add(time.Hour)
	create := func(partnerID id.UUID, keyID string, minute, limit int) (key identity.APIKey, room bool) {
		key = identity.APIKey{
			ID: keyID, Role: caller.Partner, PartnerID: &partnerID, PartnerStatus: "active", Scopes: []string{"read", "rebates"}, Name: "key " + keyID,
			CreatedAt: identityNow.Add(time.Duration(minute) * time.Minute), ExpiresAt: &expires,
		}
		found, room, err := b.store.CreateKey(ctx, key, limit)
		require.NoError(t, err)
		require.True(t, found)
		return key, room
	}
	first, _ := create(one, "first", 1, 3)
	newest, _ := create(one, "newest", 3, 3)
	middle, _ := create(one, "middle", 2, 3)
	theirs, room := create(other, "theirs", 1, 1)
	require.True(t, room, "each partner has a limit of its own")
	_, room = create(one, "one too many", 4, 3)
	require.False(t, room)

	list := func(partnerID id.UUID) []identity.APIKey {
		keys, err := b.store.Keys(ctx, partnerID)
		require.NoError(t, err)
		return keys
	}
	require.Equal(t, []identity.APIKey{newest, middle, first}, list(one))
	require.Equal(t, []identity.APIKey{theirs}, list(other))
	require.Empty(t, list(id.New()))

	_, err := b.store.RevokeKey(ctx, "middle", identityNow)
	require.NoError(t, err)
	require.Equal(t, []identity.APIKey{newest, first}, list(one), "a revoked key is not listed")
	_, room = create(one, "replacement", 4, 3)
	require.True(t, room)
}

func testPartnersSessions(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	one, version := b.addActive(t, "one@example.com")
	other, otherVersion := b.addActive(t, "two@example.com")
	var all []identity.Session
	for hour := range 5 {
		session := b.session(t, one, version, identityNow.Add(time.Duration(hour)*time.Hour).Truncate(time.Second))
		all = append([]identity.Session{session}, all...)
	}
	theirs := b.session(t, other, otherVersion, identityNow)
	list := func(at time.Time, limit, offset int) ([]identity.Session, int64) {
		listed, count, err := b.store.Sessions(ctx, one, at, limit, offset)
		require.NoError(t, err)
		sessions := make([]identity.Session, len(listed))
		for i, session := range listed {
			require.Equal(t, session.IssuedAt, session.LoggedInAt)
			sessions[i] = session.Session
		}
		return sessions, count
	}
	end := func(partnerID, sessionID id.UUID, at time.Time) bool {
		ended, err := b.store.EndSession(ctx, partnerID, sessionID, at)
		require.NoError(t, err)
		return ended
	}
	later := identityNow.Add(4 * time.Hour)
	got, count := list(later, 100, 0)
	require.Equal(t, all, got)
	require.EqualValues(t, 5, count)
	got, count = list(later, 2, 1)
	require.Equal(t, all[1:3], got)
	require.EqualValues(t, 5, count, "the count is of all sessions, not of the page")
	got, count = list(all[4].ExpiresAt, 100, 0)
	require.Equal(t, all[:4], got, "an expired session is not listed")
	require.EqualValues(t, 4, count)

	require.False(t, end(one, theirs.ID, later), "another partner's")
	require.False(t, end(one, id.New(), later))
	require.False(t, end(one, all[4].ID, all[4].ExpiresAt), "an expired session")
	require.True(t, end(one, all[1].ID, later))
	require.False(t, end(one, all[1].ID, later), "a session ends only once")
	require.True(t, b.isRevoked(t, all[1]))
	got, _ = list(later, 100, 0)
	require.Equal(t, append([]identity.Session{all[0]}, all[2:]...), got)
	require.False(t, b.isRevoked(t, theirs))
}

// testAtomically checks that concurrent transactions, some of which fail,
// create keys only up to a limit.
func testAtomically(t *testing.T, b *identityBundle) {
	partnerID := b.partner(t, "one@example.com", "active")
	failed := errors.New("on purpose")
	var made atomic.Int64
	var end sync.WaitGroup
	for i := range 20 {
		end.Go(func() {
			err := b.store.Atomically(t.Context(), func(ctx context.Context) error {
				_, room, err := b.store.CreateKey(ctx, identity.APIKey{
					ID: fmt.Sprint("key ", i), Role: caller.Partner, PartnerID: &partnerID, CreatedAt: identityNow,
				}, 5)
				switch {
				case err == nil && i%4 == 0:
					return failed
				case err == nil && !room:
					return errors.New("no room")
				}
				return err
			})
			if err == nil {
				made.Add(1)
			}
		})
	}
	end.Wait()
	require.EqualValues(t, 5, made.Load())
	keys, err := b.store.Keys(t.Context(), partnerID)
	require.NoError(t, err)
	require.Len(t, keys, 5)
	for _, key := range keys {
		var i int
		_, err := fmt.Sscanf(key.ID, "key %d", &i)
		require.NoError(t, err)
		require.NotZero(t, i%4, "a failed transaction leaves no key")
	}
}
