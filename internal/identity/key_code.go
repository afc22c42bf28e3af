package identity

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/verification"
)

// KeyBinder returns the binder for CREATE_API_KEY operations, with payloads such
// as {"name": "reports", "scopes": ["read"]}.
func (s *Service) KeyBinder() verification.Binder { return keyBinder{s} }

type keyBinder struct{ *Service }

// Bind implements verification.Binder.
func (s keyBinder) Bind(_ context.Context, partnerID id.UUID, payload json.RawMessage) (verification.Bound, error) {
	var in struct {
		Name   *string  `json:"name"`
		Scopes []string `json:"scopes"`
	}
	if err := object.Decode(payload, &in); err != nil {
		return verification.Bound{}, fault.Invalid("scopes", "invalid",
			"The payload must contain a name, which is a string, and scopes, which is a list of strings.")
	}
	var faults fault.Fields
	if in.Name == nil || strings.TrimSpace(*in.Name) == "" {
		faults.Add("name", "required", "This field is required.")
	}
	if len(in.Scopes) == 0 {
		faults.Add("scopes", "required", "This field is required.")
	}
	if err := faults.Err(); err != nil {
		return verification.Bound{}, err
	}
	n := NewKey{Role: caller.Partner, PartnerID: &partnerID, Name: strings.TrimSpace(*in.Name), Scopes: in.Scopes}
	if err := n.validate(s.clock.Now()); err != nil {
		return verification.Bound{}, err
	}
	return verification.Bound{
		Digest:  n.digest(),
		Summary: "Make an API key \u201c" + mail.Spaced(n.Name) + "\u201d for: " + strings.Join(n.sortedScopes(), ", "),
	}, nil
}

func (n *NewKey) sortedScopes() []string {
	scopes := slices.Clone(n.Scopes)
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

func (n *NewKey) digest() verification.Digest {
	return verification.DigestOf(verification.CreateAPIKey, n.Name, strings.Join(n.sortedScopes(), " "))
}

// CreateOwnKey creates a key for a partner who is signed in; see CreateKey. It
// requires the token of a CREATE_API_KEY operation with the same name and
// scopes. It returns PermissionDenied if the token is for a different operation
// or a different key.
func (s *Service) CreateOwnKey(ctx context.Context, n NewKey, token string) (key string, made APIKey, err error) {
	return s.createKey(ctx, n, func(ctx context.Context) error {
		return s.store.SpendToken(ctx, *n.PartnerID, verification.CreateAPIKey, token, n.digest(), s.clock.Now())
	})
}

func (s *Service) announceKey(ctx context.Context, key *APIKey) error {
	if s.mails == nil || key.PartnerID == nil {
		return nil
	}
	settings, err := s.Security(ctx, *key.PartnerID)
	if err != nil {
		return err
	}
	until := "It does not expire."
	if key.ExpiresAt != nil {
		until = "It works until " + key.ExpiresAt.Format(audit.Moment) + "."
	}
	what := "Its name: " + mail.Spaced(key.Name) + ". It may be used for: " + strings.Join(key.Limits(), ", ") + "."
	made := notice{
		title: "A new API key was made", detail: what,
		lines: []string{"Someone, most likely you, made an API key for your account. " + until, what},
	}
	return s.mails.Enqueue(ctx, made.mail(ctx, &settings, s.clock.Now()))
}
