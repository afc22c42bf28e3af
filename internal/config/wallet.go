package config

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/wallet"
)

// Wallet is what partners do with what they earned.
type Wallet struct {
	WithdrawalMethod []wallet.Method `placeholder:"NAME:MIN-MAX/DAY" help:"A way to withdraw, with its limits in USD for one withdrawal and for a partner's day, such as card:10-5000/10000; may be given several times. Without it, bank_transfer, card and crypto."` //nolint:lll // a tag is one line
}

func (w *Wallet) check() error {
	if err := wallet.CheckMethods(w.WithdrawalMethod); err != nil {
		return fmt.Errorf("--withdrawal-method: %w", err)
	}
	return nil
}
