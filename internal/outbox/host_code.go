package outbox

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/verification"
)

// HostBinder returns the Binder for CREATE_WEBHOOK. A code is valid only for
// the url in the payload for which it was requested.
func (s *Service) HostBinder() verification.Binder { return hostBinder{s} }

type hostBinder struct{ *Service }

func (s hostBinder) Bind(_ context.Context, _ id.UUID, payload json.RawMessage) (verification.Bound, error) {
	var in struct {
		URL string `json:"url"`
	}
	if err := object.Decode(payload, &in); err != nil {
		return verification.Bound{}, fault.Invalid("url", "invalid", "Expected a string.")
	}
	if in.URL == "" {
		return verification.Bound{}, fault.Invalid("url", "required", "This field is required.")
	}
	if err := s.check(&Endpoint{Kind: Webhook, URL: in.URL}); err != nil {
		return verification.Bound{}, err
	}
	host, err := guard.Host(in.URL)
	if err != nil {
		return verification.Bound{}, urlErrorForPartner(err)
	}
	return verification.Bound{Digest: digestOfURL(in.URL), Summary: "Send the events of your account to a webhook at " + mail.Spaced(host)}, nil
}

func digestOfURL(url string) verification.Digest {
	return verification.DigestOf(verification.CreateWebhook, url)
}

// payForHost uses up the temporary token of a partner who creates a webhook on
// a new host, which is a host that none of the partner's webhooks uses. API
// keys and the command line need no token, because there is no person who could
// receive the code.
func (s *Service) payForHost(ctx context.Context, e *Endpoint, already []Endpoint, token string) error {
	who, called := caller.From(ctx)
	if e.Kind != Webhook || !called || who.Key {
		return nil
	}
	host, err := guard.Host(e.URL)
	if err != nil {
		return urlErrorForPartner(err)
	}
	for i := range already {
		if known, err := guard.Host(already[i].URL); err == nil && known == host {
			return nil
		}
	}
	return s.store.SpendToken(ctx, e.PartnerID, verification.CreateWebhook, token, digestOfURL(e.URL), s.clock.Now())
}

// announce sends the partner an e-mail when an endpoint is created or gets a
// new URL, no matter who did this.
func (s *Service) announce(ctx context.Context, e *Endpoint, isNew bool) error {
	email, err := s.store.Email(ctx, e.PartnerID)
	if err != nil {
		return fmt.Errorf("finding the e-mail of a %s's partner: %w", e.Kind, err)
	}
	if email == "" {
		return nil
	}
	host := "the address in your settings"
	if address, err := e.address(); err == nil {
		if name, err := guard.Host(address); err == nil {
			host = mail.Spaced(name)
		}
	}
	title, did := fmt.Sprintf("A new %s was created", e.Kind), fmt.Sprintf("created a %s for your account", e.Kind)
	if !isNew {
		title, did = fmt.Sprintf("Your %s has a new address", e.Kind), fmt.Sprintf("changed the address of one of your %ss", e.Kind)
	}
	when := audit.When(ctx, s.clock.Now())
	letter := mail.Letter{
		Title: title,
		Lines: []string{"Someone, most likely you, " + did + ". The events of your account are now sent to: " + host, when},
		Notes: []string{"If it was not you, reset your password at once. This also pauses the endpoint."},
	}
	message := letter.Message("endpoint_changed", email)
	message.PartnerID, message.Change = &e.PartnerID, &mail.Change{Title: title, Detail: "It sends to: " + host + ". " + when}
	return s.mails.Enqueue(ctx, message)
}
