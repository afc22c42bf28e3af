package feed

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/object"
	free "github.com/tributary-server/tributary/internal/text"
)

// Form is the JSON type of a value.
type Form string

// These are the forms of values.
const (
	FormString  Form = "string"
	FormDecimal Form = "decimal" // a number or a string
	FormInteger Form = "integer"
	FormBoolean Form = "boolean"
	FormAccount Form = "account" // a string of digits, or an integer
	FormStrings Form = "strings"
)

// Shape describes the valid values of a field. The documentation and the schema
// are generated from the shapes.
type Shape struct {
	Form      Form
	Says      string   // description of the valid values
	Format    string   // uuid, email, date-time or date, as in JSON Schema
	Pattern   string   // regular expression for a string
	Enum      []string // all allowed values; nil if any value is allowed
	MaxLength int      // maximum length of a string in characters
	MaxItems  int      // maximum number of items in a list
	Places    int      // maximum number of decimal places
	Least     string   // minimum of a number; empty if there is no minimum
	Most      string   // maximum of a number; empty if there is no maximum
	Above     bool     // whether Least itself is refused
}

// kind describes the values that a field accepts, and reads them. If a value
// means that the field is absent, read returns given as false.
type kind[T any] struct {
	Shape

	read func(value []byte) (v T, given bool, wrong *wrong)
}

// wrong is the reason why a value is refused.
type wrong struct{ code, message string }

func wrongf(code, format string, args ...any) *wrong {
	return &wrong{code, fmt.Sprintf(format, args...)}
}

// display returns the value that was sent, for an error message. It shortens and
// quotes the value if necessary.
func display(value []byte) string {
	s := free.Clip(string(value))
	if free.Line(s) != nil {
		return strconv.Quote(s)
	}
	return s
}

// text accepts strings up to a maximum number of characters. It removes leading
// and trailing space.
func text(most int) kind[string] {
	says := fmt.Sprintf("text, at most %d characters", most)
	return kind[string]{Shape{Form: FormString, Says: says, MaxLength: most}, func(value []byte) (string, bool, *wrong) {
		s, ok := object.Text(value)
		if !ok {
			return "", false, wrongf("invalid", "%s is not a string", display(value))
		}
		s = strings.TrimSpace(s)
		if utf8.RuneCountInString(s) > most {
			return "", false, wrongf("max_length", "must have at most %d characters, but has %d", most, utf8.RuneCountInString(s))
		}
		if err := free.Line(s); err != nil {
			return "", false, wrongf("invalid", "%v", err)
		}
		return s, s != "", nil
	}}
}

// narrow returns a kind that accepts only those texts of k that fit accepts
// too. fit can also replace the text.
func narrow(k kind[string], says string, fit func(string) (string, *wrong)) kind[string] {
	read := k.read
	k.Says = says
	k.read = func(value []byte) (string, bool, *wrong) {
		s, given, bad := read(value)
		if given && bad == nil {
			s, bad = fit(s)
		}
		return s, given && bad == nil, bad
	}
	return k
}

func fits(s string, most int, more func(r rune) bool) bool {
	return len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !more(r)
	})
}

// newCode accepts the link code that a fact creates. Only some characters are
// allowed, because the code is used in links and in filters.
var newCode = withPattern(narrow(text(maxCode), fmt.Sprintf("at most %d letters, digits, `-`, `_` and `.`", maxCode), func(s string) (string, *wrong) {
	if !fits(s, maxCode, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		return "", wrongf("invalid", "%q must consist of at most %d letters, digits, '-', '_' and '.'", s, maxCode)
	}
	return s, nil
}), `^[A-Za-z0-9._-]+$`)

func withPattern(k kind[string], pattern string) kind[string] {
	k.Pattern = pattern
	return k
}

func withFormat(k kind[string], format string) kind[string] {
	k.Format = format
	return k
}

func oneOf(allowed ...string) kind[string] {
	k := narrow(text(maxText), "one of `"+strings.Join(allowed, "`, `")+"`", func(s string) (string, *wrong) {
		if !slices.Contains(allowed, s) {
			return "", wrongf("invalid", "%q is not one of %s", s, strings.Join(allowed, ", "))
		}
		return s, nil
	})
	k.Enum, k.MaxLength = allowed, 0
	return k
}

var mailAddress = withFormat(narrow(text(int(free.Email)), "an e-mail address, compared ignoring case", func(s string) (string, *wrong) {
	if !email.Valid(s) {
		return "", wrongf("invalid", "%q is not an e-mail address", s)
	}
	return email.Normal(s), nil
}), "email")

var country = withPattern(narrow(text(maxText), "two letters, ISO 3166-1 alpha-2", func(s string) (string, *wrong) {
	v := strings.ToUpper(s)
	if len(v) != 2 || v[0] < 'A' || v[0] > 'Z' || v[1] < 'A' || v[1] > 'Z' {
		return "", wrongf("invalid", "%q is not an ISO 3166 alpha-2 code", s)
	}
	return v, nil
}), `^[A-Za-z]{2}$`)

var currency = withPattern(narrow(text(maxText), "a currency code, 3 to 8 letters and digits", func(s string) (string, *wrong) {
	v := strings.ToUpper(s)
	if len(v) < 3 || !fits(v, 8, func(rune) bool { return false }) {
		return "", wrongf("invalid", "%q is not a currency code", s)
	}
	return v, nil
}), `^[A-Za-z0-9]{3,8}$`)

var symbol = narrow(text(maxText), "an instrument's symbol, compared ignoring case", func(s string) (string, *wrong) { return NormalSymbol(s), nil })

var day = withFormat(narrow(text(maxText), "a day, `YYYY-MM-DD`", func(s string) (string, *wrong) {
	if _, err := clock.ParseDay(s); err != nil {
		return "", wrongf("invalid", "%q is not a YYYY-MM-DD date", s)
	}
	return s, nil
}), "date")

// Digits reports whether s has the form of a client account's number.
func Digits(s string) bool {
	return s != "" && len(s) <= maxDigits && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

var account = kind[string]{
	Shape{
		Form: FormAccount, Says: fmt.Sprintf("a string of at most %d digits (an integer is accepted too)", maxDigits),
		Pattern: `^[0-9]+$`, MaxLength: maxDigits,
	},
	func(value []byte) (string, bool, *wrong) {
		s := string(value)
		if inside, ok := object.Text(value); ok {
			if s = strings.TrimSpace(inside); s == "" {
				return "", false, nil
			}
		}
		if !Digits(s) {
			return "", false, wrongf("invalid", "%s is not a string of at most %d digits", display(value), maxDigits)
		}
		return s, true, nil
	},
}

var uuid = kind[id.UUID]{
	Shape{Form: FormString, Says: "a UUID", Format: "uuid"}, func(value []byte) (id.UUID, bool, *wrong) {
		s, ok := object.Text(value)
		if s = strings.TrimSpace(s); ok && s == "" {
			return id.Nil, false, nil
		}
		u, err := id.Parse(s)
		if err != nil {
			return id.Nil, false, wrongf("invalid", "%s is not a UUID", display(value))
		}
		return u, u != id.Nil, nil
	},
}

var flag = kind[*bool]{
	Shape{Form: FormBoolean, Says: "`true` or `false`"}, func(value []byte) (*bool, bool, *wrong) {
		v := string(value) == "true"
		if !v && string(value) != "false" {
			return nil, false, wrongf("invalid", "%s is neither true nor false", display(value))
		}
		return &v, true, nil
	},
}

var moment = kind[time.Time]{
	Shape{Form: FormString, Says: "an RFC 3339 time with its offset, from 1970 on", Format: "date-time"}, func(value []byte) (time.Time, bool, *wrong) {
		s, ok := object.Text(value)
		if s = strings.TrimSpace(s); ok && s == "" {
			return time.Time{}, false, nil
		}
		// RFC 3339 also allows a lower-case t and z, and no other letters.
		s = strings.ToUpper(s)
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || !isRFC3339(s) {
			return t, false, wrongf("invalid", "%s is not an RFC 3339 time, such as 2026-06-30T12:00:00Z", display(value))
		}
		if t = t.UTC(); t.Year() < 1970 || t.Year() > 9999 {
			return t, false, wrongf("out_of_range", "%s is not between the years 1970 and 9999", display(value))
		}
		return t.Truncate(time.Microsecond), true, nil
	},
}

// isRFC3339 reports whether a time that time.Parse accepts is valid RFC 3339.
// time.Parse also accepts hours of one digit, a comma before the fraction, and
// offsets of a day or more.
func isRFC3339(s string) bool {
	offset := s[len(s)-min(len(s), len("+23:59")):]
	return s[13] == ':' && !strings.Contains(s, ",") && (strings.HasSuffix(s, "Z") || offset[1:3] <= "23")
}

// textList accepts a list of texts. It sorts the list and removes duplicates,
// so that two lists with the same texts are equal.
var textList = kind[[]string]{
	Shape{
		Form: FormStrings, Says: fmt.Sprintf("a list of at most %d texts, each of at most %d characters", maxSeveral, maxText),
		MaxLength: maxText, MaxItems: maxSeveral,
	},
	func(value []byte) ([]string, bool, *wrong) {
		items, err := object.Items(value)
		if err != nil {
			return nil, false, wrongf("invalid", "%s is not a list of strings", display(value))
		}
		if len(items) > maxSeveral {
			return nil, false, wrongf("max_length", "a list has at most %d elements", maxSeveral)
		}
		var list []string
		one := text(maxText)
		for _, item := range items {
			s, given, bad := one.read(item)
			if bad != nil {
				return nil, false, bad
			}
			if given {
				list = append(list, s)
			}
		}
		slices.Sort(list)
		list = slices.Compact(list)
		return list, list != nil, nil
	},
}

func integer[T ~int | ~int64](least, most T) kind[T] {
	low, high := strconv.FormatInt(int64(least), 10), strconv.FormatInt(int64(most), 10)
	says := fmt.Sprintf("an integer from %s to %s", low, high)
	return kind[T]{Shape{Form: FormInteger, Says: says, Least: low, Most: high}, func(value []byte) (T, bool, *wrong) {
		n, err := strconv.ParseInt(string(value), 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange) || err == nil && (T(n) < least || T(n) > most):
			return 0, false, wrongf("out_of_range", "%s is not between %s and %s", display(value), low, high)
		case err != nil:
			return 0, false, wrongf("invalid", "%s is not an integer", display(value))
		}
		return T(n), true, nil
	}}
}

// decimal accepts an exact decimal number from lowest to highest. If
// excludeLowest is true, the number must be above lowest. The unit is added to
// the description of the field, unless it is empty.
func decimal[T interface {
	money.Scaled
	String() string
}](lowest, highest T, excludeLowest bool, unit string,
) kind[T] {
	shape := Shape{Form: FormDecimal, Places: lowest.Places(), Least: lowest.String(), Most: highest.String(), Above: excludeLowest}
	limits := "from " + shape.Least + " to " + shape.Most
	if excludeLowest {
		limits = "above " + shape.Least + " and at most " + shape.Most
	}
	shape.Says = fmt.Sprintf("a decimal, %s, with at most %d places", limits, shape.Places)
	if unit != "" {
		shape.Says += ", in " + unit
	}
	return kind[T]{shape, func(value []byte) (T, bool, *wrong) {
		s := string(value)
		if inside, ok := object.Text(value); ok {
			s = inside
		}
		v, err := money.Parse[T](s)
		switch {
		case errors.Is(err, money.ErrPlaces):
			return 0, false, wrongf("decimal_places", "%s has %v", display(value), err)
		case errors.Is(err, money.ErrTooLarge):
			return 0, false, wrongf("out_of_range", "%s is out of range: it must be %s", display(value), limits)
		case err != nil:
			return 0, false, wrongf("invalid", "%s is not a decimal number", display(value))
		case v < lowest && lowest == 0 && !excludeLowest:
			return 0, false, wrongf("out_of_range", "must not be negative, but is %s", display(value))
		case v < lowest || excludeLowest && v == lowest || v > highest:
			return 0, false, wrongf("out_of_range", "%s is out of range: it must be %s", display(value), limits)
		}
		return v, true, nil
	}}
}

// pointer returns a kind with the same valid values as k, for a field that may
// be absent. An absent value is nil, so that it differs from zero.
func pointer[T any](k kind[T]) kind[*T] {
	return kind[*T]{k.Shape, func(value []byte) (*T, bool, *wrong) {
		v, given, bad := k.read(value)
		return &v, given, bad
	}}
}
