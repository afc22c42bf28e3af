package identity

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
)

// AskReset mails a link to the partner with the given e-mail, who can then set a new
// password. AskReset does not reveal whether there is such a partner: an unknown
// e-mail causes the same work and takes the same time.
//
// It returns Throttled if there were too many requests from this address.
func (s *Registrations) AskReset(ctx context.Context, email, address string) error {
	if err := s.asking.Allow(ctx, limit.AddressKeyOf(address)); err != nil {
		return err
	}
	done := time.NewTimer(max(0, s.resetTime)) // does not use the injected clock, because the caller must wait in real time
	defer done.Stop()
	if email = NormalEmail(email); email != "" {
		if err := s.reset(ctx, email, address); err != nil {
			return err
		}
	}
	select {
	case <-done.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Registrations) reset(ctx context.Context, email, address string) error {
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		now := s.clock.Now()
		partnerID, known, err := s.passwords.PartnerByEmail(ctx, email)
		if err != nil {
			return err
		}
		if !known { // no mail contains this token, so no one can use the reset
			partnerID = noPartner(email)
		}
		if allowed, err := s.mails.Allow(ctx, email, asker("reset", address)); err != nil || !allowed {
			return err
		}
		token := newMailedToken()
		if err := s.store.AddReset(ctx, MailedHash(token), partnerID, now, now.Add(ResetLife)); err != nil {
			return err
		}
		letter := s.resetLetter(token)
		message := letter.Message("password_reset", email)
		message.PartnerID, message.Withheld = &partnerID, !known
		return s.mails.Enqueue(ctx, message)
	})
}

// noPartner returns the id under which the reset for an unknown e-mail is
// stored, so that an unknown e-mail causes the same work as a partner's. No
// partner has such an id, because its UUID version is 15.
func noPartner(email string) id.UUID {
	sum := sha256.Sum256([]byte("no partner\x00" + email))
	uid := id.UUID(sum[:16])
	uid[6] = 0xF0 | uid[6]&0x0F
	return uid
}

// Reset sets the password of the partner to whom the token was mailed. It
// revokes every session and API key of the partner, and pauses the webhooks and
// postbacks that were created or changed within PausedAge. It mails the partner
// about the reset. The partner's authenticator app remains valid.
//
// It returns ValidationError on token if the token is unknown, used or expired,
// and ValidationError on password if the password is not acceptable. It returns
// Throttled if there were too many requests from this address.
func (s *Registrations) Reset(ctx context.Context, token, password, address string) (*ResetDone, error) {
	if err := s.confirming.Allow(ctx, limit.AddressKeyOf(address)); err != nil {
		return nil, err
	}
	resettable, err := s.Resettable(ctx, token)
	if err != nil {
		return nil, err
	}
	if !resettable {
		return nil, wrongMailedToken()
	}
	hash, err := s.passwords.HashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	var done *ResetDone
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		now := s.clock.Now()
		partnerID, email, found, err := s.store.UseReset(ctx, MailedHash(token), now)
		if err != nil {
			return err
		}
		if !found {
			return wrongMailedToken()
		}
		keys, err := s.passwords.Keys(ctx, partnerID)
		if err != nil {
			return err
		}
		if err := s.passwords.ImportPassword(ctx, partnerID, hash); err != nil {
			return err
		}
		done = &ResetDone{KeysRevoked: len(keys)}
		if done.SetUps, done.Paused, err = s.pause(ctx, partnerID, now); err != nil {
			return err
		}
		letter := s.changedLetter(done)
		message := letter.Message("password_changed", email)
		message.PartnerID = &partnerID
		if err := s.mails.Enqueue(ctx, message); err != nil {
			return err
		}
		return s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "password.reset", Details: map[string]any{
			"api_keys_revoked": done.KeysRevoked, "endpoints_paused": done.Paused,
		}})
	})
	return done, err
}

// Resettable reports whether the token of a reset is still valid. It does not
// use up the token.
func (s *Registrations) Resettable(ctx context.Context, token string) (bool, error) {
	return s.store.FindReset(ctx, MailedHash(token), s.clock.Now())
}
