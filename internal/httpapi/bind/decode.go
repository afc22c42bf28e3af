package bind

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// decoder sets values of one type, from text (in a path, query, header or form)
// or from JSON. If the input is not valid, the functions add a fault with the
// field's name to found.
type decoder struct {
	text      func(v reflect.Value, given []string, name string, found *Faults)
	json      func(v reflect.Value, raw json.RawMessage, name string, found *Faults)
	takesNull bool
	many      bool // true if a repeated field of a form is a list
}

// These types have an encoding of their own in JSON and in the OpenAPI document.
var (
	UUIDType            = reflect.TypeFor[id.UUID]()
	DayType             = reflect.TypeFor[clock.Day]()
	TimeType            = reflect.TypeFor[time.Time]()
	RawType             = reflect.TypeFor[json.RawMessage]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	NullableType        = reflect.TypeFor[nullableMark]()
)

// decoderOf returns the decoder for the type t. If a field cannot have this
// type, it panics with a message that names the field.
func decoderOf(t reflect.Type, r Rules, where string) decoder {
	switch {
	case t.Implements(NullableType):
		return nullableDecoder(decoderOf(t.Field(2).Type, r, where))
	case t == RawType || t.Kind() == reflect.Interface:
		return anyDecoder()
	case IsScalar(t):
		return scalarOf(t, r, where).decoder()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return pointerDecoder(decoderOf(t.Elem(), r, where))
	case reflect.Slice:
		return sliceDecoder(decoderOf(t.Elem(), r, where), r)
	case reflect.Map:
		return mapDecoder(decoderOf(t.Elem(), Rules{MaxLength: r.MaxLength}, where))
	case reflect.Struct:
		return structDecoder(FieldsOf(t, nil, where))
	default:
		panic(fmt.Sprintf("bind: %s: an input field cannot have the type %s", where, t))
	}
}

// scalar decodes a type whose value is one JSON string, number or boolean.
type scalar struct {
	parse   func(v reflect.Value, text string) (code, message string)
	trim    bool
	boolean bool   // true if JSON's true and false are accepted
	wrong   string // message for an object, a list, or a boolean that is not accepted
}

// IsScalar reports whether a value of type t is one JSON string, number or
// boolean.
func IsScalar(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	default:
		return pointer.Implements(textUnmarshalerType) || pointer.Implements(jsonUnmarshalerType)
	}
}

func scalarOf(t reflect.Type, r Rules, where string) scalar {
	pointer := reflect.PointerTo(t)
	switch {
	case t == DayType:
		return newScalar(page.WrongDate, func(v reflect.Value, text string) error {
			day, err := clock.ParseDay(text)
			v.SetInt(int64(day))
			return err
		})
	case t == TimeType:
		return newScalar("Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
			func(v reflect.Value, text string) error {
				at, err := time.Parse(time.RFC3339, text)
				v.Set(reflect.ValueOf(at.UTC()))
				return err
			})
	case pointer.Implements(textUnmarshalerType):
		wrong := "Not a valid value."
		if t == UUIDType {
			wrong = "Must be a valid UUID."
		}
		return newScalar(wrong, func(v reflect.Value, text string) error {
			return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) //nolint:forcetypeassert // checked above
		})
	case pointer.Implements(jsonUnmarshalerType):
		return numberScalar(t, r, where)
	}
	switch t.Kind() {
	case reflect.String:
		return stringScalar(r)
	case reflect.Bool:
		s := newScalar("Must be a valid boolean.", func(v reflect.Value, text string) error {
			b, err := page.ParseBool(text)
			v.SetBool(b)
			return err
		})
		s.boolean = true
		return s
	default:
		return integerScalar(r, where)
	}
}

func stringScalar(r Rules) scalar {
	return scalar{
		trim: r.Format != formatPassword, wrong: "Not a valid string.",
		parse: func(v reflect.Value, text string) (string, string) {
			if r.Format == formatDigits {
				text = page.Whole(text)
			}
			v.SetString(text)
			if r.Format == "uuid" && text != "" {
				if _, err := id.Parse(text); err != nil {
					return "invalid", "Must be a valid UUID."
				}
			}
			return checkText(text, r)
		},
	}
}

// newScalar returns a scalar that responds with the given message whenever
// parse fails.
func newScalar(wrong string, parse func(reflect.Value, string) error) scalar {
	return scalar{trim: true, wrong: wrong, parse: func(v reflect.Value, text string) (string, string) {
		if err := parse(v, text); err != nil {
			return "invalid", wrong
		}
		return "", ""
	}}
}

func integerScalar(r Rules, where string) scalar {
	low, high := parseBound(r.Minimum, 0, where), parseBound(r.Maximum, 0, where)
	const wrong = "A valid integer is required."
	return scalar{trim: true, wrong: wrong, parse: func(v reflect.Value, text string) (string, string) {
		n, err := strconv.ParseInt(page.Whole(text), 10, 64)
		if err != nil {
			return "invalid", wrong
		}
		if code, message := inBounds(n, low, high, r); code != "" {
			return code, message
		}
		if v.CanUint() {
			if n < 0 || v.OverflowUint(uint64(n)) {
				return "invalid", wrong
			}
			v.SetUint(uint64(n))
			return "", ""
		}
		if v.OverflowInt(n) {
			return "invalid", wrong
		}
		v.SetInt(n)
		return "", ""
	}}
}

// numberScalar returns a scalar for a type that implements json.Unmarshaler,
// such as the types of internal/money.
func numberScalar(t reflect.Type, r Rules, where string) scalar {
	places := 0
	if scaled, ok := reflect.TypeAssert[interface{ Places() int }](reflect.Zero(t)); ok && t.Kind() == reflect.Int64 {
		places = scaled.Places()
	}
	low, high := parseBound(r.Minimum, places, where), parseBound(r.Maximum, places, where)
	const wrong = "A valid number is required."
	return scalar{trim: true, wrong: wrong, parse: func(v reflect.Value, text string) (string, string) {
		quoted, _ := json.Marshal(text)                                      // every string can be encoded
		err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(quoted) //nolint:forcetypeassert // the caller has checked the type
		switch {
		case errors.Is(err, money.ErrPlaces):
			return "max_decimal_places", fmt.Sprintf("Ensure that there are no more than %d decimal places.", places)
		case err != nil:
			return "invalid", wrong
		case v.CanInt():
			return inBounds(v.Int(), low, high, r)
		}
		return "", ""
	}}
}

// parseBound converts the text of a minimum or maximum to an integer with the
// given number of decimal places. With 2 places, "1.5" becomes 150.
func parseBound(text string, places int, where string) *int64 {
	if text == "" {
		return nil
	}
	n, err := money.ParseScaled(text, places)
	if err != nil {
		panic(fmt.Sprintf("bind: %s: the limit %q is not a number: %v", where, text, err))
	}
	return &n
}

func inBounds(n int64, low, high *int64, r Rules) (code, message string) {
	switch {
	case low != nil && n < *low:
		return "min_value", "Ensure this value is greater than or equal to " + r.Minimum + "."
	case high != nil && n > *high:
		return "max_value", "Ensure this value is less than or equal to " + r.Maximum + "."
	}
	return "", ""
}

func (s scalar) decoder() decoder {
	set := func(v reflect.Value, text, name string, found *Faults) {
		if s.trim {
			text = strings.TrimSpace(text)
		}
		if code, message := s.parse(v, text); code != "" {
			found.Add(name, code, message)
		}
	}
	return decoder{
		text: func(v reflect.Value, given []string, name string, found *Faults) {
			set(v, given[len(given)-1], name, found) // if a form repeats the field, its last value is used
		},
		json: func(v reflect.Value, raw json.RawMessage, name string, found *Faults) {
			raw = bytes.TrimSpace(raw)
			var text string
			switch raw[0] {
			case '"':
				if json.Unmarshal(raw, &text) != nil {
					found.Add(name, "invalid", s.wrong)
					return
				}
			case '{', '[':
				found.Add(name, "invalid", s.wrong)
				return
			case 't', 'f':
				if !s.boolean {
					found.Add(name, "invalid", s.wrong)
					return
				}
				text = string(raw)
			case 'n':
				found.Add(name, "null", "This field may not be null.")
				return
			default:
				text = string(raw)
			}
			set(v, text, name, found)
		},
	}
}
