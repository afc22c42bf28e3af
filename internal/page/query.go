package page

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	free "github.com/tributary-server/tributary/internal/text"
)

// These are the limits on a query.
const (
	MaxText   = int(free.Search) // maximum number of characters in a value
	MaxValues = 5000             // maximum number of values in a filter
	MaxOrder  = 16               // maximum number of fields in ordering
	MaxOffset = 1_000_000_000_000_000
)

// Query reads the parameters of a request for a list. It collects all faults, so
// that the caller learns all of them from one response. The code that uses a Query
// must read all parameters and then call Err.
//
// A parameter without a value counts as absent. If a parameter that takes one value
// is repeated, its last value applies. Parameters that are not read are ignored.
type Query struct {
	values url.Values
	faults fault.Fields
}

// NewQuery returns a Query that reads values.
func NewQuery(values url.Values) *Query { return &Query{values: values} }

// Err returns a ValidationError with all faults that were found so far. It
// returns nil if there are none.
func (q *Query) Err() error { return q.faults.Err() }

// Fault adds a fault that the code that uses the Query has found.
func (q *Query) Fault(name, code, message string) { q.faults.Add(name, code, message) }

// Faults returns the faults that were found so far.
func (q *Query) Faults() fault.Fields { return q.faults }

// Page reads the parameters limit, offset and ordering. A missing limit means
// defaultLimit, or DefaultLimit if defaultLimit is 0. A limit above MaxLimit is
// reduced to MaxLimit. Only orderable fields may occur in ordering.
func (q *Query) Page(defaultLimit int, orderable []string) Page {
	if defaultLimit == 0 {
		defaultLimit = DefaultLimit
	}
	return Page{
		Limit:  int(q.count("limit", int64(defaultLimit), MaxLimit)),
		Offset: int(q.count("offset", 0, MaxOffset)),
		Order:  q.Order(orderable),
	}
}

// count reads a whole number that is not negative. A number above maximum is
// reduced to maximum. If the request lacks the parameter, count returns fallback.
func (q *Query) count(name string, fallback, maximum int64) int64 {
	text, given := q.Text(name)
	if !given {
		return fallback
	}
	if strings.Trim(text, "0123456789") != "" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n < 0 {
			q.Fault(name, "min_value", "Ensure this value is greater than or equal to 0.")
		} else {
			q.Fault(name, "invalid", "A valid integer is required.")
		}
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n = math.MaxInt64 // the text has only digits, so the number is too large for an int64
	}
	return min(n, maximum)
}

// Order reads a parameter such as ordering=a,-b. Only orderable fields may
// occur in it. If a field occurs twice, its first position applies. If no field
// is orderable, the parameter is ignored, like any unknown parameter.
func (q *Query) Order(orderable []string) []Order {
	var order []Order
	if len(orderable) == 0 {
		return nil
	}
	for _, text := range q.Values("ordering") {
		field, descending := strings.CutPrefix(text, "-")
		switch {
		case !slices.Contains(orderable, field):
			q.Fault("ordering", "invalid_choice", notAChoice(text))
			return nil
		case slices.ContainsFunc(order, func(o Order) bool { return o.Field == field }):
		case len(order) == MaxOrder:
			q.Fault("ordering", "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", MaxOrder))
			return nil
		default:
			order = append(order, Order{Field: field, Descending: descending})
		}
	}
	return order
}

// OrderIfKnown is like Order, but ignores the whole parameter if it names a field
// that is not orderable. It is for lists for which the Exness-compatible API
// defines no ordering.
func (q *Query) OrderIfKnown(orderable []string) []Order {
	for _, text := range q.Values("ordering") {
		if !slices.Contains(orderable, strings.TrimPrefix(text, "-")) {
			return nil
		}
	}
	return q.Order(orderable)
}

// Text reads one value, without leading and trailing space. It returns false if
// the value is absent or empty.
func (q *Query) Text(name string) (string, bool) {
	given := q.values[name]
	if len(given) == 0 {
		return "", false
	}
	text := strings.TrimSpace(given[len(given)-1])
	return text, text != ""
}

// Given reports whether a parameter is present, even if it has no value.
func (q *Query) Given(name string) bool { return len(q.values[name]) > 0 }

// Values reads the values of a filter. The parameter may be repeated, and each value
// may be a comma-separated list. Values removes surrounding space, empty values and
// repeats. It does not change the order.
func (q *Query) Values(name string) []string {
	given := q.values[name]
	if len(given) == 0 {
		return nil
	}
	var values []string
	seen := map[string]struct{}{}
	for _, item := range given {
		for text := range strings.SplitSeq(item, ",") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			if _, repeated := seen[text]; repeated {
				continue
			}
			if len(values) == MaxValues {
				q.Fault(name, "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", MaxValues))
				return nil
			}
			seen[text] = struct{}{}
			values = append(values, text)
		}
	}
	return values
}

// Choices is like Values, but adds a fault for each value that is not one of
// the choices.
func (q *Query) Choices(name string, choices []string) []string {
	values := q.Values(name)
	for _, v := range values {
		if !slices.Contains(choices, v) {
			q.Fault(name, "invalid_choice", notAChoice(v))
			return nil
		}
	}
	return values
}

// Ints is like Values, but each value must be a whole number of at most 64 bits. It
// reads 45.0 as 45.
func (q *Query) Ints(name string) []int64 {
	return parseAll(q, name, "A valid integer is required.", func(text string) (int64, error) {
		return strconv.ParseInt(Whole(text), 10, 64)
	})
}

// Days is like Values, but each value must be a date in the form YYYY-MM-DD.
func (q *Query) Days(name string) []clock.Day { return parseAll(q, name, WrongDate, clock.ParseDay) }

// Day reads the date, in the form YYYY-MM-DD, of a parameter such as X_from or
// X_to. It returns nil if the parameter is absent.
func (q *Query) Day(name string) *clock.Day {
	text, given := q.Text(name)
	if !given {
		return nil
	}
	day, err := clock.ParseDay(text)
	if err != nil {
		q.Fault(name, "invalid", WrongDate)
		return nil
	}
	return &day
}

// WrongDate is the message for a date that cannot be read.
const WrongDate = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."

// Bools reads true, false, 1 or 0, ignoring case. It returns the distinct
// values, or nil if the parameter is absent.
func (q *Query) Bools(name string) []bool {
	var out []bool
	for _, text := range q.Values(name) {
		value, err := ParseBool(text)
		if err != nil {
			q.Fault(name, "invalid", "Must be a valid boolean.")
			return nil
		}
		if !slices.Contains(out, value) {
			out = append(out, value)
		}
	}
	return out
}

// ParseBool parses the spellings of true and false that programs send.
func ParseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "t", "yes", "y", "on":
		return true, nil
	case "false", "0", "f", "no", "n", "off":
		return false, nil
	}
	return false, strconv.ErrSyntax
}

func parseAll[T any](q *Query, name, message string, parse func(string) (T, error)) []T {
	values := q.Values(name)
	if values == nil {
		return nil
	}
	parsed := make([]T, 0, len(values))
	for _, text := range values {
		v, err := parse(text)
		if err != nil {
			q.Fault(name, "invalid", message)
			return nil
		}
		parsed = append(parsed, v)
	}
	return parsed
}

func notAChoice(text string) string { return `"` + free.Clip(text) + `" is not a valid choice.` }
