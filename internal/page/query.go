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

// These limit what a query may ask for.
const (
	MaxText   = int(free.Search) // characters of one value
	MaxValues = 5000             // values of one filter
	MaxOrder  = 16               // keys to sort by
	MaxOffset = 1_000_000_000_000_000
)

// Query reads a list's parameters and notes every fault it finds, so that a
// caller learns of all of them at once: read everything, then call Err. A
// parameter without a value counts as not given. If a single-valued parameter
// is given twice, the last value counts. Parameters that are never read are
// ignored.
type Query struct {
	values url.Values
	faults fault.Fields
}

// NewQuery reads from values.
func NewQuery(values url.Values) *Query { return &Query{values: values} }

// Err returns nil, or a ValidationError with every fault found so far.
func (q *Query) Err() error { return q.faults.Err() }

// Fault notes a fault that the caller of Query found itself.
func (q *Query) Fault(name, code, message string) { q.faults.Add(name, code, message) }

// Faults returns the faults found so far.
func (q *Query) Faults() fault.Fields { return q.faults }

// Page reads limit, offset and ordering. An absent limit is defaultLimit (0:
// DefaultLimit), and a larger one is reduced to MaxLimit. orderable are the
// fields that ordering may name.
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

// count reads a number of 0 or greater and reduces it to most.
func (q *Query) count(name string, absent, most int64) int64 {
	text, given := q.Text(name)
	if !given {
		return absent
	}
	if strings.Trim(text, "0123456789") != "" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n < 0 {
			q.Fault(name, "min_value", "Ensure this value is greater than or equal to 0.")
		} else {
			q.Fault(name, "invalid", "A valid integer is required.")
		}
		return absent
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n = math.MaxInt64 // all digits, so it is only too large
	}
	return min(n, most)
}

// Order reads ordering=a,-b. orderable are the fields that it may name. A field
// that is named twice keeps its first place. A list without orderable fields
// has no ordering: it ignores the parameter like any unknown one.
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

// OrderIfKnown is Order for a list whose contract names no orderable fields but
// which accepts some. It ignores an ordering that names any other field.
func (q *Query) OrderIfKnown(orderable []string) []Order {
	for _, text := range q.Values("ordering") {
		if !slices.Contains(orderable, strings.TrimPrefix(text, "-")) {
			return nil
		}
	}
	return q.Order(orderable)
}

// Text reads one value and trims it. It returns false if the value is absent or
// empty.
func (q *Query) Text(name string) (string, bool) {
	given := q.values[name]
	if len(given) == 0 {
		return "", false
	}
	text := strings.TrimSpace(given[len(given)-1])
	return text, text != ""
}

// Given reports whether a parameter is present, even without a value.
func (q *Query) Given(name string) bool { return len(q.values[name]) > 0 }

// Values reads a filter's values, comma-separated or repeated; both mean "any
// of". It trims them, drops empty ones and repetitions, and keeps their order.
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

// Choices is Values, except that each value must be one of choices.
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

// Ints is Values, except that each value must be a whole number that fits 64
// bits. It reads 45.0 as 45.
func (q *Query) Ints(name string) []int64 {
	return all(q, name, "A valid integer is required.", func(text string) (int64, error) {
		return strconv.ParseInt(Whole(text), 10, 64)
	})
}

// Days is Values, except that each value must be a date YYYY-MM-DD.
func (q *Query) Days(name string) []clock.Day { return all(q, name, WrongDate, clock.ParseDay) }

// Day reads one date YYYY-MM-DD, such as an inclusive bound X_from or X_to. It
// returns nil if the date is absent.
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

// Bools reads true or false, also as 1 or 0 and in any case. It returns the
// distinct values, or nil if the parameter is absent.
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

// ParseBool reads true and false in every spelling that programs send.
func ParseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "t", "yes", "y", "on":
		return true, nil
	case "false", "0", "f", "no", "n", "off":
		return false, nil
	}
	return false, strconv.ErrSyntax
}

func all[T any](q *Query, name, message string, parse func(string) (T, error)) []T {
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
