package rebate

import (
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/money"
)

// GroupTerms holds the settings of a group from a given time onwards.
type GroupTerms struct {
	GroupID int64         `db:"group_id"`
	From    time.Time     `db:"from_at"`
	Percent money.Percent `db:"percent_e4"`
	Schedule
	IsDefault bool   `db:"is_default"`
	LinkCode  string `db:"link_code"` // accounts opened with this code belong to the group; may be empty
	Deleted   bool   `db:"is_deleted"`
}

// AccountTerms holds an account's own settings from a given time onwards.
type AccountTerms struct {
	From    time.Time      `db:"from_at"`
	GroupID *int64         `db:"group_id"`   // nil means that the account has no group of its own
	Percent *money.Percent `db:"percent_e4"` // nil means that the account has no percent of its own
}

// Terms is the group and the percent that apply to an order.
type Terms struct {
	GroupID int64
	Percent money.Percent
}

// Account has the properties of an account on which its terms depend.
type Account struct {
	LinkCode string
	OpenedAt time.Time
	Type     string // account type in force when the order closed
}

// Social reports whether an account type is a social one. Accounts of social
// types get no rebates.
func Social(accountType string) bool { return strings.HasPrefix(accountType, "Social") }

// InForce returns an account's terms at a given time. groupTerms must have all
// terms of all the partner's groups, and ownTerms must have all terms of the
// account. InForce returns false if the account gets no rebate.
//
// The account's own group takes precedence over its link's group, and its link's
// group over the default group. The account's own percent takes precedence over
// the group's percent.
func InForce(groupTerms []GroupTerms, ownTerms []AccountTerms, a Account, at time.Time) (Terms, bool) {
	if Social(a.Type) || len(groupTerms) == 0 {
		return Terms{}, false
	}
	var mine AccountTerms
	for _, t := range ownTerms {
		if !t.From.After(at) && !t.From.Before(mine.From) {
			mine = t
		}
	}
	then := groupsAt(groupTerms, at)
	group, found := chosen(then, mine.GroupID)
	if !found {
		group, found = groupOfLink(groupTerms, then, a)
	}
	if !found {
		for _, g := range then {
			if g.IsDefault {
				group, found = g, true
			}
		}
	}
	if !found {
		return Terms{}, false
	}
	terms := Terms{GroupID: group.GroupID, Percent: group.Percent}
	if mine.Percent != nil {
		terms.Percent = *mine.Percent
	}
	return terms, terms.Percent > 0
}

// groupsAt returns the groups that existed at a given time, with the terms in
// force at that time.
func groupsAt(groups []GroupTerms, at time.Time) map[int64]GroupTerms {
	out := map[int64]GroupTerms{}
	for _, t := range groups {
		if was, known := out[t.GroupID]; !t.From.After(at) && (!known || t.From.After(was.From)) {
			out[t.GroupID] = t
		}
	}
	for number, t := range out {
		if t.Deleted {
			delete(out, number)
		}
	}
	return out
}

func chosen(then map[int64]GroupTerms, groupID *int64) (GroupTerms, bool) {
	if groupID == nil {
		return GroupTerms{}, false
	}
	g, found := then[*groupID]
	return g, found
}

func groupOfLink(groups []GroupTerms, then map[int64]GroupTerms, a Account) (GroupTerms, bool) {
	if a.LinkCode == "" {
		return GroupTerms{}, false
	}
	for number, g := range groupsAt(groups, a.OpenedAt) {
		if now, still := then[number]; still && g.LinkCode == a.LinkCode {
			return now, true
		}
	}
	return GroupTerms{}, false
}

// ScheduleNow returns the group's current schedule. For a deleted group, this
// is its last schedule.
func ScheduleNow(groups []GroupTerms, groupID int64) Schedule {
	var newest GroupTerms
	for _, t := range groups {
		if t.GroupID == groupID && !t.From.Before(newest.From) {
			newest = t
		}
	}
	return newest.Schedule
}
