package rebate

import (
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/money"
)

// GroupTerms holds the settings of a group from a moment on.
type GroupTerms struct {
	GroupID int64         `db:"group_id"`
	From    time.Time     `db:"from_at"`
	Percent money.Percent `db:"percent_e4"`
	Schedule
	IsDefault bool   `db:"is_default"`
	LinkCode  string `db:"link_code"` // new accounts of this code join the group; empty: none
	Deleted   bool   `db:"is_deleted"`
}

// AccountTerms holds an account's own settings from a moment on.
type AccountTerms struct {
	From    time.Time      `db:"from_at"`
	GroupID *int64         `db:"group_id"`   // nil: its link's group, else the default one
	Percent *money.Percent `db:"percent_e4"` // nil: its group's
}

// Terms is what an order's rebate is computed from.
type Terms struct {
	GroupID int64
	Percent money.Percent
}

// Account holds what terms depend on besides the settings.
type Account struct {
	LinkCode string
	OpenedAt time.Time
	Type     string // in force at the order's close
}

// Social reports whether an account type is a social one. These get no rebates
// (contract, section 5).
func Social(accountType string) bool { return strings.HasPrefix(accountType, "Social") }

// InForce finds an account's terms at a moment. groups are all terms of all
// groups of the partner, and own those of the account, each in any order. The
// account's own group beats its link's, which beats the default one. Its own
// percent beats its group's. InForce returns false if the account gets no
// rebate.
func InForce(groups []GroupTerms, own []AccountTerms, a Account, at time.Time) (Terms, bool) {
	if Social(a.Type) || len(groups) == 0 {
		return Terms{}, false
	}
	var mine AccountTerms
	for _, t := range own {
		if !t.From.After(at) && !t.From.Before(mine.From) {
			mine = t
		}
	}
	then := groupsAt(groups, at)
	group, found := chosen(then, mine.GroupID)
	if !found {
		group, found = tied(groups, then, a)
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

// groupsAt returns the groups that existed at a moment, as they were then.
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

// tied finds the group that was tied to the account's link when it was opened.
func tied(groups []GroupTerms, then map[int64]GroupTerms, a Account) (GroupTerms, bool) {
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

// ScheduleNow returns the group's present schedule, by which a reward finds its
// period. The last schedule of a deleted group stays in use.
func ScheduleNow(groups []GroupTerms, groupID int64) Schedule {
	var newest GroupTerms
	for _, t := range groups {
		if t.GroupID == groupID && !t.From.Before(newest.From) {
			newest = t
		}
	}
	return newest.Schedule
}
