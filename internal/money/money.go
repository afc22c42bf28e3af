// Package money has exact decimal values, stored as scaled integers. Each Go
// type has a fixed scale. Both database engines store, add and compare an
// int64.
//
// No operation rounds implicitly. Exact keeps every digit of a product.
// Converting it to a scale is a separate step, which rounds half to even.
// docs/rewards.md lists all of these steps. Floating point is not used
// anywhere.
package money

import (
	"strconv"
	"strings"
)

// These are the numbers of decimal places of the types below. The database
// columns have the same numbers of places, and the feed refuses values with
// more.
const (
	LotsPlaces     = 8
	PricePlaces    = 10
	SpreadPlaces   = 4
	RatePlaces     = 12
	AmountPlaces   = 6
	VolumePlaces   = 4
	PercentPlaces  = 4
	ContractPlaces = 4
)

// These are the scaled types. The name of a database column ends with the scale
// of its type. For example, reward_usd_e6 is an Amount.
type (
	// Lots is the volume of an order, in units of 1e-8.
	Lots int64
	// Price is a price or the point size of an instrument, in units of 1e-10.
	Price int64
	// Spread is a spread in points, in units of 1e-4.
	Spread int64
	// Rate is the value of one unit of a currency in USD, in units of 1e-12.
	Rate int64
	// Amount is an amount of money in any currency, in units of 1e-6.
	Amount int64
	// Volume is a traded volume in USD, in units of 1e-4.
	Volume int64
	// Percent is a percentage or a factor, in units of 1e-4. For example, 20
	// percent is 200000.
	Percent int64
	// Contract is the number of units of the base currency in one lot, in units of
	// 1e-4.
	Contract int64
)

// Scaled is any of the types above.
type Scaled interface {
	~int64
	Places() int
}

// Places returns the number of decimal places.
func (Lots) Places() int { return LotsPlaces }

// Places returns the number of decimal places.
func (Price) Places() int { return PricePlaces }

// Places returns the number of decimal places.
func (Spread) Places() int { return SpreadPlaces }

// Places returns the number of decimal places.
func (Rate) Places() int { return RatePlaces }

// Places returns the number of decimal places.
func (Amount) Places() int { return AmountPlaces }

// Places returns the number of decimal places.
func (Volume) Places() int { return VolumePlaces }

// Places returns the number of decimal places.
func (Percent) Places() int { return PercentPlaces }

// Places returns the number of decimal places.
func (Contract) Places() int { return ContractPlaces }

// String returns the exact value without trailing zeros.
func (v Lots) String() string     { return Format(int64(v), LotsPlaces) }
func (v Price) String() string    { return Format(int64(v), PricePlaces) }
func (v Spread) String() string   { return Format(int64(v), SpreadPlaces) }
func (v Rate) String() string     { return Format(int64(v), RatePlaces) }
func (v Amount) String() string   { return Format(int64(v), AmountPlaces) }
func (v Volume) String() string   { return Format(int64(v), VolumePlaces) }
func (v Percent) String() string  { return Format(int64(v), PercentPlaces) }
func (v Contract) String() string { return Format(int64(v), ContractPlaces) }

// MarshalJSON writes the exact value as a JSON number.
func (v Lots) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Price) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Spread) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Rate) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Amount) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Volume) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Percent) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON writes the exact value as a JSON number.
func (v Contract) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Lots) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Price) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Spread) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Rate) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Amount) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Volume) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Percent) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON parses a JSON number or string exactly.
func (v *Contract) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

func unmarshal[T Scaled](v *T, b []byte) error {
	text := string(b)
	if len(b) > 1 && b[0] == '"' && b[len(b)-1] == '"' {
		text = text[1 : len(b)-1]
	}
	parsed, err := Parse[T](text)
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}

// Format returns n / 10^places exactly, without trailing zeros, such as "1.5",
// "0" or "-0.25".
func Format(n int64, places int) string {
	text := FormatFixed(n, places)
	if places == 0 {
		return text
	}
	end := len(text)
	for text[end-1] == '0' {
		end--
	}
	if text[end-1] == '.' {
		end--
	}
	return text[:end]
}

// FormatFixed returns n / 10^places with all decimal places, such as "1.50".
func FormatFixed(n int64, places int) string {
	var text [32]byte // on the stack; a longer number needs an allocation
	return string(AppendFixed(text[:0], n, places))
}

// AppendFixed appends the result of FormatFixed to dst.
func AppendFixed(dst []byte, n int64, places int) []byte {
	magnitude := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	start := len(dst)
	dst = strconv.AppendUint(dst, magnitude, 10)
	if places == 0 {
		return dst
	}
	for len(dst)-start <= places {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - places
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// Group puts commas between the thousands of a decimal number, as in 1,234.56.
func Group(number string) string {
	whole, fraction, cut := strings.Cut(number, ".")
	sign := len(whole) - len(strings.TrimPrefix(whole, "-"))
	for at := len(whole) - 3; at > sign; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if cut {
		return whole + "." + fraction
	}
	return whole
}

// GroupInt is like Group, for an integer.
func GroupInt(n int64) string { return Group(strconv.FormatInt(n, 10)) }
