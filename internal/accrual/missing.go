package accrual

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/feed"
)

// MaxMissing is the maximum number of keys that Missing returns.
const MaxMissing = 100

// MissingKey is a key that facts wait for.
type MissingKey struct {
	Key   string `db:"waits_for"` // KIND:NAME; empty if the missing fact has arrived and the waiting facts are about to be applied
	Facts int64  `db:"facts"`
}

// Missing is an object that facts wait for, such as an account.
type Missing struct {
	What    string    `json:"what"` // kind and key, such as "account 500100"
	Kind    string    `json:"kind"` // account, client, code, instrument, order, payout, rate or refused
	Key     string    `json:"key"`  // name of the object, or the code of the refusal if Kind is refused
	Waiting int64     `json:"waiting"`
	Fact    feed.Type `json:"fact,omitempty"` // type of the fact that creates the object; empty if no fact does
}

// Words says how to let the facts take effect, for example "send its
// account.opened". It has no full stop.
func (m *Missing) Words() string {
	switch {
	case m.Kind == feed.KindOrder:
		return "send its " + string(m.Fact)
	case m.Kind == feed.KindCode:
		return "send the " + string(m.Fact) + " of its partner, or let the partner make the link"
	case m.Kind == feed.KindInstrument:
		return "send an " + string(m.Fact) + " dated at or before the close"
	case m.Kind == feed.KindRate:
		return "send a " + string(m.Fact) + " dated on the day of the close or before"
	case m.Fact != "":
		return "send its " + string(m.Fact)
	case m.Kind == feed.KindPayout:
		return "the programme creates payouts itself, so no fact will create this one; check the id of the payout"
	default:
		return "no fact creates it; see GET /broker/v1/health/feed"
	}
}

// Missing returns what the facts of a request wait for. The keys with the most
// waiting facts come first. Missing also returns whether there are more than
// MaxMissing keys.
func (s *Service) Missing(ctx context.Context, requestID string) (list []Missing, more bool, err error) {
	keys, err := s.store.Missing(ctx, requestID, MaxMissing+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(keys) > MaxMissing; more {
		keys = keys[:MaxMissing]
	}
	for _, k := range keys {
		kind, name, found := strings.Cut(k.Key, ":")
		if !found {
			continue // the missing fact has arrived
		}
		list = append(list, Missing{What: kind + " " + name, Kind: kind, Key: name, Waiting: k.Facts, Fact: feed.Bringer(kind)})
	}
	return list, more, nil
}
