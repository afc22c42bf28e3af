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

// Complete exchanges a code for a temporary token, which authorises the operation
// once within TokenLife. The store counts each try before the code is checked, so
// concurrent tries cannot exceed MaxTries. The caller must not call Complete in a
// transaction that is rolled back after an error, because the try would not be
// counted.
//
// It returns ValidationError for code if the code is wrong or has expired, if there
// were too many tries, or if the operation has already been completed. It returns
// NotFound if the partner has no such operation. It returns Throttled if
// Security.UseCode does.
func (s *Service) Complete(ctx context.Context, partnerID, operationID id.UUID, code string) (token string, err error) {
	now := s.clock.Now()
	op, found, counted, err := s.store.Try(ctx, partnerID, operationID, credentialOf(ctx), now)
	switch {
	case err != nil:
		return "", fmt.Errorf("counting an attempt to enter a code: %w", err)
	case !found:
		return "", fault.New(fault.NotFound)
	case !counted:
		return "", endedError(op, now)
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
	if !done { // another request with the right code came first
		return "", usedError()
	}
	return token, nil
}

// credentialOf returns the id of the API key that made the request, or "" if the
// partner is signed in.
func credentialOf(ctx context.Context) string {
	if who, known := caller.From(ctx); known && who.Key {
		return who.TokenID
	}
	return ""
}

// countOf returns the name of the counter for an operation's wrong codes. Each
// API key has its own counter. For a partner who is signed in, changes of
// security settings have one counter, and all other operations share another.
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

func endedError(op Operation, now time.Time) error {
	switch {
	case op.CompletedAt != nil:
		return usedError()
	case op.Tries >= MaxTries:
		return fault.Invalid("code", "max_tries", "Too many codes were wrong. Start again to get another one.")
	case !now.Before(op.ExpiresAt):
		return fault.Invalid("code", "expired", "This code has expired. Start again to get another one.")
	default: // the operation has changed since it was read
		return usedError()
	}
}

func usedError() error {
	return fault.Invalid("code", "already_used", "This code has already been used. Start again to get another one.")
}

func entry(op Operation, action string) audit.Entry {
	return audit.Entry{
		PartnerID: op.PartnerID, Action: action, Subject: op.ID.String(),
		Details: map[string]any{"operation_type": op.Type, "channel": op.Channel, "summary": op.Summary},
	}
}
