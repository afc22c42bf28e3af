package wallet

import (
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// Method is a withdrawal method with its limits in USD.
type Method struct {
	Name     string
	MinUSD   money.Amount
	MaxUSD   money.Amount // maximum for one withdrawal
	DailyUSD money.Amount // maximum for a partner's withdrawals on one day in the programme's time zone
}

const dollar = money.Amount(1_000_000)

// DefaultMethods returns the methods that apply if the operator configures
// none.
func DefaultMethods() []Method {
	return []Method{
		{Name: "bank_transfer", MinUSD: dollar, MaxUSD: 100_000 * dollar, DailyUSD: 250_000 * dollar},
		{Name: "card", MinUSD: dollar, MaxUSD: 10_000 * dollar, DailyUSD: 20_000 * dollar},
		{Name: "crypto", MinUSD: dollar, MaxUSD: 100_000 * dollar, DailyUSD: 250_000 * dollar},
	}
}

// maxMethodUSD is the highest limit that an operator may set.
const maxMethodUSD = 1_000_000_000 * dollar

// UnmarshalText reads the form NAME:MIN-MAX/DAY in USD, such as
// card:10-5000/10000.
func (m *Method) UnmarshalText(text []byte) error {
	name, limits, named := strings.Cut(string(text), ":")
	span, daily, perDay := strings.Cut(limits, "/")
	low, high, ranged := strings.Cut(span, "-")
	if !named || !perDay || !ranged {
		return fmt.Errorf("%q: write NAME:MIN-MAX/DAY in USD, as in card:10-5000/10000", text)
	}
	if name == "" || free.Method.Exceeded(name) || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return fmt.Errorf("%q: a method's name has at most %d lower-case letters and underscores", text, free.Method)
	}
	read := Method{Name: name}
	for _, limit := range []struct {
		text string
		into *money.Amount
	}{{low, &read.MinUSD}, {high, &read.MaxUSD}, {daily, &read.DailyUSD}} {
		amount, err := money.Parse[money.Amount](limit.text)
		if err != nil || amount < cent || amount > maxMethodUSD || amount%cent != 0 {
			return fmt.Errorf("%q: %q is not an amount from 0.01 to %s USD", text, limit.text, maxMethodUSD)
		}
		*limit.into = amount
	}
	if read.MinUSD > read.MaxUSD || read.MaxUSD > read.DailyUSD {
		return fmt.Errorf("%q: the minimum is above the maximum, or the maximum is above the daily limit", text)
	}
	*m = read
	return nil
}

// MarshalText writes a method in the form that UnmarshalText reads.
func (m Method) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%s:%s-%s/%s", m.Name, m.MinUSD, m.MaxUSD, m.DailyUSD), nil
}

// CheckMethods returns an error if two methods have the same name.
func CheckMethods(methods []Method) error {
	seen := map[string]bool{}
	for _, m := range methods {
		if seen[m.Name] {
			return fmt.Errorf("the method %s occurs twice: give it once", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}

// Methods returns the withdrawal methods.
func (s *Service) Methods() []Method { return s.methods }

func (s *Service) method(name string) (*Method, bool) {
	for i := range s.methods {
		if s.methods[i].Name == name {
			return &s.methods[i], true
		}
	}
	return nil, false
}
