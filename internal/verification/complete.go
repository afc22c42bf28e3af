package verification

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Complete exchanges a code for a token, which pays for the operation once,
// within TokenLife. It must not run inside a transaction that its error rolls
// back: a wrong code is counted before it is looked at, so that no two tries
// are one however many come at the same time.
//
// ValidationError on "code": a wrong one; or one too late, after the last try
// or after the right one. NotFound: no such operation of the partner.
// Throttled: see Security.
func (s *Service) Complete(ctx context.Context, partnerID, operationID id.UUID, code string) (token string, err error) {
	now := s.clock.Now()
	op, found, counted, err := s.store.Try(ctx, partnerID, operationID, credentialOf(ctx), now)
	switch {
	case err != nil:
		return "", fmt.Errorf("counting a code: %w", err)
	case !found:
		return "", fault.New(fault.NotFound)
	case !counted:
		return "", over(op, now)
	}
	var right bool
	if op.Channel == TOTP {
		right, err = s.security.UseCode(ctx, partnerID, countOf(&op), code)
	} else {
		right, err = s.hasher.matches(ctx, op.CodeHash, PlainCode(code))
	}
	if err != nil {
		return "", err
	}
	if !right {
		return "", s.refuse(ctx, op)
	}
	token = newToken()
	var done bool
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		now := s.clock.Now()
		if done, err = s.store.Complete(ctx, partnerID, operationID, TokenHash(token), now, now.Add(TokenLife)); err != nil || !done {
			return err
		}
		return s.audit.Record(ctx, entry(op, "verification.completed"))
	})
	if err != nil {
		return "", fmt.Errorf("completing a verification: %w", err)
	}
	if !done { // another request had the right code too, and was quicker
		return "", completed()
	}
	return token, nil
}

// credentialOf is the key that calls; empty: the partner in person.
func credentialOf(ctx context.Context) string {
	if who, known := caller.From(ctx); known && who.Key {
		return who.TokenID
	}
	return ""
}

// countOf names the count of wrong codes that an operation's belong to: each
// key has its own, and so has the security of the partner in person.
func countOf(op *Operation) string {
	switch {
	case op.Credential != "":
		return op.Credential
	case op.Type == ChangeSecurity:
		return "security"
	default:
		return ""
	}
}

// refuse answers a wrong code.
func (s *Service) refuse(ctx context.Context, op Operation) error {
	left := MaxTries - op.Tries
	switch left {
	case 0:
		if err := s.audit.Record(ctx, entry(op, "verification.failed")); err != nil {
			return fmt.Errorf("recording a failed verification: %w", err)
		}
		return fault.Invalid("code", "invalid", "This code is wrong, and it was the last try. Start again to get another one.")
	case 1:
		return fault.Invalid("code", "invalid", "This code is wrong. One try is left.")
	default:
		return fault.Invalid("code", "invalid", fmt.Sprintf("This code is wrong. %d tries are left.", left))
	}
}

// over says why an operation takes no more codes.
func over(op Operation, now time.Time) error {
	switch {
	case op.CompletedAt != nil:
		return completed()
	case op.Tries >= MaxTries:
		return fault.Invalid("code", "max_tries", "Too many codes were wrong. Start again to get another one.")
	case !now.Before(op.ExpiresAt):
		return fault.Invalid("code", "expired", "This code is too old. Start again to get another one.")
	default: // it could have been completed a moment ago
		return completed()
	}
}

func completed() error {
	return fault.Invalid("code", "already_used", "This code was used already. Start again to get another one.")
}

func entry(op Operation, action string) audit.Entry {
	return audit.Entry{
		PartnerID: op.PartnerID, Action: action, Subject: op.ID.String(),
		Details: map[string]any{"operation_type": op.Type, "channel": op.Channel, "summary": op.Summary},
	}
}
