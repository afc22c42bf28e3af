package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/text"
)

// A key has the form trb_<id>_<secret>. The prefix makes a leaked key easy to
// find. The id identifies the key in lists and is not secret. The secret has
// 190 bits.
const (
	keyPrefix    = "trb_"
	keyIDLength  = 12
	secretLength = 32
	keyIDLetters = "0123456789abcdefghijklmnopqrstuvwxyz"
	secretLetter = keyIDLetters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	keyNameLimit = 100 // characters
)

// APIKey is the credential of a program. Only a hash of its secret is stored.
type APIKey struct {
	ID            string            `db:"key_id"`
	SecretHash    [sha256.Size]byte `db:"secret_hash"`
	Role          caller.Role       `db:"role"`
	PartnerID     *id.UUID          `db:"partner_id"` // nil for a broker's key
	PartnerStatus string            `db:"-"`          // set only when the key is read from the store
	Scopes        []string          `db:"-"`          // empty means everything that the role may do
	Name          string            `db:"name"`       // owner's description of the key's purpose
	CreatedAt     time.Time         `db:"created_at"`
	ExpiresAt     *time.Time        `db:"expires_at"`   // nil means never
	LastUsedAt    *time.Time        `db:"last_used_at"` // accurate to a minute
	RevokedAt     *time.Time        `db:"revoked_at"`
}

// NewKey is a request to create a key.
type NewKey struct {
	Role      caller.Role
	PartnerID *id.UUID // required for a partner's key, nil for a broker's
	Scopes    []string // empty means everything that the role may do
	Name      string
	ExpiresAt *time.Time // nil means never
}

func (n NewKey) validate(now time.Time) error {
	var faults fault.Fields
	switch n.Role {
	case caller.Partner:
		if n.PartnerID == nil || *n.PartnerID == id.Nil {
			faults.Add("partner", "required", "A partner key must belong to a partner.")
		}
	case caller.Broker:
		if n.PartnerID != nil {
			faults.Add("partner", "invalid", "A broker key cannot belong to a partner.")
		}
	default:
		faults.Add("role", "invalid_choice", "Choose broker or partner.")
	}
	for _, scope := range n.Scopes {
		if known := Scopes(n.Role); !slices.Contains(known, scope) {
			faults.Add("scope", "invalid_choice", fmt.Sprintf("%q is not a scope of this role. Use one of %s.", storable(scope, 32), strings.Join(known, ", ")))
		}
	}
	faults.Text("name", n.Name, text.Name)
	if n.ExpiresAt != nil && !n.ExpiresAt.After(now) {
		faults.Add("expires_at", "min_value", "This time must be in the future.")
	}
	return faults.Err()
}

func looksLikeKey(token string) bool { return strings.HasPrefix(token, keyPrefix) }

func parseKey(token string) (keyID, secret string, ok bool) {
	rest, ok := strings.CutPrefix(token, keyPrefix)
	if !ok {
		return "", "", false
	}
	keyID, secret, ok = strings.Cut(rest, "_")
	return keyID, secret, ok && madeOf(keyID, keyIDLetters, keyIDLength) && madeOf(secret, secretLetter, secretLength)
}

func madeOf(s, letters string, length int) bool {
	return len(s) == length && strings.Trim(s, letters) == ""
}

func randomText(letters string, length int) string {
	out := make([]byte, length)
	for i := range out {
		out[i] = randomLetter(letters)
	}
	return string(out)
}

func (s *Service) authenticateKey(ctx context.Context, token string) (caller.Caller, error) {
	keyID, secret, ok := parseKey(token)
	if !ok {
		return caller.Caller{}, fault.New(fault.AuthenticationFailed)
	}
	key, found, err := s.store.FindKey(ctx, keyID)
	if err != nil {
		return caller.Caller{}, fmt.Errorf("reading a key: %w", err)
	}
	hash := sha256.Sum256([]byte(secret))
	if right := subtle.ConstantTimeCompare(hash[:], key.SecretHash[:]) == 1; !right || !found || key.RevokedAt != nil {
		return caller.Caller{}, fault.New(fault.AuthenticationFailed)
	}
	now := s.clock.Now()
	if key.ExpiresAt != nil && !now.Before(*key.ExpiresAt) {
		return caller.Caller{}, fault.New(fault.TokenExpired)
	}
	if key.PartnerStatus == StatusSuspended {
		return caller.Caller{}, suspendedError()
	}
	s.touch(ctx, key, now)
	who := caller.Caller{Role: key.Role, Key: true, Scopes: key.Scopes, TokenID: key.ID, IssuedAt: key.CreatedAt}
	if key.PartnerID != nil {
		who.PartnerID = *key.PartnerID
	}
	if key.ExpiresAt != nil {
		who.ExpiresAt = *key.ExpiresAt
	}
	return who, nil
}

const (
	touchEvery   = time.Minute
	touchTimeout = 10 * time.Second
)

type touches struct {
	writes sync.WaitGroup
	busy   sync.Map // ids of the keys whose last-used time is being written
}

// touch stores the time at which a key was used, at most once a minute for each
// key. It returns before the time is written, so that the request does not wait.
func (s *Service) touch(ctx context.Context, key APIKey, now time.Time) {
	if key.LastUsedAt != nil && now.Sub(*key.LastUsedAt) < touchEvery && !now.Before(*key.LastUsedAt) {
		return
	}
	if _, busy := s.touched.busy.LoadOrStore(key.ID, true); busy {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchTimeout)
	s.touched.writes.Go(func() {
		defer cancel()
		defer s.touched.busy.Delete(key.ID)
		if err := s.store.TouchKey(ctx, key.ID, now); err != nil {
			s.log.WarnContext(ctx, "could not store the time at which a key was last used", "key_id", key.ID, "error", err)
		}
	})
}
