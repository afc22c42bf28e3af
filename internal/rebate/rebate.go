// Package rebate gives clients back a part of the rewards that their orders earn
// for their partner (docs/rebates.md). A partner creates groups of client
// accounts, each with a percent and a period. A partner can also give an account
// its own percent. An order uses the settings that are in force when it closes.
// After the end of a period, its rebates are paid at once, or when the partner
// has approved them with a code.
package rebate

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Type says what happens to a group's rebates after the end of a period.
type Type string

// These are the types.
const (
	Auto   Type = "AUTO"   // paid at once
	Manual Type = "MANUAL" // paid after the partner's approval
)

// These are the limits of a partner's settings.
const (
	MaxGroups   = 1000
	MaxAccounts = 100_000 // maximum number of accounts in one assignment
)

// percentStep is the smallest difference between two percents, which is 0.01.
const percentStep = money.Percent(100)

// Group is a group of client accounts, with its current settings.
type Group struct {
	ID      int64         `db:"group_id"`
	Title   string        `db:"title"` // unique among the partner's groups
	Type    Type          `db:"group_type"`
	Percent money.Percent `db:"percent_e4"`
	Schedule
	IsDefault bool      `db:"is_default"` // whether accounts without another group belong to this group; a partner has at most one default group
	LinkCode  string    `db:"link_code"`  // accounts opened with this code belong to the group; unique among the partner's groups; may be empty
	CreatedAt time.Time `db:"created_at"`
}

func (g *Group) terms(from time.Time) GroupTerms {
	return GroupTerms{
		GroupID: g.ID, From: from, Percent: g.Percent, Schedule: g.Schedule, IsDefault: g.IsDefault, LinkCode: g.LinkCode,
	}
}

// Change is a change to a setting that an account may lack.
type Change[T any] struct {
	Given bool
	Value *T // nil removes the setting
}

// AccountChange is a change to an account's own settings.
type AccountChange struct {
	GroupID Change[int64]         // an account without a group of its own belongs to its link's group or to the default group
	Percent Change[money.Percent] // an account without a percent of its own has its group's percent
}

// OwnAccount is a client account of the partner.
type OwnAccount struct {
	Number    string
	ClientUID id.UUID
}
