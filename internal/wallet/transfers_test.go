package wallet_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/wallet"
)

// TestWallet checks Service on both engines. After each scenario it verifies
// the books.
func TestWallet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		programmetest.WalletScenarios(t, open, map[string]func(*testing.T, *programmetest.Wallets){
			"accounts":                           walletAccounts,
			"one account, many takers":           walletOneAccount,
			"a transfer":                         walletTransfer,
			"what cannot be transferred":         walletTransferRefused,
			"the programme's terms":              walletExchange,
			"the rate of the day":                walletRates,
			"transfers, newest first":            walletTransfers,
			"a withdrawal":                       walletWithdrawal,
			"what cannot be withdrawn":           walletWithdrawalRefused,
			"a token is for one withdrawal":      walletToken,
			"limits of a method":                 walletLimits,
			"withdrawals, newest first":          walletWithdrawals,
			"one balance, fifty withdrawals":     walletFifty,
			"a withdrawal and transfers at once": walletRace,
			"a random life":                      walletRandom,
		})
	})
}

func walletAccounts(t *testing.T, b *programmetest.Wallets) {
	ctx := t.Context()
	b.Earn(t, 100)
	a, err := b.Service.CreateAccount(ctx, programmetest.Alpha, "  Savings ", "eur")
	require.NoError(t, err)
	require.Equal(t, &partner.WalletAccount{Number: partner.AccountNumberIn(programmetest.Alpha, "EUR"), Name: "Savings", Currency: "EUR", Kind: "regular"}, a)
	require.Len(t, a.Number, 19)
	require.NotEqual(t, programmetest.AccountA, a.Number)
	for _, currency := range []string{"EUR", "USD", "usd "} {
		_, err = b.Service.CreateAccount(ctx, programmetest.Alpha, "again", currency)
		programmetest.RequireRefused(t, err, "currency", "already_in_use")
	}
	for _, currency := range []string{"", "XXX", "EURO", "' OR 1=1", "€"} {
		_, err = b.Service.CreateAccount(ctx, programmetest.Alpha, "unknown", currency)
		programmetest.RequireRefused(t, err, "currency", "invalid_choice")
	}
	for name, code := range map[string]string{"": "blank", "\t": "blank", string(make([]byte, 101)): "max_length", "a\x00b": "invalid"} {
		_, err = b.Service.CreateAccount(ctx, programmetest.Alpha, name, "JPY")
		programmetest.RequireRefused(t, err, "account_name", code)
	}
	_, err = b.Service.CreateAccount(ctx, id.New(), "nobody's", "EUR")
	require.ErrorIs(t, err, fault.New(fault.NotFound))
	_, err = b.Service.CreateAccount(ctx, programmetest.Beta, "another partner's", "USD")
	require.NoError(t, err)

	renamed, err := b.Service.RenameAccount(ctx, programmetest.Alpha, a.Number, "Holidays")
	require.NoError(t, err)
	require.Equal(t, "Holidays", renamed.Name)
	_, err = b.Service.RenameAccount(ctx, programmetest.Alpha, programmetest.AccountA, " ")
	programmetest.RequireRefused(t, err, "account_name", "blank")
	for _, number := range []string{partner.AccountNumber(programmetest.Beta), "", "1"} {
		_, err = b.Service.RenameAccount(ctx, programmetest.Alpha, number, "mine")
		require.ErrorIs(t, err, fault.New(fault.NotFound), number)
	}
	overview, err := b.Service.Overview(ctx, programmetest.Alpha)
	require.NoError(t, err)
	require.Equal(t, &wallet.Overview{
		Accounts: []partner.WalletAccount{
			{Number: programmetest.AccountA, Name: "a", Currency: "USD", Kind: "reward", Balance: programmetest.USD(100), BalanceUSD: programmetest.USD(100)},
			{Number: a.Number, Name: "Holidays", Currency: "EUR", Kind: "regular"},
		},
		EquityUSD: programmetest.USD(100),
	}, overview)
	summary, err := partner.NewStore(b.DB).Overview(ctx, programmetest.Alpha, programmetest.Today)
	require.NoError(t, err)
	require.Equal(t, overview.Accounts, summary.Accounts)
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action LIKE 'wallet_account.%'`))

	b.MustFeed(t, b.Fact(feed.RateSet, "2026-06-30T01:00:00Z", `"currency":"EUR","usd":"1.2"`))
	_, err = b.Service.Transfer(ctx, programmetest.Alpha, programmetest.AccountA, a.Number, programmetest.USD(60))
	require.NoError(t, err)
	b.MustFeed(t, b.Fact(feed.RateSet, "2026-06-30T02:00:00Z", `"currency":"EUR","usd":"1.5"`))
	overview, err = b.Service.Overview(ctx, programmetest.Alpha)
	require.NoError(t, err)
	require.Equal(t, programmetest.USD(40+75), overview.EquityUSD, "50 EUR at the day's rate")
}

func walletOneAccount(t *testing.T, b *programmetest.Wallets) {
	const takers = 8
	errs := make([]error, takers)
	var group sync.WaitGroup
	for i := range takers {
		group.Go(func() { _, errs[i] = b.Service.CreateAccount(t.Context(), programmetest.Alpha, "mine", "EUR") })
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		programmetest.RequireRefused(t, err, "currency", "already_in_use")
	}
	require.Equal(t, 1, won)
}

func walletTransfer(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	euros := b.CreateAccount(t, "EUR")
	// 10.01 USD is 9.2258064516... EUR at a rate of 1.085.
	got, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, 10_010_000)
	require.NoError(t, err)
	want := &wallet.Transfer{
		PartnerID: programmetest.Alpha, ID: got.ID, PostingID: got.PostingID, From: programmetest.AccountA, To: euros, FromCurrency: "USD", ToCurrency: "EUR",
		FromAmount: 10_010_000, ToAmount: 9_225_806, AmountUSD: 10_010_000, FromRate: 1_000_000_000_000, ToRate: 1_085_000_000_000, CreatedAt: programmetest.Now,
	}
	require.Equal(t, want, got)
	require.Positive(t, got.ID)
	require.Equal(t, programmetest.USD(100)-10_010_000, b.Balance(t, "wallet", "USD"))
	require.EqualValues(t, 9_225_806, b.Balance(t, "wallet", "EUR"))
	require.EqualValues(t, 10_010_000, b.Balance(t, "clearing", "USD"))
	require.EqualValues(t, -9_225_806, b.Balance(t, "clearing", "EUR"))
	require.EqualValues(t, 4, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM entries e JOIN postings p ON p.partner_id = e.partner_id AND p.posting_id = e.posting_id
		WHERE p.kind = 'transfer' AND p.posting_id = $1 AND e.client_account IS NULL AND e.reward_day IS NULL`, got.PostingID))

	// These transfers move 5.55 EUR back, which is 6.02175 USD, and then the
	// rest. A fraction of a cent remains.
	_, err = b.Service.Transfer(t.Context(), programmetest.Alpha, euros, programmetest.AccountA, 5_550_000)
	require.NoError(t, err)
	require.Equal(t, programmetest.USD(100)-10_010_000+6_021_750, b.Balance(t, "wallet", "USD"))
	_, err = b.Service.Transfer(t.Context(), programmetest.Alpha, euros, programmetest.AccountA, 3_670_000)
	require.NoError(t, err)
	require.EqualValues(t, 5_806, b.Balance(t, "wallet", "EUR"))
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'transfer.created'`))
}

// walletExchange checks the terms for transfers: a spread, a limit per day, and
// a programme that forbids transfers.
func walletExchange(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	euros := b.CreateAccount(t, "EUR")
	terms := wallet.Exchange{Spread: 15_000, DailyUSD: programmetest.USD(30)} // 1.5 percent
	got, err := b.With(terms).Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(20))
	require.NoError(t, err)
	require.EqualValues(t, 18_156_682, got.ToAmount, "20 / 1.085 x 0.985 is 18.1566820...")
	require.EqualValues(t, 15_000, got.Spread)
	list, _, err := b.Service.Transfers(t.Context(), programmetest.Alpha, page.Page{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []wallet.Transfer{*got}, list)

	_, err = b.With(terms).Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(10)+10_000)
	programmetest.RequireRefused(t, err, "amount", "daily_limit")
	require.ErrorContains(t, err, "limited to 30.00 USD a day. You can still transfer 10.00 USD today")
	_, err = b.With(terms).Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(10))
	require.NoError(t, err, "the limit itself")
	b.Clock.Advance(24 * time.Hour)
	_, err = b.With(terms).Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(10))
	require.NoError(t, err, "the next day")

	_, err = b.With(wallet.Exchange{Off: true}).Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(1))
	require.ErrorIs(t, err, fault.New(fault.PermissionDenied))
	require.Equal(t, programmetest.USD(60), b.Balance(t, "wallet", "USD"))
}

func walletTransferRefused(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	euros := b.CreateAccount(t, "EUR")
	other := partner.AccountNumber(programmetest.Beta)
	for name, c := range map[string]struct {
		from, to    string
		amount      money.Amount
		field, code string
	}{
		"nothing":               {programmetest.AccountA, euros, 0, "amount", "min_value"},
		"less than nothing":     {programmetest.AccountA, euros, -programmetest.USD(1), "amount", "min_value"},
		"parts of a cent":       {programmetest.AccountA, euros, 1_005_000, "amount", "max_decimal_places"},
		"more than there is":    {programmetest.AccountA, euros, programmetest.USD(100) + 10_000, "amount", "insufficient_funds"},
		"from an empty account": {euros, programmetest.AccountA, 10_000, "amount", "insufficient_funds"},
		"to itself":             {programmetest.AccountA, programmetest.AccountA, programmetest.USD(1), "to_account", "invalid"},
		"to another partner":    {programmetest.AccountA, other, programmetest.USD(1), "to_account", "does_not_exist"},
		"from another partner":  {other, programmetest.AccountA, programmetest.USD(1), "from_account", "does_not_exist"},
		"to no account":         {programmetest.AccountA, "", programmetest.USD(1), "to_account", "does_not_exist"},
	} {
		_, err := b.Service.Transfer(t.Context(), programmetest.Alpha, c.from, c.to, c.amount)
		require.Error(t, err, name)
		programmetest.RequireRefused(t, err, c.field, c.code)
	}
	require.Equal(t, programmetest.USD(100), b.Balance(t, "wallet", "USD"))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM transfers`))

	b.Write(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, programmetest.Alpha)
	_, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(1))
	require.ErrorIs(t, err, fault.New(fault.PermissionDenied))
	b.Write(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, programmetest.Alpha)

	// One of these rates starts tomorrow. With the others, an amount becomes
	// too large or too small.
	b.MustFeed(t,
		b.Fact(feed.RateSet, "2026-07-01T01:00:00Z", `"currency":"LATER","usd":"2"`),
		b.Fact(feed.RateSet, "2026-06-01T01:00:00Z", `"currency":"TINY","usd":"0.000000000001"`),
		b.Fact(feed.RateSet, "2026-06-01T01:00:00Z", `"currency":"HUGE","usd":"9000000"`))
	_, err = b.Service.CreateAccount(t.Context(), programmetest.Alpha, "later", "LATER")
	programmetest.RequireRefused(t, err, "currency", "invalid_choice")
	_, err = b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, b.CreateAccount(t, "TINY"), programmetest.USD(10))
	programmetest.RequireRefused(t, err, "amount", "max_value")
	_, err = b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, b.CreateAccount(t, "HUGE"), 10_000)
	programmetest.RequireRefused(t, err, "amount", "min_value")
	require.Equal(t, programmetest.USD(100), b.Balance(t, "wallet", "USD"))
}

func walletRates(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	euros := b.CreateAccount(t, "EUR")
	move := func() money.Rate {
		got, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(1))
		require.NoError(t, err)
		return got.ToRate
	}
	rate := func(at, factID, value string) string {
		return `{"id":"` + factID + `","type":"rate.set","at":"` + at + `","currency":"EUR","usd":"` + value + `"}`
	}
	require.EqualValues(t, 1_085_000_000_000, move())
	b.MustFeed(t, rate("2026-06-30T09:00:00Z", "m", "1.1"), rate("2026-06-30T08:00:00Z", "later-sent", "1.2"), rate("2026-07-01T00:00:00Z", "tomorrow", "1.3"))
	require.EqualValues(t, 1_100_000_000_000, move(), "the newest moment of the newest day until today")
	b.MustFeed(t, rate("2026-06-30T09:00:00Z", "n", "1.4"), rate("2026-06-30T09:00:00Z", "M", "1.5"), rate("2026-06-29T23:00:00Z", "z", "1.6"))
	require.EqualValues(t, 1_400_000_000_000, move(), "of two of one moment the last id, by its bytes")
	b.Clock.Advance(12 * time.Hour)
	require.EqualValues(t, 1_300_000_000_000, move(), "a new day")
}

func walletTransfers(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	euros := b.CreateAccount(t, "EUR")
	for n := int64(1); n <= 3; n++ {
		_, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(n))
		require.NoError(t, err)
	}
	list, totals, err := b.Service.Transfers(t.Context(), programmetest.Alpha, page.Page{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, wallet.Totals{Count: 3, AmountUSD: programmetest.USD(6)}, totals)
	require.Len(t, list, 2)
	require.Equal(t, []money.Amount{programmetest.USD(3), programmetest.USD(2)}, []money.Amount{list[0].FromAmount, list[1].FromAmount})
	list, _, err = b.Service.Transfers(t.Context(), programmetest.Alpha, page.Page{Limit: 2, Offset: 2})
	require.NoError(t, err)
	require.Len(t, list, 1)
	list, totals, err = b.Service.Transfers(t.Context(), programmetest.Beta, page.Page{Limit: 2})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, totals)
}
