package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/text"
)

// maxEndpoints has the maximum number of endpoints of each kind that a partner may
// have.
var maxEndpoints = map[Kind]int{Webhook: 20, Postback: 50}

// These are the methods of a postback.
const (
	methodGet  = "GET"
	methodPost = "POST"
)

// Service manages partners' webhooks and postbacks. An error that the caller
// can correct is a *fault.Error. For an endpoint of another partner, the error
// is NotFound.
type Service struct {
	store  SQLStore
	clock  clock.Clock
	caller Caller
	audit  audit.Log
	mails  mail.Queue
	wake   func()
}

// NewService returns a Service. The service calls wakeCourier when there may be
// something to deliver. wakeCourier must not block.
func NewService(store SQLStore, clk clock.Clock, caller Caller, log audit.Log, mails mail.Queue, wakeCourier func()) *Service {
	return &Service{store: store, clock: clk, caller: caller, audit: log, mails: mails, wake: wakeCourier}
}

// New describes an endpoint to create.
type New struct {
	Kind   Kind
	Name   string
	URL    string
	Method string   // method of a postback; empty means GET
	Types  []string // event types of a webhook; empty means all
	Token  string   // temporary token for CREATE_WEBHOOK; see payForHost
}

// Change describes a change of an endpoint. A nil field stays as it is.
type Change struct {
	Name, URL, Method *string
	Types             []string
	Status            *Status // Active or Paused
	Token             string  // temporary token for CREATE_WEBHOOK; see payForHost
	SkipMissed        bool    // whether to skip the events of the pause; only used if Status is Active
}

// Endpoints returns a partner's endpoints of one kind, the newest first.
func (s *Service) Endpoints(ctx context.Context, partnerID id.UUID, kind Kind) ([]Endpoint, error) {
	return s.store.Endpoints(ctx, partnerID, kind)
}

// Endpoint returns one endpoint, or NotFound if it is of another kind.
func (s *Service) Endpoint(ctx context.Context, key Key, kind Kind) (Endpoint, error) {
	e, err := s.store.Endpoint(ctx, key, kind)
	return e, err
}

// Create creates an endpoint that gets all later events. It returns the
// endpoint's secret, which no other method returns. The partner gets an e-mail
// about the endpoint.
//
// It returns ValidationError for url, types or method. It returns PermissionDenied
// if a temporary token is needed and the request has none.
func (s *Service) Create(ctx context.Context, partnerID id.UUID, n New) (e Endpoint, secret string, err error) {
	now := s.clock.Now()
	e = Endpoint{
		Key: Key{partnerID, id.New()}, Kind: n.Kind, Name: n.Name, URL: n.URL, Method: methodPost, Types: n.Types,
		Status: Active, CreatedAt: now, UpdatedAt: now,
	}
	if n.Kind == Postback {
		e.Method = methodGet
		if n.Method != "" {
			e.Method = n.Method
		}
	}
	if err := s.check(&e); err != nil {
		return Endpoint{}, "", err
	}
	value, shown := newSecret()
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		already, err := s.store.Endpoints(ctx, partnerID, e.Kind)
		if err != nil {
			return err
		}
		err = s.store.AddEndpoint(ctx, &e, Secret{ID: id.New(), Value: value, CreatedAt: now}, maxEndpoints[e.Kind])
		if errors.Is(err, ErrTooMany) {
			return fault.Invalid("url", "limit_reached", fmt.Sprintf("A partner can have at most %d %ss. Delete one first.", maxEndpoints[e.Kind], e.Kind))
		}
		if err != nil {
			return err
		}
		if err := s.payForHost(ctx, &e, already, n.Token); err != nil {
			return err
		}
		if err := s.record(ctx, &e, "created", map[string]any{"url": e.URL, "types": e.Types}); err != nil {
			return err
		}
		return s.announce(ctx, &e, true)
	})
	return e, shown, err
}

// check validates an endpoint before it is stored. It does not look up the
// host's name, because the address is checked before every request.
func (s *Service) check(e *Endpoint) error {
	slices.Sort(e.Types)
	e.Types = slices.Compact(e.Types)
	if e.Types == nil {
		e.Types = []string{}
	}
	address, err := e.address()
	if err != nil {
		return err
	}
	if long := text.URL.Fault(e.URL); long != "" {
		return invalidURL(long)
	}
	for _, name := range e.Types {
		if (e.Kind == Webhook && !event.IsKnown(event.Type(name))) || (e.Kind == Postback && !slices.Contains(PostbackEvents, name)) {
			return fault.Invalid("events", "invalid_choice", fmt.Sprintf("%q is not a valid choice.", text.Clip(name)))
		}
	}
	if e.Kind == Postback && len(e.Types) == 0 {
		return fault.Invalid("events", "empty", "This list may not be empty.")
	}
	return urlErrorForPartner(s.caller.Spelling(address))
}

// address returns the URL to which requests are sent. In a postback's URL,
// example values replace the tokens.
func (e *Endpoint) address() (string, error) {
	if e.Kind != Postback {
		return e.URL, nil
	}
	template, err := ParseTemplate(e.URL)
	if err != nil {
		return "", err
	}
	return template.Render(template.examples()), nil
}

// Change changes an endpoint. If the URL changes, the partner gets an e-mail.
//
// It returns ValidationError for url, events or method. It returns PermissionDenied
// if a temporary token is needed and the change has none.
func (s *Service) Change(ctx context.Context, key Key, kind Kind, c Change) (Endpoint, error) {
	var e Endpoint
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		var err error
		if e, err = s.store.Hold(ctx, key, kind); err != nil {
			return err
		}
		details := map[string]any{}
		set := func(name string, to, from *string) {
			if from != nil && *from != *to {
				*to, details[name] = *from, *from
			}
		}
		set("name", &e.Name, c.Name)
		set("url", &e.URL, c.URL)
		_, moved := details["url"]
		if moved {
			e.FailingSince = nil // the failures happened at the previous URL
		}
		set("method", &e.Method, c.Method)
		if c.Types != nil {
			e.Types, details["types"] = c.Types, c.Types
		}
		if c.Status != nil && *c.Status != e.Status {
			e.Status, e.Reason, e.FailingSince, details["status"] = *c.Status, "", nil, string(*c.Status)
		}
		if err := s.check(&e); err != nil {
			return err
		}
		if moved {
			if err := s.move(ctx, &e, c.Token); err != nil {
				return err
			}
		}
		e.UpdatedAt = s.clock.Now()
		if err := s.store.ChangeEndpoint(ctx, &e, c.SkipMissed && e.Status == Active); err != nil {
			return err
		}
		return s.record(ctx, &e, "changed", details)
	})
	if err == nil {
		s.wake()
	}
	return e, err
}

// move uses up the temporary token that a new URL may need, and sends the
// partner an e-mail. Call it before the new URL is stored.
func (s *Service) move(ctx context.Context, e *Endpoint, token string) error {
	already, err := s.store.Endpoints(ctx, e.PartnerID, e.Kind)
	if err != nil {
		return err
	}
	if err := s.payForHost(ctx, e, already, token); err != nil {
		return err
	}
	return s.announce(ctx, e, false)
}

// Delete removes an endpoint and its deliveries. A request that is already
// being sent may still arrive.
func (s *Service) Delete(ctx context.Context, key Key, kind Kind) error {
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		e, err := s.store.Hold(ctx, key, kind)
		if err != nil {
			return err
		}
		if err := s.store.DeleteEndpoint(ctx, key, kind); err != nil {
			return err
		}
		return s.record(ctx, &e, "deleted", map[string]any{"url": e.URL})
	})
	return err
}

// maxSecrets is the maximum number of an endpoint's secrets that sign at the
// same time.
const maxSecrets = 3

// Rotate creates a new secret and returns it. The previous secret also signs
// until the returned time.
func (s *Service) Rotate(ctx context.Context, key Key, kind Kind, overlap time.Duration) (secret string, until time.Time, err error) {
	now := s.clock.Now()
	value, shown := newSecret()
	until = now.Add(overlap)
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		e, err := s.store.Hold(ctx, key, kind)
		if err != nil {
			return err
		}
		if err := s.store.AddSecret(ctx, key, Secret{ID: id.New(), Value: value, CreatedAt: now}, until, maxSecrets); err != nil {
			return err
		}
		return s.record(ctx, &e, "secret_rotated", map[string]any{"previous_until": until})
	})
	return shown, until, err
}

func (s *Service) record(ctx context.Context, e *Endpoint, what string, details map[string]any) error {
	return s.audit.Record(ctx, audit.Entry{
		PartnerID: e.PartnerID, Action: string(e.Kind) + "." + what, Subject: e.EndpointID.String(), Details: details,
	})
}
