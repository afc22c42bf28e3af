package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// KeyStore is what identity keeps of API keys.
type KeyStore interface {
	// CreateKey adds a key. found = false: there is no such partner; room =
	// false: the partner has limit keys that were not revoked, or more.
	CreateKey(ctx context.Context, key APIKey, limit int) (found, room bool, err error)
	FindKey(ctx context.Context, keyID string) (key APIKey, found bool, err error)
	// Keys lists a partner's keys that were not revoked, the newest first.
	Keys(ctx context.Context, partnerID id.UUID) ([]APIKey, error)
	// KeysOf lists everybody's keys of a role that were not revoked, the newest
	// first.
	KeysOf(ctx context.Context, role caller.Role) ([]APIKey, error)
	// TouchKey notes when a key was last used.
	TouchKey(ctx context.Context, keyID string, at time.Time) error
	// RevokeKey ends a key; the first revocation's time stays.
	RevokeKey(ctx context.Context, keyID string, at time.Time) (found bool, err error)
}

// SessionStore is what identity keeps for partners to look over.
type SessionStore interface {
	// Sessions lists a partner's sessions that work at a moment, the newest
	// first, and counts them all.
	Sessions(ctx context.Context, partnerID id.UUID, at time.Time, limit, offset int) (sessions []Session, count int64, err error)
	// EndSession revokes a session and its family. ended = false: the partner has none of this
	// id that works.
	EndSession(ctx context.Context, partnerID, sessionID id.UUID, at time.Time) (ended bool, err error)
}
