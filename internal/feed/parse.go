package feed

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/object"
	free "github.com/tributary-server/tributary/internal/text"
)

// ParseLine parses one line of the feed. If the line is not valid, it returns a
// *LineError with every fault.
func ParseLine(line []byte) (Fact, error) {
	if len(line) > MaxLine {
		return Fact{}, Refuse("max_length", "a line is at most %d bytes", MaxLine)
	}
	if !utf8.Valid(line) {
		return Fact{}, Refuse("invalid_json", "the line is not UTF-8")
	}
	var room [32]object.Member
	members, err := object.Members(room[:0], line)
	switch {
	case errors.Is(err, object.ErrNotObject):
		return Fact{}, Refuse("invalid_json", "the line is not a JSON object")
	case err != nil:
		return Fact{}, Refuse("invalid_json", "the line is not valid JSON")
	}
	c := &checker{halves: object.Half(line) != ""}
	fact := c.fact(members)
	if len(c.faults) > 0 {
		return Fact{}, c.lineError(fact.ID)
	}
	return fact, nil
}

func (c *checker) fact(members []object.Member) Fact {
	var fact Fact
	var kind string
	var places [3]int // positions of id, type and at among the members of the line, starting at 1; 0 if absent
	for i, m := range members {
		if at := headPlace(m.Name); at >= 0 {
			c.recordPlace(places[:], at, i, headNames[at])
		}
	}
	head(c, "id", idKind, value(c, members, places[0], "id"), &fact.ID)
	head(c, "type", typeKind, value(c, members, places[1], "type"), &kind)
	head(c, "at", momentKind, value(c, members, places[2], "at"), &fact.At)
	fact.Type = Type(kind)
	spec := byType[fact.Type]
	if spec == nil {
		if kind != "" {
			c.add("type", "unknown_type", fmt.Sprintf("%q is not a type of fact", kind))
		}
		return fact
	}
	fact.Body = spec.read(members, c)
	return fact
}

var headNames = [...]string{"id", "type", "at"}

func headPlace(name []byte) int {
	switch string(name) {
	case "id":
		return 0
	case "type":
		return 1
	case "at":
		return 2
	default:
		return -1
	}
}

func head[T any](c *checker, name string, k kind[T], value []byte, into *T) {
	if value == nil {
		c.addMissing(name)
		return
	}
	v, given, bad := k.read(value)
	switch {
	case bad != nil:
		c.add(name, bad.code, bad.message)
	case !given:
		c.addMissing(name)
	default:
		*into = v
	}
}

const maxFields = 32

// read builds a body from the members of a line.
func (s *Spec) read(members []object.Member, c *checker) any {
	var places [maxFields]int // position of each field among the members, starting at 1; 0 if absent
	for i, m := range members {
		if at, known := s.place[string(m.Name)]; known {
			c.recordPlace(places[:], at, i, s.Fields[at].Name)
		} else if headPlace(m.Name) < 0 {
			c.unknown(s, string(m.Name))
		}
	}
	body := s.empty()
	for i, f := range s.Fields {
		switch v := value(c, members, places[i], f.Name); {
		case v != nil:
			f.read(body, v, c)
		case f.Required:
			c.addMissing(f.Name)
		}
	}
	if len(c.faults) == 0 {
		s.check(body, c)
	}
	return body
}

// value returns the value of a field. It returns nil if the field is absent or
// null.
func value(c *checker, members []object.Member, place int, name string) []byte {
	if place == 0 || members[place-1].Null() {
		return nil
	}
	v := members[place-1].Value
	if c.halves {
		if half := object.Half(v); half != "" {
			c.add(name, "invalid", half+" is half of a surrogate pair, not a character")
		}
	}
	return v
}

type checker struct {
	faults []FieldError
	more   int  // number of faults that were left out because of maxFaults
	halves bool // whether the line contains half of a surrogate pair
}

// maxFaults is the maximum number of faults in the error of a line.
const maxFaults = 20

func (c *checker) add(field, code, message string) {
	for i := range c.faults {
		if c.faults[i].Field == field {
			return
		}
	}
	if len(c.faults) == maxFaults {
		c.more++
		return
	}
	c.faults = append(c.faults, FieldError{Field: field, Code: code, Message: message})
}

func (c *checker) addMissing(field string) { c.add(field, "required", "this field is required") }

// recordPlace records the position of a field. It adds a fault if the field occurs
// twice.
func (c *checker) recordPlace(places []int, field, member int, name string) {
	if places[field] != 0 {
		c.add(name, "duplicate_field", "this field is given twice; send it once")
	}
	places[field] = member + 1
}

func (c *checker) unknown(s *Spec, name string) {
	message := string(s.Type) + " has no such field"
	if meant := s.nearestField(name); meant != "" {
		message += "; did you mean " + meant + "?"
	}
	c.add(display([]byte(name)), "unknown_field", message)
}

// lineError returns the error of a line. Its code is the code of the first
// fault.
func (c *checker) lineError(factID string) *LineError {
	e := &LineError{ID: factID, Code: c.faults[0].Code, Details: c.faults}
	texts := make([]string, 0, len(c.faults)+1)
	for _, f := range c.faults {
		texts = append(texts, f.Field+": "+f.Message)
	}
	if c.more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", c.more))
	}
	e.Message = strings.Join(texts, "; ")
	return e
}

// LineError says why a line was refused. Codes lists all values of its field
// Code.
type LineError struct {
	ID      string // id of the fact; empty if it could not be read
	Code    string // code of the first fault
	Message string
	Details []FieldError // may be empty; Faults returns all faults
}

// FieldError is one fault in one field of a line.
type FieldError struct {
	Field   string `json:"field"` // name of the field; empty for a fault of the whole line
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *LineError) Error() string { return e.Code + ": " + e.Message }

// Faults returns all faults. There is at least one.
func (e *LineError) Faults() []FieldError {
	if len(e.Details) > 0 {
		return e.Details
	}
	field, message, found := strings.Cut(e.Message, ": ")
	if !found || strings.Trim(field, "abcdefghijklmnopqrstuvwxyz_") != "" {
		field, message = "", e.Message
	}
	return []FieldError{{Field: field, Code: e.Code, Message: message}}
}

// Refuse returns the error of a line with one fault. A message about a field
// must start with the field's name and a colon, because Faults takes the field
// from there.
func Refuse(code, format string, args ...any) *LineError {
	e := &LineError{Code: code, Message: fmt.Sprintf(format, args...)}
	e.Details = e.Faults()
	return e
}

// nearestField returns the field whose name is most similar to a misspelt name.
// It returns "" if no name is similar.
func (s *Spec) nearestField(name string) string {
	best, least := "", 3
	if free.FactText.Exceeded(name) || free.Line(name) != nil {
		return ""
	}
	for _, f := range s.Fields {
		if d := distance(strings.ToLower(name), f.Name); d < least && d*3 <= len(f.Name) {
			best, least = f.Name, d
		}
	}
	return best
}

// distance returns the number of changes that turn one name into the other. A
// change adds, removes or replaces a letter, or swaps two adjacent letters.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
