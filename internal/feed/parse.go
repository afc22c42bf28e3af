package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/money"
)

// Limits on what a sender may write.
const (
	MaxLine    = 64 << 10 // bytes in one line
	MaxID      = 64       // characters in a fact's id
	maxText    = 100      // characters in any other text
	maxSeveral = 20       // texts in a list
	maxEmail   = 254
	maxDigits  = 20 // of a client account
	maxCode    = 64
)

// LineError is why one line was refused. Code is for programs: invalid_json,
// required, invalid, max_length, decimal_places, out_of_range, unknown_type,
// conflict, in_future...
type LineError struct {
	ID      string // the fact's id when it could be read
	Code    string
	Message string // names the field
}

// Error implements error.
func (e *LineError) Error() string { return e.Code + ": " + e.Message }

func refuse(code, format string, args ...any) *LineError {
	return &LineError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// ParseLine reads one line of the feed. The error, if any, is a *LineError.
func ParseLine(line []byte) (Fact, error) {
	if len(line) > MaxLine {
		return Fact{}, refuse("max_length", "a line is at most %d bytes", MaxLine)
	}
	if !utf8.Valid(line) {
		return Fact{}, refuse("invalid_json", "the line is not UTF-8")
	}
	var w wire
	if err := json.Unmarshal(line, &w); err != nil {
		return Fact{}, explain(line, err)
	}
	fact, err := w.fact()
	if err != nil {
		var refused *LineError
		if errors.As(err, &refused) && len(w.ID.V) <= MaxID {
			refused.ID = w.ID.V
		}
		return Fact{}, err
	}
	return fact, nil
}

// explain turns a decoding error into the field's own.
func explain(line []byte, err error) *LineError {
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(line, &fields) != nil {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
			return refuse("invalid_json", "the line is not valid JSON: %v", err)
		}
		return refuse("invalid_json", "the line is not a JSON object")
	}
	out := refuse("invalid_json", "the line is not valid JSON: %v", err)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		// The decoder does not say whose value it stumbled over: try one by one.
		alone, _ := json.Marshal(map[string]json.RawMessage{name: fields[name]}) //nolint:errchkjson // what was just decoded encodes
		if field, ok := errors.AsType[*fieldError](json.Unmarshal(alone, &wire{})); ok {
			out = &LineError{Code: field.code, Message: name + ": " + field.message}
			break
		}
	}
	var factID string
	if json.Unmarshal(fields["id"], &factID) == nil && len(factID) <= MaxID {
		out.ID = factID
	}
	return out
}

// fieldError is a value of a known field that cannot be read.
type fieldError struct{ code, message string }

func (e *fieldError) Error() string { return e.message }

// opt is a field that may be absent or null.
type opt[T any] struct {
	Set bool
	V   T
}

// UnmarshalJSON implements json.Unmarshaler. null counts as absent.
func (o *opt[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, &o.V); err != nil {
		return wrong(b, err)
	}
	o.Set = true
	return nil
}

func wrong(b []byte, err error) error {
	shown := string(b)
	if len(shown) > 40 {
		shown = shown[:40] + "..."
	}
	switch {
	case errors.Is(err, money.ErrPlaces):
		return &fieldError{"decimal_places", fmt.Sprintf("%s has %v", shown, err)}
	case errors.Is(err, money.ErrTooLarge):
		return &fieldError{"out_of_range", fmt.Sprintf("%s is out of range", shown)}
	default:
		return &fieldError{"invalid", fmt.Sprintf("%s is not a valid value", shown)}
	}
}

// instant is an RFC 3339 moment.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err == nil && strings.Contains(text, ",") {
		err = errors.New("RFC 3339 has no comma")
	}
	if err != nil {
		return err
	}
	if y := t.UTC().Year(); y < 1970 || y > 9999 {
		return fmt.Errorf("year %d", y)
	}
	i.Time = t.UTC().Truncate(time.Microsecond)
	return nil
}

// checker collects the first fault of a line; later checks do nothing.
type checker struct{ err *LineError }

func (c *checker) failf(code, format string, args ...any) {
	if c.err == nil {
		c.err = refuse(code, format, args...)
	}
}

// text returns a required text, trimmed.
func (c *checker) text(name string, o opt[string]) string {
	v := c.optional(name, o)
	if v == "" {
		c.failf("required", "%s: this field is required", name)
	}
	return v
}

// optional returns a text that may be absent, trimmed.
func (c *checker) optional(name string, o opt[string]) string {
	v := strings.TrimSpace(o.V)
	if utf8.RuneCountInString(v) > maxText {
		c.failf("max_length", "%s: at most %d characters", name, maxText)
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		c.failf("invalid", "%s: control characters are not allowed", name)
	}
	return v
}

// several returns texts that may be absent, in their order and without repeats:
// lists of the same texts are the same.
func (c *checker) several(name string, o opt[[]string]) []string {
	if len(o.V) > maxSeveral {
		c.failf("max_length", "%s: at most %d of them", name, maxSeveral)
		return nil
	}
	var list []string
	for _, v := range o.V {
		if v = c.optional(name, opt[string]{V: v}); v != "" {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// code returns a required link code: it stands in links and in lists of filters.
func (c *checker) code(name string, o opt[string]) string {
	v := c.text(name, o)
	if len(v) > maxCode || strings.ContainsFunc(v, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}) {
		c.failf("invalid", "%s: %q is not at most %d letters, digits, '-', '_' and '.'", name, v, maxCode)
	}
	return v
}

func (c *checker) oneOf(name string, o opt[string], allowed ...string) string {
	v := c.text(name, o)
	if slices.Contains(allowed, v) {
		return v
	}
	c.failf("invalid", "%s: %q is none of %s", name, v, strings.Join(allowed, ", "))
	return v
}

func (c *checker) email(o opt[string]) string {
	v := strings.ToLower(strings.TrimSpace(o.V))
	local, domain, found := strings.Cut(v, "@")
	switch {
	case v == "":
		c.failf("required", "email: this field is required")
	case len(v) > maxEmail:
		c.failf("max_length", "email: at most %d characters", maxEmail)
	case !found || local == "" || domain == "" || strings.ContainsAny(v, " \t\r\n\x00,;<>\"") || strings.Contains(domain, "@"):
		c.failf("invalid", "email: %q is not an e-mail address", v)
	}
	return v
}

func (c *checker) country(o opt[string]) string {
	v := strings.ToUpper(c.text("country", o))
	if len(v) != 2 || v[0] < 'A' || v[0] > 'Z' || v[1] < 'A' || v[1] > 'Z' {
		c.failf("invalid", "country: %q is not an ISO 3166 alpha-2 code", v)
	}
	return v
}

func (c *checker) currency(name string, o opt[string]) string {
	v := strings.ToUpper(c.text(name, o))
	if len(v) < 3 || len(v) > 8 || strings.ContainsFunc(v, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		c.failf("invalid", "%s: %q is not a currency code", name, v)
	}
	return v
}

// Digits reports whether s can be a client account.
func Digits(s string) bool {
	if s == "" || len(s) > maxDigits {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func (c *checker) account(o opt[digits]) string {
	v := strings.TrimSpace(string(o.V))
	switch {
	case v == "":
		c.failf("required", "client_account: this field is required")
	case !Digits(v):
		c.failf("invalid", "client_account: %q is not a string of at most %d digits", v, maxDigits)
	}
	return v
}

// digits reads an account number given as a string or as a number.
type digits string

// UnmarshalJSON implements json.Unmarshaler.
func (d *digits) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(d))
	}
	if !Digits(string(b)) {
		return errors.New("not digits")
	}
	*d = digits(b)
	return nil
}

// positive returns a required decimal above zero.
func positive[T money.Scaled](c *checker, name string, o opt[T]) T {
	if !o.Set {
		c.failf("required", "%s: this field is required", name)
	} else if o.V <= 0 {
		c.failf("out_of_range", "%s: must be above zero", name)
	}
	return o.V
}

// atLeastZero returns a decimal that may not be negative.
func atLeastZero[T money.Scaled](c *checker, name string, o opt[T], required bool) T {
	if !o.Set && required {
		c.failf("required", "%s: this field is required", name)
	} else if o.V < 0 {
		c.failf("out_of_range", "%s: must not be negative", name)
	}
	return o.V
}

func optionalSpread(c *checker, name string, o opt[money.Spread]) *money.Spread {
	if !o.Set {
		return nil
	}
	v := spread(c, name, o)
	return &v
}

func spread(c *checker, name string, o opt[money.Spread]) money.Spread {
	v := atLeastZero(c, name, o, true)
	if v > maxSpread {
		c.failf("out_of_range", "%s: at most %s points", name, maxSpread)
	}
	return v
}

func moment(c *checker, name string, o opt[instant]) time.Time {
	if !o.Set {
		c.failf("required", "%s: this field is required", name)
	}
	return o.V.Time
}
