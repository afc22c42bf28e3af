// Package move moves clients to another partner, as a decision of the broker. It
// writes the facts with which package accrual moves the clients' accounts, and
// computes the effect of a move beforehand. docs/moves.md has the rules.
package move

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/text"
	"github.com/tributary-server/tributary/internal/trial"
)

const (
	// MaxClients is the maximum number of clients in one request. A request locks the
	// whole store until all of them are moved.
	MaxClients = 500
	// MaxCorrected is the maximum number of orders that one request may book again.
	MaxCorrected = trial.MaxOrders
	// forecastDays is the number of past days whose orders a preview uses to estimate
	// the future effect of a move.
	forecastDays = 30
)

// Request says which clients to move.
type Request struct {
	Clients []id.UUID // at most MaxClients
	To      id.UUID   // the new partner
	From    time.Time // orders that close from then on belong to the new partner; the zero time means now
	Reason  string
}

// Moved is the result of a move.
type Moved struct {
	LinkCode string    // code under which the new partner gets the clients
	From     time.Time // as in the request; now if it was the zero time
	Facts    []string  // ids of the facts, in the order of the clients
}

// Preview describes what a move would change.
type Preview struct {
	LinkCode  string
	From      time.Time
	Corrected *trial.Result // orders that closed since From and would be booked again
	Forecast  *trial.Result // orders of the last forecastDays days, as if the move had been made before them
}

// Service moves clients.
type Service struct {
	store  Store
	config Config
}

// Config holds the configuration of a Service.
type Config struct {
	Apply  feed.Apply
	Trials *trial.Service
	// Monthly carries out the monthly work that is due. It is called before a move,
	// so that late work sees the same books as punctual work.
	Monthly func(ctx context.Context)
	Clock   clock.Clock
	// MaxCorrected is the maximum number of orders that one request may book again;
	// 0 means MaxCorrected.
	MaxCorrected int64
	Audit        audit.Log
}

// NewService returns a Service.
func NewService(store Store, config Config) *Service {
	config.MaxCorrected = cmp.Or(config.MaxCorrected, MaxCorrected)
	return &Service{store, config}
}

// Prepare carries out the work that must not lock the store: it counts the orders to
// book again, and then does the monthly work that is due. A caller that moves clients
// in a transaction must call Prepare before the transaction begins.
//
// It returns the same errors as Move, and a ValidationError if the move would book
// more than MaxCorrected orders again.
func (s *Service) Prepare(ctx context.Context, r Request) error {
	err := s.store.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		e, _, _, err := s.effect(ctx, q, &r)
		if err != nil {
			return err
		}
		return e.checkSize(ctx, q, s.config.MaxCorrected)
	})
	if err != nil {
		return err
	}
	s.config.Monthly(ctx)
	return nil
}

// effect checks a request and computes its effect.
func (s *Service) effect(ctx context.Context, q db.Querier, r *Request) (e *effect, code string, from time.Time, err error) {
	if code, from, err = s.check(ctx, q, r); err != nil {
		return nil, "", from, err
	}
	e, err = effectOf(ctx, q, r, code, from, s.config.Clock.Now())
	return e, code, from, err
}

// Move moves the clients in one transaction. The audit log records each move. The
// caller must call Prepare first.
//
// It returns a ValidationError if the request has a fault, such as a client that does
// not exist.
func (s *Service) Move(ctx context.Context, r Request) (moved Moved, err error) {
	err = s.store.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		var err error
		if moved.LinkCode, moved.From, err = s.check(ctx, q, &r); err != nil {
			return err
		}
		moved.Facts = make([]string, len(r.Clients))
		facts := make([]feed.Fact, len(r.Clients))
		for i, client := range r.Clients {
			if facts[i], err = factOf(client, &r, &moved); err != nil {
				return err
			}
			moved.Facts[i] = facts[i].ID
		}
		outcomes, err := s.config.Apply(ctx, facts, facts[0].ID)
		if err != nil {
			return err
		}
		for i, o := range outcomes {
			if o.Status != feed.Applied {
				return fmt.Errorf("the move of client %s was not applied: %w", r.Clients[i], o.Err)
			}
			if err := s.config.Audit.Record(ctx, audit.Entry{Action: "client.moved", Subject: r.Clients[i].String(), Details: map[string]any{
				"partner_uid": r.To, "from": moved.From, "reason": r.Reason, "fact_id": moved.Facts[i],
			}}); err != nil {
				return err
			}
		}
		return nil
	})
	return moved, err
}

// Preview computes what Move would change. It stores nothing. It returns the same
// errors as Move, and a ValidationError if the clients have too many orders.
func (s *Service) Preview(ctx context.Context, r Request) (p Preview, err error) {
	results, err := s.config.Trials.Moved(ctx, func(ctx context.Context, q db.Querier) ([]trial.Moves, error) {
		var e *effect
		if e, p.LinkCode, p.From, err = s.effect(ctx, q, &r); err != nil {
			return nil, err
		}
		now := s.config.Clock.Now()
		return []trial.Moves{
			{Orders: e.corrected, From: p.From, Until: now}, {Orders: e.forecast, From: now.AddDate(0, 0, -forecastDays), Until: now},
		}, e.checkSize(ctx, q, s.config.MaxCorrected)
	})
	if err != nil {
		return p, err
	}
	p.Corrected, p.Forecast = results[0], results[1]
	return p, nil
}

// check checks a request and removes duplicate clients from it. It returns the code of
// the new partner's default link, and the time of the move.
func (s *Service) check(ctx context.Context, q db.Querier, r *Request) (code string, from time.Time, err error) {
	var faults fault.Fields
	r.Reason = strings.TrimSpace(r.Reason)
	faults.Text("reason", r.Reason, text.FactText)
	if r.Reason == "" {
		faults.Add("reason", "required", "Say why the clients are moved.")
	}
	r.Clients = unique(r.Clients)
	if n := len(r.Clients); n == 0 || n > MaxClients {
		faults.Add("client_uids", "invalid", fmt.Sprintf("Name 1 to %d clients.", MaxClients))
	}
	from = s.checkFrom(r.From, &faults)
	if err := faults.Err(); err != nil {
		return "", from, err
	}
	code, found, err := defaultCode(ctx, q, r.To)
	if err != nil {
		return "", from, err
	}
	if !found {
		faults.Add("partner_uid", "does_not_exist", "There is no such partner, or it has no link.")
	}
	if err := s.checkClients(ctx, q, r, from, &faults); err != nil {
		return "", from, err
	}
	return code, from, faults.Err()
}

// checkFrom checks the time of a move and returns it. The zero time means now.
func (s *Service) checkFrom(asked time.Time, faults *fault.Fields) time.Time {
	now := s.config.Clock.Now()
	from := asked.UTC().Truncate(time.Microsecond)
	switch {
	case asked.IsZero():
		from = now.UTC().Truncate(time.Microsecond)
	case from.After(now):
		faults.Add("from", "in_future", "A move takes effect at once or has an earlier date. Send it when it is to take effect.")
	case from.Year() < 1970:
		faults.Add("from", "invalid", "Must not be before 1970.")
	}
	return from
}

// checkClients checks that the clients are registered, and that the programme lets the
// new partner have them.
func (s *Service) checkClients(ctx context.Context, q db.Querier, r *Request, from time.Time, faults *fault.Fields) error {
	rows, err := accrual.Reading(q).Clients(ctx, r.Clients)
	if err != nil {
		return err
	}
	address := make(map[id.UUID]string, len(rows))
	for _, row := range rows {
		address[row.ClientUID] = row.Email
	}
	refused := ""
	values, err := settings.Load(ctx, q)
	if err != nil {
		return err
	}
	if settings.SelfReferral.At(values, from) == settings.RefuseSelfReferral {
		found, err := partner.Load(ctx, q, []id.UUID{r.To})
		if err != nil {
			return err
		}
		for _, p := range found {
			refused = email.Mailbox(p.Email)
		}
	}
	for i, client := range r.Clients {
		field := fmt.Sprintf("client_uids.%d", i)
		if a, known := address[client]; !known {
			faults.Add(field, "does_not_exist", fmt.Sprintf("There is no client %s.", client))
		} else if refused != "" && email.Mailbox(a) == refused {
			faults.Add(field, "self_referral",
				"This client has the e-mail address of the new partner, and the programme refuses self-referrals. Choose another partner.")
		}
	}
	return nil
}

func newFactID() string { return "move-" + id.New().String() }

func unique(list []id.UUID) (out []id.UUID) {
	for _, u := range list {
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// factOf returns the fact that moves a client. It goes through the parser of the feed,
// so it is the same as a fact that the broker sends.
func factOf(client id.UUID, r *Request, m *Moved) (feed.Fact, error) {
	line, err := json.Marshal(map[string]any{
		"id": newFactID(), "type": feed.ClientMoved, "at": m.From.Format(time.RFC3339Nano),
		"client_uid": client, "partner_code": m.LinkCode, "reason": r.Reason,
	})
	if err != nil {
		return feed.Fact{}, fmt.Errorf("encoding a move: %w", err)
	}
	fact, err := feed.ParseLine(line)
	if wrong, is := errors.AsType[*feed.LineError](err); is {
		return feed.Fact{}, fault.Invalid("reason", wrong.Code, wrong.Message)
	}
	return fact, err
}
