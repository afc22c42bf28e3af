package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

func TestVerbs(t *testing.T) {
	t.Parallel()
	type moves map[ledger.Account]map[string][2]money.Amount // amount and its value in USD, by account and currency
	partnerID, at := id.New(), time.Unix(1_700_000_000, 0).UTC()
	euros, dollars := ledger.Money{Currency: "EUR", Amount: 10, USD: 11}, ledger.Money{Currency: "USD", Amount: 9, USD: 9}
	for name, c := range map[string]struct {
		posting *ledger.Posting
		kind    ledger.Kind
		first   ledger.Account // account of the entry at index 0
		want    moves
	}{
		"reserve": {ledger.Reserve(partnerID, "why", at, euros), ledger.RebateReserve, ledger.RebatesReserved, moves{
			ledger.Wallet: {"EUR": {-10, -11}}, ledger.RebatesReserved: {"EUR": {10, 11}},
		}},
		"release": {ledger.Release(partnerID, "why", at, euros), ledger.RebateRelease, ledger.Wallet, moves{
			ledger.Wallet: {"EUR": {10, 11}}, ledger.RebatesReserved: {"EUR": {-10, -11}},
		}},
		"pay rebates": {ledger.PayRebates(partnerID, "why", at, euros), ledger.RebatePayout, ledger.Payable, moves{
			ledger.Payable: {"EUR": {10, 11}}, ledger.RebatesReserved: {"EUR": {-10, -11}},
		}},
		"withdraw": {ledger.Withdraw(partnerID, "why", at, euros), ledger.Withdrawal, ledger.Wallet, moves{
			ledger.Wallet: {"EUR": {-10, -11}}, ledger.Payable: {"EUR": {10, 11}},
		}},
		"exchange": {ledger.Exchange(partnerID, "why", at, euros, dollars), ledger.Transfer, ledger.Wallet, moves{
			ledger.Wallet: {"EUR": {-10, -11}, "USD": {9, 11}}, ledger.Clearing: {"EUR": {10, 11}, "USD": {-9, -11}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := c.posting
			require.NoError(t, p.Validate())
			require.Equal(t, ledger.Reason{PartnerID: partnerID, Kind: c.kind, Cause: "why"}, p.Reason)
			require.Equal(t, at, p.BookedAt)
			require.NotEqual(t, id.Nil, p.ID)
			require.Equal(t, c.first, p.Entries[0].Account)
			got := moves{}
			for _, e := range p.Entries {
				require.Nil(t, e.RewardDay)
				require.Empty(t, e.ClientAccount)
				if got[e.Account] == nil {
					got[e.Account] = map[string][2]money.Amount{}
				}
				got[e.Account][e.Currency] = [2]money.Amount{e.Amount, e.AmountUSD}
			}
			require.Equal(t, c.want, got)
		})
	}
}
