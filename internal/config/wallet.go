package config

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/wallet"
)

// Wallet holds the options for transfers and withdrawals.
type Wallet struct {
	Transfers        string          `placeholder:"on|off" enum:"on,off" default:"on" help:"Whether partners can transfer money between their accounts in different currencies: ${enum}."`
	TransferSpread   Percent         `placeholder:"N" default:"0" help:"Percentage by which the rate of a transfer is below the day's rate. A rate applies for a whole day. Without a spread, a partner can wait until a currency has moved, and then profit from the old rate."`
	TransferLimit    USD             `placeholder:"USD" default:"0" help:"The largest sum that a partner can transfer on one day, in USD; 0 is no limit."`
	WithdrawalMethod []wallet.Method `placeholder:"NAME:MIN-MAX/DAY" help:"A method of withdrawal with its limits in USD; may be repeated. card:10-5000/10000 allows 10 to 5000 in one withdrawal, and 10000 a day for each partner. Default: bank_transfer, card and crypto."`
}

// USD is an amount of US dollars in whole cents that is not negative.
type USD struct{ money.Amount }

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *USD) UnmarshalText(text []byte) error {
	amount, err := money.Parse[money.Amount](string(text))
	if err != nil || amount < 0 || amount%10_000 != 0 {
		return fmt.Errorf("%q: write an amount in USD, with at most two decimal places", text)
	}
	u.Amount = amount
	return nil
}

func (w *Wallet) check() error {
	if err := wallet.CheckMethods(w.WithdrawalMethod); err != nil {
		return fmt.Errorf("--withdrawal-method: %w", err)
	}
	return nil
}
