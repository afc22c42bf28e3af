package money

import (
	"errors"
	"fmt"
	"math"
)

// These are the errors of Parse.
var (
	ErrSyntax   = errors.New("not a decimal number")
	ErrPlaces   = errors.New("too many decimal places")
	ErrTooLarge = errors.New("number out of range")
)

// maxText is the maximum length of the text that Parse accepts. A longer number
// either does not fit into an int64 or has unnecessary zeros.
const maxText = 64

// Parse parses a decimal number exactly. The text has the form of a JSON
// number: an optional minus sign, digits, an optional fraction and an optional
// exponent. Zeros after the last decimal place of T are allowed. Parse returns
// ErrPlaces for any other digits after the last place.
func Parse[T Scaled](text string) (T, error) {
	n, err := ParseScaled(text, T(0).Places())
	return T(n), err
}

// ParseScaled is like Parse, for a number of decimal places that is known only
// at run time.
func ParseScaled(text string, places int) (int64, error) {
	if text == "" || len(text) > maxText {
		return 0, ErrSyntax
	}
	mantissa, digitsBehind, negative, rest, err := scan(text)
	if err != nil {
		return 0, err
	}
	exponent, err := scanExponent(rest)
	if err != nil {
		return 0, err
	}
	shift := places - digitsBehind + exponent
	for ; shift < 0 && len(mantissa) > 0; shift++ {
		last := len(mantissa) - 1
		if mantissa[last] != '0' {
			return 0, fmt.Errorf("%w: at most %d", ErrPlaces, places)
		}
		mantissa = mantissa[:last]
	}
	var n uint64
	for _, digit := range mantissa {
		if n > math.MaxInt64/10 {
			return 0, ErrTooLarge
		}
		n = n*10 + uint64(digit-'0')
	}
	for ; shift > 0 && n != 0; shift-- {
		if n > math.MaxInt64/10 {
			return 0, ErrTooLarge
		}
		n *= 10
	}
	if n > math.MaxInt64 {
		return 0, ErrTooLarge
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

// scan splits a number. mantissa holds its digits without the point, decimals
// counts the digits after the point, and exponent is the text of the exponent.
func scan(text string) (mantissa []byte, decimals int, negative bool, exponent string, err error) {
	i := 0
	if text[0] == '-' {
		negative, i = true, 1
	}
	mantissa = make([]byte, 0, len(text))
	point, digits := false, 0
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			digits++
			if point {
				decimals++
			}
			if c != '0' || len(mantissa) > 0 {
				mantissa = append(mantissa, c)
			}
		case c == '.' && !point && digits > 0:
			point = true
		case (c == 'e' || c == 'E') && digits > 0 && (!point || decimals > 0):
			return mantissa, decimals, negative, text[i:], nil
		default:
			return nil, 0, false, "", ErrSyntax
		}
	}
	if digits == 0 || (point && decimals == 0) {
		return nil, 0, false, "", ErrSyntax
	}
	return mantissa, decimals, negative, "", nil
}

func scanExponent(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	text = text[1:]
	sign := 1
	if text != "" && (text[0] == '+' || text[0] == '-') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if text == "" || len(text) > 3 {
		return 0, ErrSyntax
	}
	exponent := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, ErrSyntax
		}
		exponent = exponent*10 + int(c-'0')
	}
	return sign * exponent, nil
}
