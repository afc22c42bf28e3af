package identity

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// MaxKeys is how many keys a partner may have. Expired keys count too, until the
// partner deletes them.
const MaxKeys = 100

// CreateKey creates a key and returns its token. The token cannot be read again
// later. If the key is a partner's, the partner gets a mail about it.
//
// It returns ValidationError on role, partner, scope, name or expires_at. If
// the partner already has MaxKeys keys, the field is name and the code is
// limit_reached. It returns NotFound if there is no such partner.
func (s *Service) CreateKey(ctx context.Context, n NewKey) (token string, key APIKey, err error) {
	return s.createKey(ctx, n, func(context.Context) error { return nil })
}

// createKey creates a key. In the same transaction it calls spendToken, which
// uses up the caller's temporary token if one is needed. If spendToken fails, no
// key is created.
func (s *Service) createKey(ctx context.Context, n NewKey, spendToken func(context.Context) error) (token string, key APIKey, err error) {
	now := s.clock.Now()
	if err := n.validate(now); err != nil {
		return "", APIKey{}, err
	}
	secret := randomText(secretLetter, secretLength)
	key = APIKey{
		ID: randomText(keyIDLetters, keyIDLength), SecretHash: sha256.Sum256([]byte(secret)),
		Role: n.Role, PartnerID: n.PartnerID, Scopes: n.sortedScopes(), Name: n.Name,
		CreatedAt: now, ExpiresAt: n.ExpiresAt,
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		found, room, err := s.store.CreateKey(ctx, key, MaxKeys)
		switch {
		case err != nil:
			return fmt.Errorf("creating a key: %w", err)
		case !found:
			return fault.New(fault.NotFound)
		case !room:
			return fault.Invalid("name", "limit_reached", fmt.Sprintf("There are already %d keys. Delete one before you create another.", MaxKeys))
		}
		if err := spendToken(ctx); err != nil {
			return err
		}
		err = s.record(ctx, audit.Entry{PartnerID: key.owner(), Action: "api_key.created", Subject: key.ID, Details: map[string]any{
			"name": key.Name, "scopes": key.Limits(), "expires_at": key.ExpiresAt,
		}})
		if err != nil {
			return err
		}
		return s.announceKey(ctx, &key)
	})
	if err != nil {
		return "", APIKey{}, err
	}
	return keyPrefix + key.ID + "_" + secret, key, nil
}

// Keys lists a partner's keys, including expired ones, newest first.
func (s *Service) Keys(ctx context.Context, partnerID id.UUID) ([]APIKey, error) {
	keys, err := s.store.Keys(ctx, partnerID)
	if err != nil {
		return nil, fmt.Errorf("listing keys: %w", err)
	}
	return keys, nil
}

// DeleteKey revokes a partner's key immediately. It returns NotFound if the
// partner has no such key.
func (s *Service) DeleteKey(ctx context.Context, partnerID id.UUID, keyID string) error {
	return s.revokeKey(ctx, keyID, func(key APIKey) bool {
		return key.Role == caller.Partner && key.owner() == partnerID && key.RevokedAt == nil
	})
}

// KeysOf lists all keys of a role, including expired ones, newest first.
func (s *Service) KeysOf(ctx context.Context, role caller.Role) ([]APIKey, error) {
	keys, err := s.store.KeysOf(ctx, role)
	if err != nil {
		return nil, fmt.Errorf("listing keys: %w", err)
	}
	return keys, nil
}

// RevokeBrokerKey revokes a broker key immediately, even if it is the key that
// the caller uses. It returns NotFound if the broker has no such key.
func (s *Service) RevokeBrokerKey(ctx context.Context, keyID string) error {
	err := s.revokeKey(ctx, keyID, func(key APIKey) bool { return key.Role == caller.Broker && key.RevokedAt == nil })
	if err == nil {
		s.log.WarnContext(ctx, "a broker key was revoked", "key_id", keyID)
	}
	return err
}

// RevokeKey revokes any key immediately, a partner's or a broker's. It returns
// NotFound if there is no such key.
func (s *Service) RevokeKey(ctx context.Context, keyID string) error {
	return s.revokeKey(ctx, keyID, func(APIKey) bool { return true })
}

func (s *Service) revokeKey(ctx context.Context, keyID string, mine func(APIKey) bool) error {
	if !madeOf(keyID, keyIDLetters, keyIDLength) {
		return fault.New(fault.NotFound)
	}
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		key, found, err := s.store.FindKey(ctx, keyID)
		if err != nil {
			return fmt.Errorf("finding a key: %w", err)
		}
		if !found || !mine(key) {
			return fault.New(fault.NotFound)
		}
		if _, err := s.store.RevokeKey(ctx, keyID, s.clock.Now()); err != nil {
			return fmt.Errorf("revoking a key: %w", err)
		}
		return s.record(ctx, audit.Entry{
			PartnerID: key.owner(), Action: "api_key.deleted", Subject: key.ID, Details: map[string]any{"name": key.Name},
		})
	})
}

// owner returns the partner whose audit log records changes of the key, or
// id.Nil for a broker's key.
func (k *APIKey) owner() id.UUID {
	if k.PartnerID == nil {
		return id.Nil
	}
	return *k.PartnerID
}

// Limits lists the scopes that the key has. If the key is not limited, these are
// all scopes of its role.
func (k *APIKey) Limits() []string {
	if len(k.Scopes) == 0 {
		return allScopes(k.Role)
	}
	return k.Scopes
}
