package storetest

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/operator"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// Wallet is the specification of wallets on any engine: accounts, transfers,
// withdrawals, and what the broker's answers do to them. After each scenario
// the books must be sound.
func Wallet(t *testing.T, open func(t *testing.T) db.DB) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *walletBundle){
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
		"a withdrawal is paid":               payoutPaid,
		"a withdrawal fails":                 payoutFailed,
		"answers and their repeats":          payoutRepeats,
		"an answer before its payout":        payoutEarly,
		"rebates are paid":                   payoutRebates,
		"rebates fail and are tried again":   payoutRebatesFail,
		"the broker's list":                  payoutList,
		"the broker's answers":               payoutAnswers,
		"the ledger's lines":                 walletTransactions,
		"a random life":                      walletRandom,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newWalletBundle(open(t))
			b.MustFeed(t, b.Setting()...)
			require.NoError(t, operator.NewAdmin(b.DB).Verify(t.Context(), partnerA))
			test(t, b)
			RequireSound(t, b.DB)
		})
	}
}

type walletBundle struct {
	*Programme
	wallet *wallet.Service
}

func newWalletBundle(db db.DB) *walletBundle {
	b := &walletBundle{Programme: NewProgramme(db)}
	b.wallet = b.with(wallet.Exchange{})
	return b
}

// with returns the wallets of a programme with other terms for transfers.
func (b *walletBundle) with(terms wallet.Exchange) *wallet.Service {
	return wallet.New(wallet.NewStore(b.DB), b.Clock, wallet.Config{
		Exchange: terms, Audit: audit.NewSQLLog(b.DB, b.Clock), Mails: mail.NewSQLStore(b.DB, b.Clock, func() {}),
		Drain: b.Accrual.Drain, Logger: slog.New(slog.DiscardHandler),
	})
}

// earn gives partner A a reward of some USD, a multiple of 0.20.
func (b *walletBundle) earn(t *testing.T, usd int) {
	t.Helper()
	b.next++
	spread := strconv.Itoa(5 * usd)
	b.MustFeed(t, b.Order("1001", 1000+b.next, "EURUSD", "2026-06-01T10:00:00Z", `,"open_spread":`+spread+`,"close_spread":`+spread))
}

// account opens an account of partner A.
func (b *walletBundle) account(t *testing.T, currency string) string {
	t.Helper()
	a, err := b.wallet.CreateAccount(t.Context(), partnerA, "in "+currency, currency)
	require.NoError(t, err)
	return a.Number
}

func (b *walletBundle) balance(t *testing.T, account, currency string) money.Amount {
	t.Helper()
	return money.Amount(scalar(t, b.DB, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = $2 AND currency = $3`,
		partnerA, account, currency))
}

// number of partner A's first account, in USD.
var accountA = partner.AccountNumber(mustParse(PartnerA))

// refused checks that an error is a ValidationError with one fault.
func refused(t *testing.T, err error, field, code string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.ValidationError, f.Code, err)
	require.Len(t, f.Fields, 1, err)
	require.Equal(t, []string{field, code}, []string{f.Fields[0].Name, f.Fields[0].Code}, err)
}

// usd is an amount in whole dollars, or of any currency.
func usd(n int64) money.Amount { return money.Amount(n * 1_000_000) }

func walletAccounts(t *testing.T, b *walletBundle) {
	ctx := t.Context()
	b.earn(t, 100)
	a, err := b.wallet.CreateAccount(ctx, partnerA, "  Savings ", "eur")
	require.NoError(t, err)
	require.Equal(t, &partner.WalletAccount{Number: partner.AccountNumberIn(partnerA, "EUR"), Name: "Savings", Currency: "EUR", Kind: "regular"}, a)
	require.Len(t, a.Number, 19)
	require.NotEqual(t, accountA, a.Number)
	for _, currency := range []string{"EUR", "USD", "usd "} {
		_, err = b.wallet.CreateAccount(ctx, partnerA, "again", currency)
		refused(t, err, "currency", "already_in_use")
	}
	for _, currency := range []string{"", "XXX", "EURO", "' OR 1=1", "€"} {
		_, err = b.wallet.CreateAccount(ctx, partnerA, "unknown", currency)
		refused(t, err, "currency", "invalid_choice")
	}
	for name, code := range map[string]string{"": "blank", "\t": "blank", string(make([]byte, 101)): "max_length", "a\x00b": "invalid"} {
		_, err = b.wallet.CreateAccount(ctx, partnerA, name, "JPY")
		refused(t, err, "account_name", code)
	}
	_, err = b.wallet.CreateAccount(ctx, id.New(), "nobody's", "EUR")
	require.ErrorIs(t, err, fault.New(fault.NotFound))
	_, err = b.wallet.CreateAccount(ctx, partnerB, "another partner's", "USD")
	require.NoError(t, err)

	renamed, err := b.wallet.RenameAccount(ctx, partnerA, a.Number, "Holidays")
	require.NoError(t, err)
	require.Equal(t, "Holidays", renamed.Name)
	_, err = b.wallet.RenameAccount(ctx, partnerA, accountA, " ")
	refused(t, err, "account_name", "blank")
	for _, number := range []string{partner.AccountNumber(partnerB), "", "1"} {
		_, err = b.wallet.RenameAccount(ctx, partnerA, number, "mine")
		require.ErrorIs(t, err, fault.New(fault.NotFound), number)
	}
	overview, err := b.wallet.Overview(ctx, partnerA)
	require.NoError(t, err)
	require.Equal(t, &wallet.Overview{
		Accounts: []partner.WalletAccount{
			{Number: accountA, Name: "a", Currency: "USD", Kind: "reward", Balance: usd(100), BalanceUSD: usd(100)},
			{Number: a.Number, Name: "Holidays", Currency: "EUR", Kind: "regular"},
		},
		EquityUSD: usd(100),
	}, overview)
	summary, err := partner.NewSQLStore(b.DB).Overview(ctx, partnerA, today)
	require.NoError(t, err)
	require.Equal(t, overview.Accounts, summary.Accounts)
	require.EqualValues(t, 3, scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action LIKE 'wallet_account.%'`))

	b.MustFeed(t, b.Fact(feed.RateSet, "2026-06-30T01:00:00Z", `"currency":"EUR","usd":"1.2"`))
	_, err = b.wallet.Transfer(ctx, partnerA, accountA, a.Number, usd(60))
	require.NoError(t, err)
	b.MustFeed(t, b.Fact(feed.RateSet, "2026-06-30T02:00:00Z", `"currency":"EUR","usd":"1.5"`))
	overview, err = b.wallet.Overview(ctx, partnerA)
	require.NoError(t, err)
	require.Equal(t, usd(40+75), overview.EquityUSD, "50 EUR at the day's rate")
}

func walletOneAccount(t *testing.T, b *walletBundle) {
	const takers = 8
	errs := make([]error, takers)
	var group sync.WaitGroup
	for i := range takers {
		group.Go(func() { _, errs[i] = b.wallet.CreateAccount(t.Context(), partnerA, "mine", "EUR") })
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, "currency", "already_in_use")
	}
	require.Equal(t, 1, won)
}

func walletTransfer(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	euros := b.account(t, "EUR")
	// 10.01 USD at 1.085 is 9.2258064516... EUR.
	got, err := b.wallet.Transfer(t.Context(), partnerA, accountA, euros, 10_010_000)
	require.NoError(t, err)
	want := &wallet.Transfer{
		PartnerID: partnerA, ID: got.ID, PostingID: got.PostingID, From: accountA, To: euros, FromCurrency: "USD", ToCurrency: "EUR",
		FromAmount: 10_010_000, ToAmount: 9_225_806, AmountUSD: 10_010_000, FromRate: 1_000_000_000_000, ToRate: 1_085_000_000_000, CreatedAt: now,
	}
	require.Equal(t, want, got)
	require.Positive(t, got.ID)
	require.Equal(t, usd(100)-10_010_000, b.balance(t, "wallet", "USD"))
	require.EqualValues(t, 9_225_806, b.balance(t, "wallet", "EUR"))
	require.EqualValues(t, 10_010_000, b.balance(t, "clearing", "USD"))
	require.EqualValues(t, -9_225_806, b.balance(t, "clearing", "EUR"))
	require.EqualValues(t, 4, scalar(t, b.DB, `SELECT count(*) FROM entries e JOIN postings p ON p.partner_id = e.partner_id AND p.posting_id = e.posting_id
		WHERE p.kind = 'transfer' AND p.posting_id = $1 AND e.client_account IS NULL AND e.reward_day IS NULL`, got.PostingID))

	// Back again: 5.55 EUR is 6.02175 USD; then all that is left there, which
	// has more than two places and stays.
	_, err = b.wallet.Transfer(t.Context(), partnerA, euros, accountA, 5_550_000)
	require.NoError(t, err)
	require.Equal(t, usd(100)-10_010_000+6_021_750, b.balance(t, "wallet", "USD"))
	_, err = b.wallet.Transfer(t.Context(), partnerA, euros, accountA, 3_670_000)
	require.NoError(t, err)
	require.EqualValues(t, 5_806, b.balance(t, "wallet", "EUR"))
	require.EqualValues(t, 3, scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'transfer.created'`))
}

// A programme may take a spread, limit what a partner transfers on one day, and
// have no transfers at all.
func walletExchange(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	euros := b.account(t, "EUR")
	terms := wallet.Exchange{Spread: 15_000, DailyUSD: usd(30)} // 1.5 percent
	got, err := b.with(terms).Transfer(t.Context(), partnerA, accountA, euros, usd(20))
	require.NoError(t, err)
	require.EqualValues(t, 18_156_682, got.ToAmount, "20 / 1.085 x 0.985 is 18.1566820...")
	require.EqualValues(t, 15_000, got.Spread)
	list, _, err := b.wallet.Transfers(t.Context(), partnerA, page.Page{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []wallet.Transfer{*got}, list)

	_, err = b.with(terms).Transfer(t.Context(), partnerA, accountA, euros, usd(10)+10_000)
	refused(t, err, "amount", "daily_limit")
	require.ErrorContains(t, err, "limited to 30.00 USD a day, of which 10.00 are left today")
	_, err = b.with(terms).Transfer(t.Context(), partnerA, accountA, euros, usd(10))
	require.NoError(t, err, "the limit itself")
	b.Clock.Advance(24 * time.Hour)
	_, err = b.with(terms).Transfer(t.Context(), partnerA, accountA, euros, usd(10))
	require.NoError(t, err, "the next day")

	_, err = b.with(wallet.Exchange{Off: true}).Transfer(t.Context(), partnerA, accountA, euros, usd(1))
	require.ErrorIs(t, err, fault.New(fault.PermissionDenied))
	require.Equal(t, usd(60), b.balance(t, "wallet", "USD"))
}

func walletTransferRefused(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	euros := b.account(t, "EUR")
	other := partner.AccountNumber(partnerB)
	for name, c := range map[string]struct {
		from, to    string
		amount      money.Amount
		field, code string
	}{
		"nothing":               {accountA, euros, 0, "amount", "min_value"},
		"less than nothing":     {accountA, euros, -usd(1), "amount", "min_value"},
		"parts of a cent":       {accountA, euros, 1_005_000, "amount", "max_decimal_places"},
		"more than there is":    {accountA, euros, usd(100) + 10_000, "amount", "insufficient_funds"},
		"from an empty account": {euros, accountA, 10_000, "amount", "insufficient_funds"},
		"to itself":             {accountA, accountA, usd(1), "to_account", "invalid"},
		"to another partner":    {accountA, other, usd(1), "to_account", "does_not_exist"},
		"from another partner":  {other, accountA, usd(1), "from_account", "does_not_exist"},
		"to nobody":             {accountA, "", usd(1), "to_account", "does_not_exist"},
	} {
		_, err := b.wallet.Transfer(t.Context(), partnerA, c.from, c.to, c.amount)
		require.Error(t, err, name)
		refused(t, err, c.field, c.code)
	}
	require.Equal(t, usd(100), b.balance(t, "wallet", "USD"))
	require.Zero(t, scalar(t, b.DB, `SELECT count(*) FROM transfers`))

	b.write(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, partnerA)
	_, err := b.wallet.Transfer(t.Context(), partnerA, accountA, euros, usd(1))
	require.ErrorIs(t, err, fault.New(fault.PermissionDenied))
	b.write(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, partnerA)

	// A currency whose rate only begins tomorrow, and amounts beyond all bounds.
	b.MustFeed(t,
		b.Fact(feed.RateSet, "2026-07-01T01:00:00Z", `"currency":"LATER","usd":"2"`),
		b.Fact(feed.RateSet, "2026-06-01T01:00:00Z", `"currency":"TINY","usd":"0.000000000001"`),
		b.Fact(feed.RateSet, "2026-06-01T01:00:00Z", `"currency":"HUGE","usd":"9000000"`))
	_, err = b.wallet.CreateAccount(t.Context(), partnerA, "later", "LATER")
	refused(t, err, "currency", "invalid_choice")
	_, err = b.wallet.Transfer(t.Context(), partnerA, accountA, b.account(t, "TINY"), usd(10))
	refused(t, err, "amount", "max_value")
	_, err = b.wallet.Transfer(t.Context(), partnerA, accountA, b.account(t, "HUGE"), 10_000)
	refused(t, err, "amount", "min_value")
	require.Equal(t, usd(100), b.balance(t, "wallet", "USD"))
}

func walletRates(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	euros := b.account(t, "EUR")
	move := func() money.Rate {
		got, err := b.wallet.Transfer(t.Context(), partnerA, accountA, euros, usd(1))
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

func walletTransfers(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	euros := b.account(t, "EUR")
	for n := int64(1); n <= 3; n++ {
		_, err := b.wallet.Transfer(t.Context(), partnerA, accountA, euros, usd(n))
		require.NoError(t, err)
	}
	list, totals, err := b.wallet.Transfers(t.Context(), partnerA, page.Page{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, wallet.Totals{Count: 3, AmountUSD: usd(6)}, totals)
	require.Len(t, list, 2)
	require.Equal(t, []money.Amount{usd(3), usd(2)}, []money.Amount{list[0].FromAmount, list[1].FromAmount})
	list, _, err = b.wallet.Transfers(t.Context(), partnerA, page.Page{Limit: 2, Offset: 2})
	require.NoError(t, err)
	require.Len(t, list, 1)
	list, totals, err = b.wallet.Transfers(t.Context(), partnerB, page.Page{Limit: 2})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, totals)
}

// request is a withdrawal of partner A's in USD.
func request(amount money.Amount) wallet.Request {
	return wallet.Request{Account: accountA, Amount: amount, Method: "bank_transfer", Destination: "DE89370400440532013000"}
}

// token is what a partner gets by the code for a request.
func (b *walletBundle) token(t *testing.T, owner id.UUID, r wallet.Request) string {
	t.Helper()
	token := id.New().String()
	hash := verification.TokenHash(token)
	digest := verification.DigestOf(verification.Withdraw, r.Account, r.Amount.String(), r.Method, r.Destination)
	require.NoError(t, b.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO verifications (partner_id, verification_id, operation_type, digest, summary, channel, code_hash, tries,
			created_at, expires_at, completed_at, token_hash, token_expires_at) VALUES ($1, $2, 'WITHDRAW', $3, '', 'email', '', 1, $4, $5, $4, $6, $5)`,
			owner, id.New(), digest[:], db.Micros(b.Clock.Now()), db.Micros(b.Clock.Now().Add(verification.TokenLife)), hash[:])
		return err
	}))
	return token
}

// withdraw is a withdrawal with a fresh token.
func (b *walletBundle) withdraw(t *testing.T, r wallet.Request) *wallet.Withdrawal {
	t.Helper()
	w, err := b.wallet.Withdraw(t.Context(), partnerA, r, b.token(t, partnerA, r))
	require.NoError(t, err)
	return w
}
