package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	entry := func(currency string, amount, usd money.Amount) ledger.Entry {
		return ledger.Entry{Account: ledger.Wallet, Currency: currency, Amount: amount, AmountUSD: usd}
	}
	for name, c := range map[string]struct {
		entries []ledger.Entry
		want    error
	}{
		"balanced":             {[]ledger.Entry{entry("EUR", 5, 6), entry("EUR", -5, -6)}, nil},
		"empty":                {nil, ledger.ErrEmpty},
		"not zero":             {[]ledger.Entry{entry("EUR", 5, 6), entry("EUR", -4, -6)}, ledger.ErrUnbalanced},
		"across currencies":    {[]ledger.Entry{entry("EUR", 5, 5), entry("USD", -5, -5)}, ledger.ErrUnbalanced},
		"USD side not zero":    {[]ledger.Entry{entry("EUR", 5, 6), entry("EUR", -5, -5)}, ledger.ErrUnbalanced},
		"balanced by currency": {[]ledger.Entry{entry("EUR", 5, 6), entry("EUR", -5, -6), entry("USD", 1, 1), entry("USD", -1, -1)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ledger.Posting{Entries: c.entries}
			require.ErrorIs(t, p.Validate(), c.want)
		})
	}
}
