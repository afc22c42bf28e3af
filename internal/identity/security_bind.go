package identity

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/verification"
)

// These are the changes that a code for CHANGE_SECURITY can authorise.
const (
	ActionChangeType     = "change_type" // assumed if the payload contains no action
	ActionDeleteTOTP     = "delete_totp"
	ActionChangePassword = "change_password"
)

// SecurityBinder returns the binder for CHANGE_SECURITY. The payload contains
// "action". If the action is change_type, the payload also contains
// "security_type" or "channel".
func (s *Service) SecurityBinder() verification.Binder { return securityBinder{s} }

type securityBinder struct{ *Service }

// Bind implements verification.Binder.
func (s securityBinder) Bind(ctx context.Context, partnerID id.UUID, payload json.RawMessage) (verification.Bound, error) {
	var in struct {
		Action  string               `json:"action"`
		Type    SecurityType         `json:"security_type"`
		Channel verification.Channel `json:"channel"`
	}
	if err := object.Decode(payload, &in); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return verification.Bound{}, fault.Invalid(wrong.Field, "invalid", "Not a valid string.")
		}
		return verification.Bound{}, fault.New(fault.ValidationError)
	}
	settings, err := s.Security(ctx, partnerID)
	if err != nil {
		return verification.Bound{}, err
	}
	switch in.Action {
	case "", ActionChangeType:
		return bindType(&settings, SecurityChange{Type: in.Type, Channel: in.Channel})
	case ActionDeleteTOTP:
		if settings.ConfirmedAt == nil {
			return verification.Bound{}, fault.Invalid("action", "invalid", "There is no authenticator app to remove.")
		}
		return verification.Bound{Digest: digestOfDelete(&settings), Summary: "Remove your authenticator app and its recovery codes"}, nil
	case ActionChangePassword:
		account, _, err := s.store.AccountOf(ctx, partnerID)
		return verification.Bound{Digest: digestOfPassword(account), Summary: "Change your password"}, err
	default:
		return verification.Bound{}, fault.Invalid("action", "invalid_choice", "Choose change_type, delete_totp or change_password.")
	}
}

func bindType(settings *Security, change SecurityChange) (verification.Bound, error) {
	target, err := change.target()
	switch {
	case err != nil:
		return verification.Bound{}, err
	case target == "":
		return verification.Bound{}, fault.Invalid("security_type", "required", "This field is required.")
	case target == settings.Type:
		return verification.Bound{}, fault.Invalid("security_type", "unchanged", "The security type is already "+string(target)+".")
	}
	bound := verification.Bound{
		Digest:  digestOfType(settings, target),
		Summary: "Ask for a code from your authenticator app at every login, and no longer send codes by e-mail",
	}
	if target == Standard {
		bound.Summary = "Send codes by e-mail, and no longer ask for your authenticator app"
	}
	return bound, settings.possible(target)
}

// Each of these digests includes the partner's state at the time of the request
// for the code. The code stops working if the authenticator app or the password
// changes afterwards.

func digestOfType(settings *Security, target SecurityType) verification.Digest {
	return verification.DigestOf(verification.ChangeSecurity, ActionChangeType, string(target), settings.authenticator())
}

func digestOfDelete(settings *Security) verification.Digest {
	return verification.DigestOf(verification.ChangeSecurity, ActionDeleteTOTP, settings.authenticator())
}

func digestOfPassword(account Account) verification.Digest {
	return verification.DigestOf(verification.ChangeSecurity, ActionChangePassword, strconv.FormatInt(account.PasswordVersion, 10))
}
