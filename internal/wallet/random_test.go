package wallet_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/wallet"
)

// walletRandom executes random steps of a partner and the broker. After each
// step it compares the balances with a model that only adds and subtracts.
func walletRandom(t *testing.T, b *programmetest.Wallets) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // each run needs a different seed; the log shows the seed, so that a failed run can be repeated
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	b.MustFeed(t, b.Fact(feed.RateSet, "2026-06-01T01:00:00Z", fmt.Sprintf(`"currency":"BHT","usd":"0.%06d"`, 1+random.IntN(999_999))))
	currencies := []string{"USD", "EUR", "JPY", "BHT"}
	accounts := map[string]string{"USD": programmetest.AccountA}
	for _, c := range currencies[1:] {
		accounts[c] = b.CreateAccount(t, c)
	}
	has, earned := map[string]money.Amount{}, money.Amount(0)
	var payable, paid money.Amount
	waiting := map[int64]*wallet.Withdrawal{}
	effects := programmetest.Effects{}
	kinds := []string{
		"earned", "transferred", "transfer to itself refused", "transfer of too much refused", "withdrawn", "withdrawal of too much refused", "paid", "failed",
	}
	for step := 0; step < 60 || step < 2000 && effects.Missing(kinds...) != nil; step++ {
		from, to := programmetest.Pick(random, currencies...), programmetest.Pick(random, currencies...)
		amount := money.Amount(1+random.Int64N(5_000)) * 10_000
		switch random.IntN(5) {
		case 0:
			n := 1 + random.IntN(40)
			b.Earn(t, n)
			has["USD"] += programmetest.USD(int64(n))
			earned += programmetest.USD(int64(n))
			effects.Count("earned", true)
		case 1, 2:
			got, err := b.Service.Transfer(t.Context(), programmetest.Alpha, accounts[from], accounts[to], amount)
			switch {
			case from == to:
				programmetest.RequireRefused(t, err, "to_account", "invalid")
				effects.Count("transfer to itself refused", true)
			case has[from] < amount:
				programmetest.RequireRefused(t, err, "amount", "insufficient_funds")
				effects.Count("transfer of too much refused", true)
			default:
				require.NoError(t, err)
				has[from] -= amount
				has[to] += got.ToAmount
				effects.Count("transferred", true)
			}
		case 3:
			r := programmetest.WithdrawalRequest(amount)
			r.Account = accounts[from]
			w, err := b.Service.Withdraw(t.Context(), programmetest.Alpha, r, b.Token(t, programmetest.Alpha, r))
			if err != nil {
				code := "insufficient_funds"
				if has[from] >= amount {
					code = "min_value" // the amount is less than one dollar
				}
				programmetest.RequireRefused(t, err, "amount", code)
				effects.Count("withdrawal of too much refused", code == "insufficient_funds")
				continue
			}
			require.GreaterOrEqual(t, has[from], amount)
			has[from] -= amount
			payable += w.AmountUSD
			waiting[w.PayoutID] = w
			effects.Count("withdrawn", true)
		case 4:
			for number, w := range waiting {
				if random.IntN(2) == 0 {
					b.MustFeed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(number), ""))
					paid += w.AmountUSD
					effects.Count("paid", true)
				} else {
					b.MustFeed(t, b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:00:00Z", programmetest.PayoutKey(number), "no"))
					has[w.Currency] += w.Amount
					effects.Count("failed", true)
				}
				payable -= w.AmountUSD
				delete(waiting, number)
				break
			}
		}
	}
	effects.Require(t, kinds...)
	for _, c := range currencies {
		require.Equal(t, has[c], b.Balance(t, "wallet", c), c)
		require.GreaterOrEqual(t, has[c], money.Amount(0), c)
	}
	inUSD := func(account string) money.Amount {
		return money.Amount(dbtest.Scalar(t, b.DB, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = $2`, programmetest.Alpha, account))
	}
	require.Equal(t, []money.Amount{payable, paid, 0, -earned}, []money.Amount{inUSD("payable"), inUSD("paid"), inUSD("clearing"), inUSD("expense")})
	require.Equal(t, earned, inUSD("wallet")+payable+paid, "nothing came from nowhere")
	_, totals, err := b.Service.Withdrawals(t.Context(), programmetest.Alpha, wallet.WithdrawalFilter{Statuses: []string{"pending"}, Page: page.Page{Limit: 1}})
	require.NoError(t, err)
	require.EqualValues(t, len(waiting), totals.Count)
}
