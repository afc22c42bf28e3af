package money

import (
	"fmt"
	"math/big"
	"strings"
)

// Exact is an exact number of any size, for intermediate results. Its value is
// num / (den × 10^places). The zero value is 0.
type Exact struct {
	num    big.Int
	den    big.Int // 0 means 1
	places int
}

// Mul returns the exact product of its factors, for example of Of(lots),
// Of(contract) and Of(point).
func Mul(factors ...Exact) Exact {
	product := Exact{}
	product.num.SetInt64(1)
	for i := range factors {
		product.num.Mul(&product.num, &factors[i].num)
		product.places += factors[i].places
		if factors[i].den.Sign() != 0 {
			if product.den.Sign() == 0 {
				product.den.SetInt64(1)
			}
			product.den.Mul(&product.den, &factors[i].den)
		}
	}
	return product
}

// Of converts a scaled value to an Exact.
func Of[T Scaled](v T) Exact {
	e := Exact{places: v.Places()}
	e.num.SetInt64(int64(v))
	return e
}

// Int converts a whole number to an Exact.
func Int(n int64) Exact {
	e := Exact{}
	e.num.SetInt64(n)
	return e
}

// Over divides e by v exactly. v must be positive.
func Over[T Scaled](e Exact, v T) Exact {
	divisor := big.NewInt(int64(v))
	if divisor.Sign() < 0 {
		panic("money: a divisor is never negative")
	}
	out := Exact{places: e.places - v.Places()}
	out.num.Set(&e.num)
	if e.den.Sign() == 0 {
		out.den.Set(divisor)
	} else {
		out.den.Mul(&e.den, divisor)
	}
	return out
}

// Decimal returns the value of e in decimal notation, cut off after 100 decimal
// places.
func (e Exact) Decimal() string {
	places, rest := 0, new(big.Int)
	num, den := e.fraction(0)
	num.Abs(num)
	for ; rest.Rem(num, den).Sign() != 0 && places < 100; places++ {
		num.Mul(num, ten)
	}
	digits := num.Quo(num, den).String()
	if places > 0 {
		digits = strings.Repeat("0", max(0, places+1-len(digits))) + digits
		digits = digits[:len(digits)-places] + "." + digits[len(digits)-places:]
	}
	if e.num.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

var ten = big.NewInt(10)

func power(n int) *big.Int {
	return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil)
}

// Round converts e to the scale of T and rounds half to even. All rewards are
// rounded in this way. It returns ErrTooLarge if the result does not fit into
// T.
func Round[T Scaled](e Exact) (T, error) {
	num, den := e.fraction(T(0).Places())
	quotient, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	twice := new(big.Int).Abs(rest)
	twice.Lsh(twice, 1)
	if c := twice.Cmp(den); c > 0 || (c == 0 && quotient.Bit(0) == 1) {
		quotient.Add(quotient, big.NewInt(int64(num.Sign())))
	}
	return fit[T](quotient)
}

// Cut converts e to the scale of T and rounds toward zero. It is for amounts that
// are promised or paid, because these must not be more than their exact value. It
// returns ErrTooLarge if the result does not fit into T.
func Cut[T Scaled](e Exact) (T, error) {
	num, den := e.fraction(T(0).Places())
	return fit[T](new(big.Int).Quo(num, den))
}

// fraction returns e × 10^places as a fraction.
func (e *Exact) fraction(places int) (num, den *big.Int) {
	num, den = new(big.Int).Set(&e.num), big.NewInt(1)
	if e.den.Sign() != 0 {
		den.Set(&e.den)
	}
	if shift := places - e.places; shift >= 0 {
		num.Mul(num, power(shift))
	} else {
		den.Mul(den, power(-shift))
	}
	return num, den
}

func fit[T Scaled](n *big.Int) (T, error) {
	if !n.IsInt64() {
		return 0, fmt.Errorf("%w: %s", ErrTooLarge, n)
	}
	return T(n.Int64()), nil
}

// RoundScaled converts n from one number of decimal places to another, rounded
// half to even. Lists use it to show amounts with two decimal places.
func RoundScaled(n int64, from, to int) int64 {
	for ; from < to; from++ {
		n *= 10
	}
	if from == to {
		return n
	}
	divisor := int64(1)
	for ; from > to; from-- {
		divisor *= 10
	}
	quotient, rest := n/divisor, n%divisor
	if rest < 0 {
		rest = -rest
	}
	if rest > divisor-rest || (rest == divisor-rest && quotient%2 != 0) {
		if n < 0 {
			return quotient - 1
		}
		return quotient + 1
	}
	return quotient
}
