// Package evidence answers a dispute about a client ("this client is mine"). It lists
// everything that has decided whose the client is, with its time: clicks, typed codes,
// the registration, changes of partner, and moves. docs/disputes.md has an example.
package evidence

import (
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outcome"
)

// MaxEntries is the maximum number of entries in a list. Older entries are left out.
const MaxEntries = 1_000

// Kind says what an entry is about. Most kinds are types of facts.
type Kind string

// These are the kinds that are not types of facts.
const (
	Click        Kind = "click"         // a click that the registration names
	SelfReferral Kind = "self_referral" // the client has the e-mail address of a partner
	AccountMoved Kind = "account.moved" // a stay of an account begins, because the client was moved
)

// Party is a partner, and the link code through which the partner has the client. A
// Party with the id id.Nil is the programme itself: the client has no partner.
type Party struct {
	PartnerID id.UUID
	LinkCode  string // may be empty
}

// Entry is one piece of evidence.
type Entry struct {
	At      time.Time
	Kind    Kind
	Partner *Party // whom the entry names; nil if it names nobody
	Text    string
	FactID  string // empty if there is no fact, and in a partner's own list
	Figures []outcome.Figure
	// For says whether the entry decides for the partner that Question.Partner
	// names. It is nil if the entry decides nothing, or if no partner was named.
	For *bool

	from *Party // who had the client or the account before; nil if this does not change
}

// Account is a client account with its present partner.
type Account struct {
	ClientAccount string
	Partner       Party
}

// Evidence is the answer to a Question.
type Evidence struct {
	ClientUID id.UUID
	Partner   Party                // the client's present partner
	Relation  attribution.Relation // to this partner, or to the partner who reads the list
	Accounts  []Account
	Entries   []Entry // oldest first
	Cut       bool    // whether older entries were left out
	Summary   string  // says whether and when the client was the asking partner's; empty if no partner was named
}

// Question says whose evidence to list.
type Question struct {
	ClientUID id.UUID
	Partner   *id.UUID // partner for or against whom the entries speak, if any
}
