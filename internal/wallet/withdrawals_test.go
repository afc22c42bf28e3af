package wallet_test

import (
	"context"
	"encoding/json"
	"regexp"
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
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// sixDigits matches six digits in a row. In a mail, only the code may have
// them.
var sixDigits = regexp.MustCompile(`\d{6}`)

func walletWithdrawal(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 1500)
	w := b.Withdraw(t, programmetest.WithdrawalRequest(1_234_560_000))
	require.Equal(t, &wallet.Withdrawal{
		PartnerID: programmetest.Alpha, ID: w.ID, PayoutID: w.ID + 1, PostingID: w.PostingID, Account: programmetest.AccountA, Method: "bank_transfer", Destination: "DE89370400440532013000",
		Currency: "USD", Amount: 1_234_560_000, AmountUSD: 1_234_560_000, Status: "pending", CreatedAt: programmetest.Now,
	}, w)
	require.EqualValues(t, 265_440_000, b.Balance(t, "wallet", "USD"))
	require.EqualValues(t, 1_234_560_000, b.Balance(t, "payable", "USD"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM payouts WHERE partner_id = $1 AND payout_id = $2 AND kind = 'withdrawal' AND subject_id = $3
		AND client_account = '' AND destination = 'DE89370400440532013000' AND currency = 'USD' AND amount_e6 = 1234560000 AND amount_usd_e6 = 1234560000
		AND status = 'pending' AND posting_id = $4 AND answered_at IS NULL`, programmetest.Alpha, w.PayoutID, w.ID, w.PostingID))

	var action, subject, details string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT action, subject, details FROM audit_log WHERE partner_id = $1`, programmetest.Alpha).Scan(&action, &subject, &details))
	require.Equal(t, "withdrawal.created", action)
	require.NotContains(t, details, "370400", "the log does not have the whole destination")
	require.Contains(t, details, "1234.56")
	var to, text string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT recipient, text_body FROM mails`).Scan(&to, &text))
	require.Equal(t, "a@example.com", to)
	require.Contains(t, text, "1,234.56 USD by bank_transfer to ...3000")
	require.NotRegexp(t, sixDigits, text)

	// The value in USD of an amount in EUR is computed at the day's rate.
	euros := b.CreateAccount(t, "EUR")
	_, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, 217_000_000)
	require.NoError(t, err)
	w = b.Withdraw(t, wallet.Request{Account: euros, Amount: 33_330_000, Method: "crypto", Destination: "bc1"})
	require.EqualValues(t, 36_163_050, w.AmountUSD)
	require.EqualValues(t, 33_330_000, b.Balance(t, "payable", "EUR"))
	require.Equal(t, programmetest.USD(200)-33_330_000, b.Balance(t, "wallet", "EUR"))
}

func walletWithdrawalRefused(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	ctx := t.Context()
	try := func(owner id.UUID, change func(*wallet.Request)) error {
		r := programmetest.WithdrawalRequest(programmetest.USD(10))
		change(&r)
		_, err := b.Service.Withdraw(ctx, owner, r, b.Token(t, owner, r))
		payload, _ := json.Marshal(r)
		_, unbound := b.Service.Bind(ctx, owner, payload)
		require.Equal(t, err, unbound, "what cannot be withdrawn gets no code")
		return err
	}
	for name, c := range map[string]struct {
		change      func(*wallet.Request)
		field, code string
	}{
		"more than there is":  {func(r *wallet.Request) { r.Amount = programmetest.USD(100) + 10_000 }, "amount", "insufficient_funds"},
		"nothing":             {func(r *wallet.Request) { r.Amount = 0 }, "amount", "min_value"},
		"less than nothing":   {func(r *wallet.Request) { r.Amount = -programmetest.USD(5) }, "amount", "min_value"},
		"parts of a cent":     {func(r *wallet.Request) { r.Amount = 1_000_001 }, "amount", "max_decimal_places"},
		"no account":          {func(r *wallet.Request) { r.Account = "" }, "account", "required"},
		"an unknown account":  {func(r *wallet.Request) { r.Account = "42" }, "account", "does_not_exist"},
		"no method":           {func(r *wallet.Request) { r.Method = "" }, "method", "invalid_choice"},
		"an unknown method":   {func(r *wallet.Request) { r.Method = "cash" }, "method", "invalid_choice"},
		"no destination":      {func(r *wallet.Request) { r.Destination = "" }, "destination", "required"},
		"a long destination":  {func(r *wallet.Request) { r.Destination = string(make([]byte, 201)) }, "destination", "max_length"},
		"control characters":  {func(r *wallet.Request) { r.Destination = "a\nb" }, "destination", "invalid"},
		"below the method's":  {func(r *wallet.Request) { r.Amount = 990_000 }, "amount", "min_value"},
		"the highest amount":  {func(r *wallet.Request) { r.Amount = 9_223_372_036_854_770_000 }, "amount", "insufficient_funds"},
		"the lowest amount":   {func(r *wallet.Request) { r.Amount = -9_223_372_036_854_770_000 }, "amount", "min_value"},
		"someone's account B": {func(r *wallet.Request) { r.Account = "1" + programmetest.AccountA[1:] + "0" }, "account", "does_not_exist"},
	} {
		err := try(programmetest.Alpha, c.change)
		require.Error(t, err, name)
		programmetest.RequireRefused(t, err, c.field, c.code)
	}
	same := func(*wallet.Request) {}
	require.ErrorIs(t, try(programmetest.Beta, same), fault.New(fault.PermissionDenied), "not verified")
	require.ErrorIs(t, try(id.New(), same), fault.New(fault.NotFound))
	b.Write(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, programmetest.Alpha)
	require.ErrorIs(t, try(programmetest.Alpha, same), fault.New(fault.PermissionDenied), "suspended")
	b.Write(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, programmetest.Alpha)

	// If a reversal makes one account negative, nothing can be withdrawn from the
	// other accounts either.
	euros := b.CreateAccount(t, "EUR")
	_, err := b.Service.Transfer(ctx, programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(60))
	require.NoError(t, err)
	b.MustFeed(t, b.Fact(feed.OrderReversed, "2026-06-30T00:00:00Z", `"server":"Real","ticket":`+scalarText(t, b.DB, `SELECT max(ticket) FROM rewards`)+`,"reason":"x"`))
	require.Equal(t, -programmetest.USD(60), b.Balance(t, "wallet", "USD"))
	programmetest.RequireRefused(t, try(programmetest.Alpha, func(r *wallet.Request) { r.Account = euros }), "amount", "insufficient_funds")
	_, err = b.Service.Transfer(ctx, programmetest.Alpha, programmetest.AccountA, euros, 10_000)
	programmetest.RequireRefused(t, err, "amount", "insufficient_funds")
	back := b.Balance(t, "wallet", "EUR") / 10_000 * 10_000
	_, err = b.Service.Transfer(ctx, programmetest.Alpha, euros, programmetest.AccountA, back)
	require.NoError(t, err, "what is missing can be paid back")
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM withdrawals`))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM verifications WHERE used_at IS NOT NULL`), "a refused withdrawal spends no token")
}

func scalarText(t *testing.T, db db.DB, query string) string {
	t.Helper()
	return money.Format(dbtest.Scalar(t, db, query), 0)
}

func walletToken(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	ctx, r := t.Context(), programmetest.WithdrawalRequest(programmetest.USD(10))
	denied := func(r wallet.Request, token, why string) {
		_, err := b.Service.Withdraw(ctx, programmetest.Alpha, r, token)
		require.ErrorIs(t, err, fault.New(fault.PermissionDenied), why)
	}
	denied(r, "", "no token")
	denied(r, id.New().String(), "an unknown token")
	token := b.Token(t, programmetest.Alpha, r)
	for why, change := range map[string]func(*wallet.Request){
		"another amount":      func(r *wallet.Request) { r.Amount = programmetest.USD(11) },
		"another destination": func(r *wallet.Request) { r.Destination = "DE89370400440532013001" },
		"another method":      func(r *wallet.Request) { r.Method = "card" },
	} {
		other := r
		change(&other)
		denied(other, token, why)
	}
	denied(r, b.Token(t, programmetest.Beta, r), "another partner's token")
	b.Write(t, `UPDATE verifications SET operation_type = 'APPROVE_REBATES' WHERE partner_id = $1`, programmetest.Beta)

	// Many callers use one token at the same time.
	const callers = 8
	errs := make([]error, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { _, errs[i] = b.Service.Withdraw(ctx, programmetest.Alpha, r, token) })
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, fault.New(fault.PermissionDenied))
	}
	require.Equal(t, 1, won)
	require.Equal(t, programmetest.USD(90), b.Balance(t, "wallet", "USD"))
	late := b.Token(t, programmetest.Alpha, r)
	b.Clock.Advance(verification.TokenLife)
	denied(r, late, "too late")

	// The summary of an operation is a single line.
	payload := json.RawMessage(`{"account":"` + programmetest.AccountA + `","amount":"10.00","method":"bank_transfer","destination":" DE89370400440532013000 ","more":[]}`)
	bound, err := b.Service.Bind(ctx, programmetest.Alpha, payload)
	require.NoError(t, err)
	require.Equal(t, "Withdraw 10.00 USD by bank_transfer to DE89 3704 0044 0532 0130 00", bound.Summary)
	require.Equal(t, verification.DigestOf(verification.Withdraw, programmetest.AccountA, "10", "bank_transfer", "DE89370400440532013000"), bound.Digest)
	for _, bad := range []string{``, `null`, `[]`, `"x"`, `{`, `7`} {
		_, err = b.Service.Bind(ctx, programmetest.Alpha, json.RawMessage(bad))
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), bad)
	}
	bound, err = b.Service.Bind(ctx, programmetest.Alpha, json.RawMessage(`{"account":`+programmetest.AccountA+`,"amount":10,"method":"bank_transfer","destination":"DE89370400440532013000"}`))
	require.NoError(t, err, "an account may come as a number")
	require.Equal(t, verification.DigestOf(verification.Withdraw, programmetest.AccountA, "10", "bank_transfer", "DE89370400440532013000"), bound.Digest)
	for bad, code := range map[string]string{
		`{"account":[1]}`: "account", `{"account":true}`: "account", `{"account":"1","amount":"x"}`: "amount", `{"account":"1","amount":1.001}`: "amount", `{"account":"1","amount":{}}`: "amount",
	} {
		_, err = b.Service.Bind(ctx, programmetest.Alpha, json.RawMessage(bad))
		var f *fault.Error
		require.ErrorAs(t, err, &f, bad)
		require.Equal(t, code, f.Fields[0].Name, bad)
	}
}

func walletLimits(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 60_000)
	card := func(n int64) wallet.Request {
		r := programmetest.WithdrawalRequest(programmetest.USD(n))
		r.Method = "card"
		return r
	}
	try := func(r wallet.Request) error {
		_, err := b.Service.Withdraw(t.Context(), programmetest.Alpha, r, b.Token(t, programmetest.Alpha, r))
		return err
	}
	programmetest.RequireRefused(t, try(card(10_001)), "amount", "max_value")
	first := b.Withdraw(t, card(10_000))
	b.Withdraw(t, card(9_000))
	programmetest.RequireRefused(t, try(card(1_001)), "amount", "limit_reached")
	require.NoError(t, try(programmetest.WithdrawalRequest(programmetest.USD(1_001))), "another method has a limit of its own")
	b.Withdraw(t, card(1_000))
	programmetest.RequireRefused(t, try(card(1)), "amount", "limit_reached")

	// The limit does not count failed withdrawals, and starts again the next day.
	key := payout.Key{PartnerID: programmetest.Alpha, Number: first.PayoutID}
	b.MustFeed(t, b.Fact(feed.PayoutFailed, "2026-06-30T13:00:00Z", `"payout_id":"`+key.String()+`","reason":"closed"`))
	b.Withdraw(t, card(10_000))
	programmetest.RequireRefused(t, try(card(1)), "amount", "limit_reached")
	b.Clock.Advance(12 * time.Hour)
	b.Withdraw(t, card(10_000))
}

func walletWithdrawals(t *testing.T, b *programmetest.Wallets) {
	b.Earn(t, 100)
	b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(1)))
	card := programmetest.WithdrawalRequest(programmetest.USD(2))
	card.Method = "card"
	b.Withdraw(t, card)
	last := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(3)))
	amounts := func(f wallet.WithdrawalFilter, totals wallet.Totals) (list []money.Amount) {
		if f.Page.Limit == 0 {
			f.Page.Limit = 10
		}
		found, sums, err := b.Service.Withdrawals(t.Context(), programmetest.Alpha, f)
		require.NoError(t, err)
		require.Equal(t, totals, sums)
		for _, w := range found {
			list = append(list, w.Amount)
		}
		return list
	}
	all := wallet.Totals{Count: 3, AmountUSD: programmetest.USD(6)}
	require.Equal(t, []money.Amount{programmetest.USD(3), programmetest.USD(2), programmetest.USD(1)}, amounts(wallet.WithdrawalFilter{}, all))
	require.Equal(t, []money.Amount{programmetest.USD(2)}, amounts(wallet.WithdrawalFilter{Page: page.Page{Limit: 1, Offset: 1}}, all))
	require.Equal(t, []money.Amount{programmetest.USD(2)}, amounts(wallet.WithdrawalFilter{Methods: []string{"card"}}, wallet.Totals{Count: 1, AmountUSD: programmetest.USD(2)}))
	require.Equal(t, []money.Amount{programmetest.USD(3), programmetest.USD(2), programmetest.USD(1)}, amounts(wallet.WithdrawalFilter{Statuses: []string{"pending", "paid"}, Accounts: []string{programmetest.AccountA, "x"}}, all))
	require.Empty(t, amounts(wallet.WithdrawalFilter{Statuses: []string{"paid"}}, wallet.Totals{}))
	list, _, err := b.Service.Withdrawals(t.Context(), programmetest.Alpha, wallet.WithdrawalFilter{Page: page.Page{Limit: 1}})
	require.NoError(t, err)
	last.PostingID = id.Nil
	require.Equal(t, []wallet.Withdrawal{*last}, list)
	list, _, err = b.Service.Withdrawals(t.Context(), programmetest.Beta, wallet.WithdrawalFilter{Page: page.Page{Limit: 1}})
	require.NoError(t, err)
	require.Empty(t, list)
}

func walletFifty(t *testing.T, b *programmetest.Wallets) {
	const callers = 50
	b.Earn(t, 100)
	r := programmetest.WithdrawalRequest(programmetest.USD(100))
	tokens, errs := make([]string, callers), make([]error, callers)
	for i := range callers {
		tokens[i] = b.Token(t, programmetest.Alpha, r)
	}
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { _, errs[i] = b.Service.Withdraw(t.Context(), programmetest.Alpha, r, tokens[i]) })
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		programmetest.RequireRefused(t, err, "amount", "insufficient_funds")
	}
	require.Equal(t, 1, won)
	require.Zero(t, b.Balance(t, "wallet", "USD"))
	require.Equal(t, programmetest.USD(100), b.Balance(t, "payable", "USD"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM payouts`))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM verifications WHERE used_at IS NOT NULL`), "the others' tokens are as good as before")
}

// walletRace runs withdrawals, transfers in both directions and the feed at the
// same time on one wallet.
func walletRace(t *testing.T, b *programmetest.Wallets) {
	const each = 12
	b.Earn(t, 100)
	euros := b.CreateAccount(t, "EUR")
	r := programmetest.WithdrawalRequest(programmetest.USD(30))
	tokens := make([]string, each)
	for i := range tokens {
		tokens[i] = b.Token(t, programmetest.Alpha, r)
	}
	orders := make([]string, each)
	for i := range orders {
		orders[i] = b.Order("1001", 5000+i, "EURUSD", "2026-06-02T10:00:00Z", ``) // earns 2 USD
	}
	var group sync.WaitGroup
	results := make([]error, 3*each)
	for i := range each {
		group.Go(func() { _, results[i] = b.Service.Withdraw(t.Context(), programmetest.Alpha, r, tokens[i]) })
		group.Go(func() {
			_, results[each+i] = b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, euros, programmetest.USD(20))
		})
		group.Go(func() {
			_, results[2*each+i] = b.Service.Transfer(t.Context(), programmetest.Alpha, euros, programmetest.AccountA, programmetest.USD(10))
		})
		group.Go(func() {
			// Meanwhile, a reader never sees a negative wallet.
			var low int64
			if err := b.DB.QueryRow(context.WithoutCancel(t.Context()), `SELECT count(*) FROM balances WHERE account = 'wallet' AND amount_e6 < 0`).Scan(&low); err != nil || low > 0 {
				t.Errorf("%d wallets below zero: %v", low, err)
			}
		})
	}
	group.Go(func() {
		for _, order := range orders {
			b.Feed(t, order)
		}
	})
	group.Wait()
	won := int64(0)
	for i, err := range results {
		switch {
		case err != nil:
			programmetest.RequireRefused(t, err, "amount", "insufficient_funds")
		case i < each:
			won++
		}
	}
	require.Positive(t, won)
	require.Equal(t, won*30_000_000, dbtest.Scalar(t, b.DB, `SELECT amount_e6 FROM balances WHERE account = 'payable'`))
	require.GreaterOrEqual(t, b.Balance(t, "wallet", "USD"), money.Amount(0))
	require.GreaterOrEqual(t, b.Balance(t, "wallet", "EUR"), money.Amount(0))
	require.Equal(t, -(programmetest.USD(100) + each*programmetest.USD(2)), b.Balance(t, "expense", "USD"), "no money came or went otherwise")
}
