// Package money holds exact decimal values as scaled integers: every engine
// stores, sums and compares an int64, and its type fixes the scale.
//
// No operation rounds implicitly. Exact keeps a product whole, whatever its
// length, and one visible step converts it to a scale, half to even
// (docs/rewards.md has the table of every place that rounds). Nothing uses
// floating point.
package money

import (
	"strconv"
	"strings"
)

// Places are the digits that each kind of value keeps behind the point. They
// are the limits of the feed (broker-api, section 1) and the scales of the
// columns.
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

// These are the scaled kinds. A column's name contains its scale: reward_usd_e6
// holds an Amount.
type (
	// Lots is the volume of an order, in units of 1e-8.
	Lots int64
	// Price is a price of an instrument, or its point size, in units of
	// 1e-10.
	Price int64
	// Spread is a spread in points, in units of 1e-4.
	Spread int64
	// Rate is the price of one unit of a currency in USD, in units of
	// 1e-12.
	Rate int64
	// Amount is an amount of money of any currency, in units of 1e-6.
	Amount int64
	// Volume is a notional in USD, in units of 1e-4.
	Volume int64
	// Percent is a percentage or a plain factor, in units of 1e-4: 20 percent is 200000.
	Percent int64
	// Contract is how many units of the base currency one lot has, in units
	// of 1e-4.
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

// String returns the exact value without trailing zeros.
func (v Lots) String() string { return Format(int64(v), LotsPlaces) }

// String returns the exact value without trailing zeros.
func (v Price) String() string { return Format(int64(v), PricePlaces) }

// String returns the exact value without trailing zeros.
func (v Spread) String() string { return Format(int64(v), SpreadPlaces) }

// String returns the exact value without trailing zeros.
func (v Rate) String() string { return Format(int64(v), RatePlaces) }

// String returns the exact value without trailing zeros.
func (v Amount) String() string { return Format(int64(v), AmountPlaces) }

// String returns the exact value without trailing zeros.
func (v Volume) String() string { return Format(int64(v), VolumePlaces) }

// String returns the exact value without trailing zeros.
func (v Percent) String() string { return Format(int64(v), PercentPlaces) }

// String returns the exact value without trailing zeros.
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

// GroupInt is Group for an integer.
func GroupInt(n int64) string { return Group(strconv.FormatInt(n, 10)) }
