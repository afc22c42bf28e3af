// Package money holds exact decimal values as scaled integers: what is stored,
// summed and compared is an int64 whose scale its type fixes, on every engine.
//
// Nothing here rounds by itself. A product is kept whole in Exact, whatever
// its length, and comes back to a scale in one visible step, half to even
// (docs/rewards.md has the table of every place that rounds). Floating point
// never enters.
package money

import (
	"strconv"
	"strings"
)

// Places are the digits behind the point that each kind of value keeps: the
// limits of the feed (broker-api, section 1) and the scales of the columns.
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

// The scaled kinds. A column's name carries its scale: reward_usd_e6 holds an Amount.
type (
	// Lots of an order, in units of 1e-8.
	Lots int64
	// Price of an instrument, or its point size, in units of 1e-10.
	Price int64
	// Spread in points, in units of 1e-4.
	Spread int64
	// Rate is USD for one unit of a currency, in units of 1e-12.
	Rate int64
	// Amount of money of any currency, in units of 1e-6.
	Amount int64
	// Volume is a notional in USD, in units of 1e-4.
	Volume int64
	// Percent is a percentage or a plain factor, in units of 1e-4: 20 percent is 200000.
	Percent int64
	// Contract is the units of the base currency in one lot, in units of 1e-4.
	Contract int64
)

// Scaled is any of the kinds above.
type Scaled interface {
	~int64
	Places() int
}

// Places implements Scaled.
func (Lots) Places() int { return LotsPlaces }

// Places implements Scaled.
func (Price) Places() int { return PricePlaces }

// Places implements Scaled.
func (Spread) Places() int { return SpreadPlaces }

// Places implements Scaled.
func (Rate) Places() int { return RatePlaces }

// Places implements Scaled.
func (Amount) Places() int { return AmountPlaces }

// Places implements Scaled.
func (Volume) Places() int { return VolumePlaces }

// Places implements Scaled.
func (Percent) Places() int { return PercentPlaces }

// Places implements Scaled.
func (Contract) Places() int { return ContractPlaces }

// String is the exact value without trailing zeros.
func (v Lots) String() string { return Format(int64(v), LotsPlaces) }

// String is the exact value without trailing zeros.
func (v Price) String() string { return Format(int64(v), PricePlaces) }

// String is the exact value without trailing zeros.
func (v Spread) String() string { return Format(int64(v), SpreadPlaces) }

// String is the exact value without trailing zeros.
func (v Rate) String() string { return Format(int64(v), RatePlaces) }

// String is the exact value without trailing zeros.
func (v Amount) String() string { return Format(int64(v), AmountPlaces) }

// String is the exact value without trailing zeros.
func (v Volume) String() string { return Format(int64(v), VolumePlaces) }

// String is the exact value without trailing zeros.
func (v Percent) String() string { return Format(int64(v), PercentPlaces) }

// String is the exact value without trailing zeros.
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

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Lots) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Price) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Spread) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Rate) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Amount) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Volume) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
func (v *Percent) UnmarshalJSON(b []byte) error { return unmarshal(v, b) }

// UnmarshalJSON reads a JSON number or a string exactly.
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

// Format writes n / 10^places exactly, without trailing zeros: "1.5", "0", "-0.25".
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

// FormatFixed writes n / 10^places with exactly that many places: "1.50".
func FormatFixed(n int64, places int) string { return string(AppendFixed(nil, n, places)) }

// AppendFixed appends what FormatFixed returns to dst.
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

// Group puts commas between the thousands of a decimal number, as people read
// it: 1,234.56.
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

// GroupInt is Group of an integer.
func GroupInt(n int64) string { return Group(strconv.FormatInt(n, 10)) }
