package rebate

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Config holds the configuration of Settings.
type Config struct {
	Min, Max money.Percent // smallest and largest percent allowed; 0 and 100 if both are zero
	Except   []string      // countries without rebates (ISO 3166, in upper case)
	Audit    audit.Log
	Find     Finder
}

// Settings manages partners' rebate groups and their accounts' own settings. A
// change applies only to orders that close after the change. The methods return
// a *fault.Error for an error that the caller can correct.
type Settings struct {
	store    SettingsStore
	clock    clock.Clock
	min, max money.Percent
	except   []string
	audit    audit.Log
	find     Finder
}

// NewSettings returns Settings that use store.
func NewSettings(store SettingsStore, c clock.Clock, config Config) *Settings {
	if config.Max == 0 {
		config.Max = 100 * 100 * percentStep
	}
	return &Settings{
		store: store, clock: c, min: config.Min, max: config.Max, except: config.Except, audit: config.Audit, find: config.Find,
	}
}

// GroupChange has the new values of a group. A nil field leaves the value of an
// existing group unchanged, and gives a new group the default.
type GroupChange struct {
	Title       *string
	Type        *Type
	Percent     *money.Percent
	IsDefault   *bool
	Period      *Period
	PeriodValue *int
	LinkCode    *string // empty removes the link code
}

// CreateGroup creates a group and returns its id. By default, a new group has
// the type MANUAL, the smallest percent allowed, and monthly periods that begin
// on the first day. It has no link code and is not the default group.
//
// It returns NotFound if there is no such partner. It returns ValidationError
// in these cases:
//
//   - A value is not allowed.
//   - Another group has the same title or link code.
//   - The link code does not belong to the partner.
//   - The partner already has MaxGroups groups.
func (s *Settings) CreateGroup(ctx context.Context, partnerID id.UUID, change GroupChange) (groupID int64, err error) {
	if change.Title == nil {
		return 0, fault.Invalid(fieldTitle, "required", "This field is required.")
	}
	made, err := s.applyChange(Group{Type: Manual, Percent: s.min, Schedule: Schedule{Period: Monthly, Value: 1}}, change)
	if err != nil {
		return 0, err
	}
	err = s.store.Change(ctx, partnerID, func(ctx context.Context, tx SettingsTx) error {
		g, now := made, s.clock.Now()
		groups, err := tx.Groups(ctx)
		if err != nil {
			return err
		}
		if len(groups) >= MaxGroups {
			return fault.Invalid(fieldTitle, "limit_reached", fmt.Sprintf("A partner can have at most %d groups.", MaxGroups))
		}
		if g.ID, err = tx.Number(ctx); err != nil {
			return err
		}
		g.CreatedAt, groupID = now, g.ID
		return s.save(ctx, tx, partnerID, groups, g, nil, now)
	})
	return groupID, err
}

// ChangeGroup changes a group. If the change has a period but no day on which
// periods begin, they begin on the first day. It returns NotFound if the
// partner has no such group. It returns ValidationError in the same cases as
// CreateGroup.
func (s *Settings) ChangeGroup(ctx context.Context, partnerID id.UUID, groupID int64, change GroupChange) error {
	return s.store.Change(ctx, partnerID, func(ctx context.Context, tx SettingsTx) error {
		groups, err := tx.Groups(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.ID == groupID })
		if i < 0 {
			return fault.New(fault.NotFound)
		}
		g, err := s.applyChange(groups[i], change)
		if err != nil {
			return err
		}
		if g == groups[i] {
			return nil
		}
		return s.save(ctx, tx, partnerID, groups, g, &groups[i], s.clock.Now())
	})
}

// DeleteGroup deletes a group. Its accounts then belong to their links' groups,
// or to the default group. It returns NotFound if the partner has no such
// group.
func (s *Settings) DeleteGroup(ctx context.Context, partnerID id.UUID, groupID int64) error {
	return s.store.Change(ctx, partnerID, func(ctx context.Context, tx SettingsTx) error {
		groups, err := tx.Groups(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.ID == groupID })
		if i < 0 {
			return fault.New(fault.NotFound)
		}
		g, now := groups[i], s.clock.Now()
		if err := tx.DropGroup(ctx, groupID, now); err != nil {
			return err
		}
		g.IsDefault, g.LinkCode = false, ""
		last := g.terms(now)
		last.Deleted = true
		if err := tx.Append(ctx, &last); err != nil {
			return err
		}
		return s.audit.Record(ctx, audit.Entry{
			PartnerID: partnerID, Action: "rebate_group.deleted", Subject: strconv.FormatInt(groupID, 10),
			Details: map[string]any{fieldTitle: g.Title},
		})
	})
}

// applyChange applies a change to a group. It checks only the rules that do not
// depend on other groups.
func (s *Settings) applyChange(g Group, c GroupChange) (Group, error) {
	var faults fault.Fields
	if c.Title != nil {
		g.Title = *c.Title
		checkTitle(g.Title, &faults)
	}
	if c.Type != nil {
		if g.Type = *c.Type; g.Type != Auto && g.Type != Manual {
			faults.Add(fieldType, "invalid_choice", "Must be AUTO or MANUAL.")
		}
	}
	if c.Percent != nil {
		g.Percent = *c.Percent
		s.checkPercent(g.Percent, &faults)
	}
	if c.IsDefault != nil {
		g.IsDefault = *c.IsDefault
	}
	if c.LinkCode != nil {
		g.LinkCode = *c.LinkCode
	}
	g.reschedule(c.Period, c.PeriodValue, &faults)
	return g, faults.Err()
}

func (s *Schedule) reschedule(period *Period, value *int, faults *fault.Fields) {
	if period != nil && *period != s.Period {
		s.Period, s.Value = *period, 1
	}
	if value != nil {
		s.Value = *value
	}
	last, known := map[Period]int{Daily: 0, Weekly: 7, Monthly: 28}[s.Period]
	switch {
	case !known:
		faults.Add(fieldPeriod, "invalid_choice", "Must be DAILY, WEEKLY or MONTHLY.")
	case s.Period == Daily:
		s.Value = 0
	case s.Value < 1:
		faults.Add(fieldValue, "min_value", "Ensure this value is greater than or equal to 1.")
	case s.Value > last:
		faults.Add(fieldValue, "max_value", fmt.Sprintf("Ensure this value is less than or equal to %d.", last))
	}
}

// save saves the group g. former is the group's previous state, or nil for a new
// group. If g becomes the default group, save makes the former default group an
// ordinary group.
func (s *Settings) save(ctx context.Context, tx SettingsTx, partnerID id.UUID, groups []Group, g Group, former *Group, now time.Time) error {
	if err := checkConflicts(ctx, tx, groups, &g); err != nil {
		return err
	}
	action, details := "rebate_group.changed", changeDetails(&g, former)
	if former == nil {
		action = "rebate_group.created"
	}
	for i := range groups {
		other := groups[i]
		if !g.IsDefault || !other.IsDefault || other.ID == g.ID {
			continue
		}
		other.IsDefault = false
		if err := saveWithTerms(ctx, tx, &other, now); err != nil {
			return err
		}
		details["default_before"] = other.ID
	}
	if former != nil && former.terms(now) == g.terms(now) {
		if err := tx.SaveGroup(ctx, &g); err != nil {
			return err
		}
	} else if err := saveWithTerms(ctx, tx, &g, now); err != nil {
		return err
	}
	return s.audit.Record(ctx, audit.Entry{
		PartnerID: partnerID, Action: action, Subject: strconv.FormatInt(g.ID, 10), Details: details,
	})
}

// saveWithTerms saves a group, and the terms that apply from now onwards.
func saveWithTerms(ctx context.Context, tx SettingsTx, g *Group, now time.Time) error {
	if err := tx.SaveGroup(ctx, g); err != nil {
		return err
	}
	terms := g.terms(now)
	return tx.Append(ctx, &terms)
}

// checkConflicts checks the group g against the partner's other groups and the
// partner's links.
func checkConflicts(ctx context.Context, tx SettingsTx, groups []Group, g *Group) error {
	var faults fault.Fields
	for i := range groups {
		other := &groups[i]
		if other.ID == g.ID {
			continue
		}
		if other.Title == g.Title {
			faults.Add(fieldTitle, codeTaken, "Another group has this title.")
		}
		if g.LinkCode != "" && other.LinkCode == g.LinkCode {
			faults.Add(fieldLink, codeTaken, "Another group has this link code.")
		}
	}
	if g.LinkCode != "" {
		own, err := tx.HasLink(ctx, g.LinkCode)
		if err != nil {
			return err
		}
		if !own {
			faults.Add(fieldLink, codeUnknown, "You have no link with this code.")
		}
	}
	return faults.Err()
}

// changeDetails returns the details of a change for the audit log: all values of
// a new group, or the old and new values of the fields that changed.
func changeDetails(g, before *Group) map[string]any {
	is := groupValues(g)
	if before == nil {
		return is
	}
	changed := map[string]any{}
	for field, was := range groupValues(before) {
		if is[field] != was {
			changed[field] = []any{was, is[field]}
		}
	}
	return changed
}

func groupValues(g *Group) map[string]any {
	return map[string]any{
		fieldTitle: g.Title, fieldType: g.Type, fieldPercent: g.Percent, fieldPeriod: g.Period, fieldValue: g.Value,
		"is_default": g.IsDefault, fieldLink: g.LinkCode,
	}
}
