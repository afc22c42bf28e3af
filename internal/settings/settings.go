// Package settings declares the programme's settings. Their values are in the
// store, so that all commands and servers use the same values.
//
// Settings are declared in catalogue.go. The method At returns the value that
// applies at a given time:
//
//	window := settings.AttributionWindow.At(values, registeredAt)
package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// Info describes a setting.
type Info struct {
	Name    string // for example attribution_window
	About   string // describes the setting to the operator in a sentence
	Initial string // value until the operator sets another one
	Dated   bool   // true if each value applies from its own time onwards, or false if the last value applies at all times
	Fixed   string // event that makes the value permanent, such as "the first fact or click"; empty if the value can always change

	check func(text string) (canonical string, err error)
}

// Setting is a setting whose values are of type T.
type Setting[T any] struct {
	Info

	parse func(text string) (T, error)
}

// Value is a stored value of a setting.
type Value struct {
	Text    string
	From    time.Time // time from which the value applies; Beginning if the setting is not dated
	Created time.Time
	Fixed   bool // true if the value is permanent
}

// Values maps the name of each setting to its stored values, oldest first.
type Values map[string][]Value

// Beginning is the value of From if a value has always applied.
var Beginning = time.Time{}.UTC()

var all []*Info

// declare adds a setting to the catalogue. format converts a value to the text
// that is stored. declare panics if the initial value is not valid.
func declare[T any](info Info, parse func(string) (T, error), format func(T) string) *Setting[T] {
	info.check = func(text string) (string, error) {
		value, err := parse(text)
		if err != nil {
			return "", err
		}
		return format(value), nil
	}
	s := &Setting[T]{info, parse}
	if _, err := parse(info.Initial); err != nil {
		panic(fmt.Sprintf("settings: the initial value of %s: %v", info.Name, err))
	}
	all = append(all, &s.Info)
	return s
}

// All returns the settings in the order of their names.
func All() []*Info {
	return slices.SortedFunc(slices.Values(all), func(a, b *Info) int { return strings.Compare(a.Name, b.Name) })
}

// Find returns the setting with a name. The name may contain hyphens instead of
// underscores. Find returns ValidationError if there is no such setting.
func Find(name string) (*Info, error) {
	wanted := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	var names []string
	for _, info := range All() {
		if info.Name == wanted {
			return info, nil
		}
		names = append(names, info.Name)
	}
	return nil, fault.Invalid("name", "does_not_exist",
		fmt.Sprintf("There is no setting %q. Choose one of: %s.", name, strings.Join(names, ", ")))
}

// Canonical checks a value and converts it to the form that is stored. It returns
// ValidationError if the value is not valid.
func (i *Info) Canonical(text string) (string, error) {
	canonical, err := i.check(text)
	if err != nil {
		return "", fault.Invalid(i.Name, "invalid", err.Error())
	}
	return canonical, nil
}

// At returns the text of the value that applies at a given time, and reports
// whether the operator has set this value. If the operator has set none, At
// returns the initial value.
func (i *Info) At(v Values, at time.Time) (text string, set bool) {
	if value := v.valueAt(i.Name, at); value != nil {
		return value.Text, true
	}
	return i.Initial, false
}

// At returns the value that applies at a given time.
func (s *Setting[T]) At(v Values, at time.Time) T {
	text, _ := s.Info.At(v, at)
	value, err := s.parse(text)
	if err != nil { // a newer version wrote a value that this version cannot read, so the initial value applies
		value, _ = s.parse(s.Initial)
	}
	return value
}

// Parse reads a value.
func (s *Setting[T]) Parse(text string) (T, error) { return s.parse(text) }

// valueAt returns the newest value that starts at or before a given time, or nil
// if there is none.
func (v Values) valueAt(name string, at time.Time) *Value {
	list := v[name]
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].From.After(at) {
			return &list[i]
		}
	}
	return nil
}

// Add inserts a value by its time. Values may be added in any order.
func (v Values) Add(name string, value Value) {
	v[name] = append(v[name], value)
	slices.SortStableFunc(v[name], func(a, b Value) int {
		if c := a.From.Compare(b.From); c != 0 {
			return c
		}
		return a.Created.Compare(b.Created)
	})
}

// IsFixed reports whether a setting has become permanent.
func (v Values) IsFixed(name string) bool {
	return slices.ContainsFunc(v[name], func(value Value) bool { return value.Fixed })
}

// ErrFixed means that a setting has become permanent.
var ErrFixed = errors.New("the value can no longer be changed")
