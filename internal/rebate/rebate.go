// Package rebate gives clients back a part of the rewards that their orders
// earn their partner (contract, section 5). A partner sets up groups of client
// accounts, each with a percent and a period, and can give accounts their own
// percents. The settings in force when an order closed count for it for ever.
// When a period has closed, its rebates are paid, either at once or with the
// partner's code.
package rebate

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Type says what happens to a group's rebates once a period has closed.
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

// percentStep is the smallest step of a percent: two decimal places.
const percentStep = money.Percent(100)

// Group is a group of client accounts with its present settings.
type Group struct {
	ID      int64         `db:"group_id"`
	Title   string        `db:"title"` // unique among the partner's
	Type    Type          `db:"group_type"`
	Percent money.Percent `db:"percent_e4"`
	Schedule
	IsDefault bool      `db:"is_default"` // for all accounts that are in no other group; at most one group is
	LinkCode  string    `db:"link_code"`  // new accounts of this code join the group; no two groups have the same code; empty: none
	CreatedAt time.Time `db:"created_at"`
}

// terms returns the part of the group that matters to an order, from a moment
// on.
func (g *Group) terms(from time.Time) GroupTerms {
	return GroupTerms{
		GroupID: g.ID, From: from, Percent: g.Percent, Schedule: g.Schedule, IsDefault: g.IsDefault, LinkCode: g.LinkCode,
	}
}

// Change is a new value for a setting that may have no value.
type Change[T any] struct {
	Given bool
	Value *T // nil: none
}

// AccountChange is the change to an account's own settings.
type AccountChange struct {
	GroupID Change[int64]         // none: by its link's group, else the default one
	Percent Change[money.Percent] // none: its group's
}

// OwnAccount is one of the partner's client accounts.
type OwnAccount struct {
	Number    string
	ClientUID id.UUID
}
