package accrual

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/feed"
)

// MaxMissing is how many missing things a summary lists.
const MaxMissing = 100

// MissingKey is a key that facts wait for.
type MissingKey struct {
	Key   string `db:"waits_for"` // KIND:NAME; empty: nothing is missing any more and the facts are about to be applied
	Facts int64  `db:"facts"`
}

// Missing is one thing that facts wait for.
type Missing struct {
	What    string    `json:"what"` // in words, such as "account 500100"
	Kind    string    `json:"kind"` // account, client, code, instrument, order, payout, rate or refused
	Key     string    `json:"key"`  // its name; for refused facts the code
	Waiting int64     `json:"waiting"`
	Fact    feed.Type `json:"fact,omitempty"` // the type of the fact that would bring it; empty: no fact does
}

// Words says what would let the facts take effect, as a sentence without its
// full stop.
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
		return "no fact brings it: the programme itself makes payouts; check the id"
	default:
		return "no fact brings it: see GET /broker/v1/health/feed"
	}
}

// Missing returns what the facts that came under a request's id wait for. The
// keys with most facts come first. more is true if there are more than
// MaxMissing.
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
			continue // its missing half has arrived
		}
		list = append(list, Missing{What: kind + " " + name, Kind: kind, Key: name, Waiting: k.Facts, Fact: feed.Bringer(kind)})
	}
	return list, more, nil
}
