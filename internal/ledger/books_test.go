package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func TestBook(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		t.Run("moves balances and records the partner's event", func(t *testing.T) { t.Parallel(); bookMoves(t, open(t)) })
		t.Run("refuses all when one is unbalanced", func(t *testing.T) { t.Parallel(); bookRefuses(t, open(t)) })
		t.Run("a working set equals its lines", func(t *testing.T) { t.Parallel(); workingSetAddsUp(t, open(t)) })
	})
}

func book(store db.DB, postings ...*ledger.Posting) error {
	return withLock(store, func(ctx context.Context, q db.Querier) error { return ledger.Book(ctx, q, postings...) })
}

func withLock(store db.DB, fn func(context.Context, db.Querier) error) error {
	return store.Lock(context.Background(), db.WholeStore(), fn)
}

// balances returns the partner's balances as text, such as "wallet EUR 1.5 (2
// USD)".
func balances(tb require.TestingT, store db.DB, partnerID id.UUID) []string {
	found, err := ledger.Balances(context.Background(), store, partnerID)
	require.NoError(tb, err)
	out := []string{}
	for _, b := range found {
		out = append(out, fmt.Sprintf("%s %s %s (%s USD)", b.Account, b.Currency, b.Amount, b.AmountUSD))
	}
	return out
}

func bookMoves(t *testing.T, store db.DB) {
	t.Helper()
	one, other := id.New(), id.New()
	m := ledger.Money{Currency: "EUR", Amount: 2_000_000, USD: 3_000_000}
	// Book writes all balances in one statement, so it must first add up amounts
	// for the same balance.
	require.NoError(t, book(store,
		ledger.Release(one, "a", now, m), ledger.Release(one, "b", now, m), ledger.Release(other, "c", now, m), ledger.PayRebates(one, "d", now, m)))
	require.ElementsMatch(t, []string{"wallet EUR 4 (6 USD)", "rebates_reserved EUR -6 (-9 USD)", "payable EUR 2 (3 USD)"},
		balances(t, store, one))
	require.NoError(t, book(store, ledger.Withdraw(one, "e", now, m)))
	require.ElementsMatch(t, []string{"wallet EUR 2 (3 USD)", "rebates_reserved EUR -6 (-9 USD)", "payable EUR 4 (6 USD)"},
		balances(t, store, one), "the balances that were there are added to")
	require.ElementsMatch(t, []string{"wallet EUR 2 (3 USD)", "rebates_reserved EUR -2 (-3 USD)"}, balances(t, store, other))
	var events int
	require.NoError(t, store.QueryRow(t.Context(), `SELECT count(*) FROM events WHERE partner_id = $1`, one).Scan(&events))
	require.Equal(t, 3, events, "one for each posting that changes the wallet, none for the payout")
}

func bookRefuses(t *testing.T, store db.DB) {
	t.Helper()
	partnerID := id.New()
	good := ledger.Release(partnerID, "a", now, ledger.Money{Currency: "EUR", Amount: 1, USD: 1})
	bad := *ledger.Release(partnerID, "b", now, ledger.Money{Currency: "EUR", Amount: 1, USD: 1})
	bad.Entries[0].Amount++
	require.ErrorIs(t, book(store, good, &bad), ledger.ErrUnbalanced)
	require.ErrorIs(t, book(store, good, &ledger.Posting{Reason: good.Reason, ID: id.New(), BookedAt: now}), ledger.ErrEmpty)
	require.Empty(t, balances(t, store, partnerID))
	require.NoError(t, book(store), "no posting is no error")
}

// workingSetAddsUp adds random lines with random reasons, in several saves.
// Each stored balance must then equal the sum of its lines and the result of
// Balance, and each posting must sum to zero.
func workingSetAddsUp(t *testing.T, store db.DB) {
	t.Helper()
	kinds := []ledger.Kind{ledger.Reward, ledger.RebateReserve, ledger.PayoutPaid, ledger.AgentShare}
	accounts := map[ledger.Kind]ledger.Account{
		ledger.Reward: ledger.Wallet, ledger.AgentShare: ledger.Wallet, ledger.RebateReserve: ledger.RebatesReserved, ledger.PayoutPaid: ledger.Paid,
	}
	others := map[ledger.Kind]ledger.Account{
		ledger.Reward: ledger.Expense, ledger.AgentShare: ledger.Expense, ledger.RebateReserve: ledger.Wallet, ledger.PayoutPaid: ledger.Payable,
	}
	rapid.Check(t, func(r *rapid.T) {
		ctx, partnerID, stranger := context.Background(), id.New(), id.New()
		type key struct {
			account  ledger.Account
			currency string
		}
		want, lines := map[key]money.Amount{}, 0
		require.NoError(r, withLock(store, func(ctx context.Context, q db.Querier) error {
			set := ledger.NewWorkingSet(q, now)
			for range rapid.IntRange(1, 3).Draw(r, "saves") {
				require.NoError(r, set.Need(ctx, partnerID))
				for range rapid.IntRange(0, 12).Draw(r, "lines") {
					kind, currency := rapid.SampledFrom(kinds).Draw(r, "kind"), rapid.SampledFrom([]string{"USD", "EUR"}).Draw(r, "currency")
					why := ledger.Reason{PartnerID: partnerID, Kind: kind, Cause: rapid.SampledFrom([]string{"one", "other"}).Draw(r, "cause")}
					e := ledger.Entry{Account: accounts[kind], Currency: currency, Amount: money.Amount(rapid.Int64Range(-9, 9).Draw(r, "amount"))}
					e.AmountUSD = e.Amount
					if rapid.Bool().Draw(r, "of a day") {
						day := clock.Day(rapid.Int32Range(0, 2).Draw(r, "day"))
						e.RewardDay, e.ClientAccount = &day, "500100"
					}
					set.Add(why, e)
					set.Add(ledger.Reason{PartnerID: stranger, Kind: ledger.Reward, Cause: "one"}, ledger.Entry{Account: ledger.Wallet, Currency: currency, Amount: 1, AmountUSD: 1})
					want[key{e.Account, currency}] += e.Amount
					want[key{others[kind], currency}] -= e.Amount
					lines++
				}
				for k, amount := range want {
					require.Equal(r, amount, set.Balance(partnerID, k.account, k.currency), "before Save: %v", k)
				}
				require.NoError(r, set.Save(ctx))
				for k, amount := range want {
					require.Equal(r, amount, set.Balance(partnerID, k.account, k.currency), "after Save: %v", k)
				}
			}
			return nil
		}))
		stored, err := ledger.Balances(ctx, store, partnerID)
		require.NoError(r, err)
		for _, b := range stored {
			require.Equal(r, want[key{b.Account, b.Currency}], b.Amount)
			require.Equal(r, b.Amount, b.AmountUSD)
			delete(want, key{b.Account, b.Currency})
		}
		for k, amount := range want {
			require.Zero(r, amount, "%v has a balance", k)
		}
		var unbalanced int
		require.NoError(r, store.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM entries WHERE partner_id = $1
			GROUP BY posting_id, currency HAVING sum(amount_e6) <> 0 OR sum(amount_usd_e6) <> 0) u`, partnerID).Scan(&unbalanced))
		require.Zero(r, unbalanced)
		var earned int
		require.NoError(r, store.QueryRow(ctx, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = 'wallet'`,
			stranger).Scan(&earned))
		require.Equal(r, lines, earned, "each partner's lines are its own")
	})
}
