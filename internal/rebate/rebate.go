// Package rebate gives clients back a part of the rewards that their orders
// earn their partner (contract, section 5). A partner sets up groups of client
// accounts, each with a percent and a period, and accounts' own percents; what
// was in force when an order closed counts for ever. When a period has closed,
// its rebates are paid, at once or with the partner's code.
package rebate

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Type says what becomes of a group's rebates when a period has closed.
type Type string

// The types.
const (
	Auto   Type = "AUTO"   // they are paid
	Manual Type = "MANUAL" // they wait for the partner's code
)

// The limits of a partner's settings.
const (
	MaxGroups   = 1000
	MaxAccounts = 100_000 // named in one assignment
)

// percentStep is the smallest part of a percent that can be set: two places.
const percentStep = money.Percent(100)

// Group is a group of client accounts as it stands.
type Group struct {
	ID      int64
	Title   string // unique among the partner's
	Type    Type
	Percent money.Percent
	Schedule
	IsDefault bool   // of all accounts that are in no other; one group at most
	LinkCode  string // takes this code's new accounts; of one group at most; empty: of none
	CreatedAt time.Time
}

// terms is what of the group matters to an order, from a moment on.
func (g *Group) terms(from time.Time) GroupTerms {
	return GroupTerms{
		GroupID: g.ID, From: from, Percent: g.Percent, Schedule: g.Schedule, IsDefault: g.IsDefault, LinkCode: g.LinkCode,
	}
}

// Change is a new value for something that may have none.
type Change[T any] struct {
	Given bool
	Value *T // nil: none
}

// AccountChange is what of an account's own settings is to change.
type AccountChange struct {
	GroupID Change[int64]         // none: by its link's group, else the default one
	Percent Change[money.Percent] // none: its group's
}

// OwnAccount is one of the partner's client accounts.
type OwnAccount struct {
	Number    string
	ClientUID id.UUID
}
