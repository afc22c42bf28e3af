package attribution

import (
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// Stay is a period during which an account belongs to a partner. It ends when the
// account's next stay begins.
type Stay struct {
	PartnerID id.UUID   `db:"partner_id"`
	LinkCode  string    `db:"link_code"`
	From      time.Time `db:"from_at"` // the zero time for the first stay
}

// Equal reports whether two stays are the same.
func (s Stay) Equal(other Stay) bool {
	return s.PartnerID == other.PartnerID && s.LinkCode == other.LinkCode && s.From.Equal(other.From)
}

// Stays returns the stays of an account that was opened at a given time. The list
// begins with the given first stay, and each client.moved event after the opening
// adds a stay.
func (h History) Stays(first Stay, opened time.Time) []Stay {
	first.From = time.Time{}
	stays := []Stay{first}
	for _, e := range h {
		if e.Kind != feed.ClientMoved || !e.At.After(opened) {
			continue
		}
		if last := len(stays) - 1; last > 0 && stays[last].From.Equal(e.At) {
			stays = stays[:last] // of two moves at the same time, the second applies
		}
		if stays[len(stays)-1].PartnerID != e.PartnerID {
			stays = append(stays, Stay{e.PartnerID, e.LinkCode, e.At})
		}
	}
	return stays
}

// StaysOf returns the stays that an account has under this history. The caller
// passes the account's row with its present partner.
func (h History) StaysOf(a *Account) []Stay {
	first := a.AllStays()[0]
	if a.TypedCode == "" {
		first.PartnerID, first.LinkCode = h.At(a.OpenedAt)
	}
	return h.Stays(first, a.OpenedAt)
}

// Change is a period in which an account belongs to another partner than before.
type Change struct {
	Before, After id.UUID
	From          time.Time // the zero time if the change includes the account's first order
	Until         time.Time // the zero time if the change has no end
}

// Changes compares the old stays of an account with the new ones. It returns the
// periods in which the partner is not the same, oldest first.
func Changes(were, are []Stay) []Change {
	starts := make([]time.Time, 0, len(were)+len(are))
	for _, s := range slices.Concat(were, are) {
		starts = append(starts, s.From)
	}
	slices.SortFunc(starts, time.Time.Compare)
	starts = slices.CompactFunc(starts, time.Time.Equal)
	var out []Change
	for i, from := range starts {
		c := Change{Before: StayAt(were, from).PartnerID, After: StayAt(are, from).PartnerID, From: from}
		if i+1 < len(starts) {
			c.Until = starts[i+1]
		}
		last := len(out) - 1
		switch {
		case c.Before == c.After:
		case last >= 0 && out[last].Before == c.Before && out[last].After == c.After && out[last].Until.Equal(from):
			out[last].Until = c.Until
		default:
			out = append(out, c)
		}
	}
	return out
}

// StayAt returns the stay at t.
func StayAt(stays []Stay, t time.Time) Stay {
	for _, s := range slices.Backward(stays) {
		if !s.From.After(t) {
			return s
		}
	}
	return stays[0]
}

// AllStays returns the account's stays. There is at least one. The receiver must be
// the account's row with its present partner.
func (a *Account) AllStays() []Stay {
	if len(a.Stays) == 0 {
		return []Stay{{PartnerID: a.PartnerID, LinkCode: a.LinkCode}}
	}
	return a.Stays
}

// Rows returns the account's rows with all its partners, the present one first.
func (a *Account) Rows() []*Account { return append([]*Account{a}, a.Others...) }

// With returns the account's row with a partner, or nil if it has none. The receiver
// must be nil or the account's row with its present partner.
func (a *Account) With(partnerID id.UUID) *Account {
	if a == nil || a.PartnerID == partnerID {
		return a
	}
	for _, other := range a.Others {
		if other.PartnerID == partnerID {
			return other
		}
	}
	return nil
}

// At returns the account's row with the partner to whom it belongs at t. The
// receiver must be nil or the account's row with its present partner.
func (a *Account) At(t time.Time) *Account {
	if a == nil || len(a.Stays) == 0 {
		return a
	}
	return a.With(StayAt(a.Stays, t).PartnerID)
}

// CopyFor returns a row of the account for another partner, without any order.
func (a *Account) CopyFor(partnerID id.UUID, number int64, linkCode string) *Account {
	return &Account{
		PartnerID: partnerID, ClientAccount: a.ClientAccount, Number: number, ClientUID: a.ClientUID, Country: a.Country,
		Server: a.Server, Platform: a.Platform, AccountType: a.AccountType, Currency: a.Currency, LinkCode: linkCode, TypedCode: a.TypedCode,
		FactID: a.FactID, OpenedAt: a.OpenedAt, OpenedDay: a.OpenedDay, Types: a.Types, Servers: a.Servers,
	}
}
