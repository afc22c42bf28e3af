package storetest

import (
	"context"
	"encoding/json"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// sixDigits is what no mail may have but the code itself.
var sixDigits = regexp.MustCompile(`\d{6}`)

func walletWithdrawal(t *testing.T, b *walletBundle) {
	b.earn(t, 1500)
	w := b.withdraw(t, request(1_234_560_000))
	require.Equal(t, &wallet.Withdrawal{
		PartnerID: partnerA, ID: w.ID, PayoutID: w.ID + 1, PostingID: w.PostingID, Account: accountA, Method: "bank_transfer", Destination: "DE89370400440532013000",
		Currency: "USD", Amount: 1_234_560_000, AmountUSD: 1_234_560_000, Status: "pending", CreatedAt: now,
	}, w)
	require.EqualValues(t, 265_440_000, b.balance(t, "wallet", "USD"))
	require.EqualValues(t, 1_234_560_000, b.balance(t, "payable", "USD"))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts WHERE partner_id = $1 AND payout_id = $2 AND kind = 'withdrawal' AND subject_id = $3
		AND client_account = '' AND destination = 'DE89370400440532013000' AND currency = 'USD' AND amount_e6 = 1234560000 AND amount_usd_e6 = 1234560000
		AND status = 'pending' AND posting_id = $4 AND answered_at IS NULL`, partnerA, w.PayoutID, w.ID, w.PostingID))

	var action, subject, details string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT action, subject, details FROM audit_log WHERE partner_id = $1`, partnerA).Scan(&action, &subject, &details))
	require.Equal(t, "withdrawal.created", action)
	require.NotContains(t, details, "370400", "nobody reads a whole destination in a log")
	require.Contains(t, details, "1234.56")
	var to, text string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT recipient, text_body FROM mails`).Scan(&to, &text))
	require.Equal(t, "a@example.com", to)
	require.Contains(t, text, "1,234.56 USD by bank_transfer to ...3000")
	require.NotRegexp(t, sixDigits, text)

	// In another currency the USD side is the day's rate.
	euros := b.account(t, "EUR")
	_, err := b.wallet.Transfer(t.Context(), partnerA, accountA, euros, 217_000_000)
	require.NoError(t, err)
	w = b.withdraw(t, wallet.Request{Account: euros, Amount: 33_330_000, Method: "crypto", Destination: "bc1"})
	require.EqualValues(t, 36_163_050, w.AmountUSD)
	require.EqualValues(t, 33_330_000, b.balance(t, "payable", "EUR"))
	require.Equal(t, usd(200)-33_330_000, b.balance(t, "wallet", "EUR"))
}

func walletWithdrawalRefused(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	ctx := t.Context()
	try := func(owner id.UUID, change func(*wallet.Request)) error {
		r := request(usd(10))
		change(&r)
		_, err := b.wallet.Withdraw(ctx, owner, r, b.token(t, owner, r))
		payload, _ := json.Marshal(r)
		_, unbound := b.wallet.Bind(ctx, owner, payload)
		require.Equal(t, err, unbound, "what cannot be withdrawn gets no code")
		return err
	}
	for name, c := range map[string]struct {
		change      func(*wallet.Request)
		field, code string
	}{
		"more than there is":  {func(r *wallet.Request) { r.Amount = usd(100) + 10_000 }, "amount", "insufficient_funds"},
		"nothing":             {func(r *wallet.Request) { r.Amount = 0 }, "amount", "min_value"},
		"less than nothing":   {func(r *wallet.Request) { r.Amount = -usd(5) }, "amount", "min_value"},
		"parts of a cent":     {func(r *wallet.Request) { r.Amount = 1_000_001 }, "amount", "max_decimal_places"},
		"no account":          {func(r *wallet.Request) { r.Account = "" }, "account", "required"},
		"nobody's account":    {func(r *wallet.Request) { r.Account = "42" }, "account", "does_not_exist"},
		"no method":           {func(r *wallet.Request) { r.Method = "" }, "method", "invalid_choice"},
		"an unknown method":   {func(r *wallet.Request) { r.Method = "cash" }, "method", "invalid_choice"},
		"no destination":      {func(r *wallet.Request) { r.Destination = "" }, "destination", "required"},
		"a long destination":  {func(r *wallet.Request) { r.Destination = string(make([]byte, 201)) }, "destination", "max_length"},
		"control characters":  {func(r *wallet.Request) { r.Destination = "a\nb" }, "destination", "invalid"},
		"below the method's":  {func(r *wallet.Request) { r.Amount = 990_000 }, "amount", "min_value"},
		"the highest amount":  {func(r *wallet.Request) { r.Amount = 9_223_372_036_854_770_000 }, "amount", "insufficient_funds"},
		"the lowest amount":   {func(r *wallet.Request) { r.Amount = -9_223_372_036_854_770_000 }, "amount", "min_value"},
		"someone's account B": {func(r *wallet.Request) { r.Account = "1" + accountA[1:] + "0" }, "account", "does_not_exist"},
	} {
		err := try(partnerA, c.change)
		require.Error(t, err, name)
		refused(t, err, c.field, c.code)
	}
	same := func(*wallet.Request) {}
	require.ErrorIs(t, try(partnerB, same), fault.New(fault.PermissionDenied), "not verified")
	require.ErrorIs(t, try(id.New(), same), fault.New(fault.NotFound))
	b.write(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, partnerA)
	require.ErrorIs(t, try(partnerA, same), fault.New(fault.PermissionDenied), "suspended")
	b.write(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, partnerA)

	// A wallet below zero, by a reversal, blocks what other accounts have.
	euros := b.account(t, "EUR")
	_, err := b.wallet.Transfer(ctx, partnerA, accountA, euros, usd(60))
	require.NoError(t, err)
	b.MustFeed(t, b.Fact(feed.OrderReversed, "2026-06-30T00:00:00Z", `"server":"Real","ticket":`+scalarText(t, b.DB, `SELECT max(ticket) FROM rewards`)+`,"reason":"x"`))
	require.Equal(t, -usd(60), b.balance(t, "wallet", "USD"))
	refused(t, try(partnerA, func(r *wallet.Request) { r.Account = euros }), "amount", "insufficient_funds")
	_, err = b.wallet.Transfer(ctx, partnerA, accountA, euros, 10_000)
	refused(t, err, "amount", "insufficient_funds")
	back := b.balance(t, "wallet", "EUR") / 10_000 * 10_000
	_, err = b.wallet.Transfer(ctx, partnerA, euros, accountA, back)
	require.NoError(t, err, "what is missing can be paid back")
	require.Zero(t, scalar(t, b.DB, `SELECT count(*) FROM withdrawals`))
	require.Zero(t, scalar(t, b.DB, `SELECT count(*) FROM verifications WHERE used_at IS NOT NULL`), "a refused withdrawal spends no token")
}

func scalarText(t *testing.T, db db.DB, query string) string {
	t.Helper()
	return money.Format(scalar(t, db, query), 0)
}

func walletToken(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	ctx, r := t.Context(), request(usd(10))
	denied := func(r wallet.Request, token, why string) {
		_, err := b.wallet.Withdraw(ctx, partnerA, r, token)
		require.ErrorIs(t, err, fault.New(fault.PermissionDenied), why)
	}
	denied(r, "", "no token")
	denied(r, id.New().String(), "nobody's token")
	token := b.token(t, partnerA, r)
	for why, change := range map[string]func(*wallet.Request){
		"another amount":      func(r *wallet.Request) { r.Amount = usd(11) },
		"another destination": func(r *wallet.Request) { r.Destination = "DE89370400440532013001" },
		"another method":      func(r *wallet.Request) { r.Method = "card" },
	} {
		other := r
		change(&other)
		denied(other, token, why)
	}
	denied(r, b.token(t, partnerB, r), "another partner's token")
	b.write(t, `UPDATE verifications SET operation_type = 'APPROVE_REBATES' WHERE partner_id = $1`, partnerB)

	// One token, many callers at once.
	const callers = 8
	errs := make([]error, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { _, errs[i] = b.wallet.Withdraw(ctx, partnerA, r, token) })
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
	require.Equal(t, usd(90), b.balance(t, "wallet", "USD"))
	late := b.token(t, partnerA, r)
	b.Clock.Advance(verification.TokenLife)
	denied(r, late, "too late")

	// What a code is for, in one line.
	payload := json.RawMessage(`{"account":"` + accountA + `","amount":"10.00","method":"bank_transfer","destination":" DE89370400440532013000 ","more":[]}`)
	bound, err := b.wallet.Bind(ctx, partnerA, payload)
	require.NoError(t, err)
	require.Equal(t, "Withdraw 10.00 USD by bank_transfer to DE89 3704 0044 0532 0130 00", bound.Summary)
	require.Equal(t, verification.DigestOf(verification.Withdraw, accountA, "10", "bank_transfer", "DE89370400440532013000"), bound.Digest)
	for _, bad := range []string{``, `null`, `[]`, `"x"`, `{`, `7`} {
		_, err = b.wallet.Bind(ctx, partnerA, json.RawMessage(bad))
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), bad)
	}
	bound, err = b.wallet.Bind(ctx, partnerA, json.RawMessage(`{"account":`+accountA+`,"amount":10,"method":"bank_transfer","destination":"DE89370400440532013000"}`))
	require.NoError(t, err, "an account may come as a number")
	require.Equal(t, verification.DigestOf(verification.Withdraw, accountA, "10", "bank_transfer", "DE89370400440532013000"), bound.Digest)
	for bad, code := range map[string]string{
		`{"account":[1]}`: "account", `{"account":true}`: "account", `{"account":"1","amount":"x"}`: "amount", `{"account":"1","amount":1.001}`: "amount", `{"account":"1","amount":{}}`: "amount",
	} {
		_, err = b.wallet.Bind(ctx, partnerA, json.RawMessage(bad))
		var f *fault.Error
		require.ErrorAs(t, err, &f, bad)
		require.Equal(t, code, f.Fields[0].Name, bad)
	}
}

func walletLimits(t *testing.T, b *walletBundle) {
	b.earn(t, 60_000)
	card := func(n int64) wallet.Request {
		r := request(usd(n))
		r.Method = "card"
		return r
	}
	try := func(r wallet.Request) error {
		_, err := b.wallet.Withdraw(t.Context(), partnerA, r, b.token(t, partnerA, r))
		return err
	}
	refused(t, try(card(10_001)), "amount", "max_value")
	first := b.withdraw(t, card(10_000))
	b.withdraw(t, card(9_000))
	refused(t, try(card(1_001)), "amount", "limit_reached")
	require.NoError(t, try(request(usd(1_001))), "another method has a limit of its own")
	b.withdraw(t, card(1_000))
	refused(t, try(card(1)), "amount", "limit_reached")

	// What failed does not count, and the next day starts again.
	key := payout.Key{PartnerID: partnerA, Number: first.PayoutID}
	b.MustFeed(t, b.Fact(feed.PayoutFailed, "2026-06-30T13:00:00Z", `"payout_id":"`+key.String()+`","reason":"closed"`))
	b.withdraw(t, card(10_000))
	refused(t, try(card(1)), "amount", "limit_reached")
	b.Clock.Advance(12 * time.Hour)
	b.withdraw(t, card(10_000))
}

func walletWithdrawals(t *testing.T, b *walletBundle) {
	b.earn(t, 100)
	b.withdraw(t, request(usd(1)))
	card := request(usd(2))
	card.Method = "card"
	b.withdraw(t, card)
	last := b.withdraw(t, request(usd(3)))
	amounts := func(f wallet.WithdrawalFilter, totals wallet.Totals) (list []money.Amount) {
		if f.Page.Limit == 0 {
			f.Page.Limit = 10
		}
		found, sums, err := b.wallet.Withdrawals(t.Context(), partnerA, f)
		require.NoError(t, err)
		require.Equal(t, totals, sums)
		for _, w := range found {
			list = append(list, w.Amount)
		}
		return list
	}
	all := wallet.Totals{Count: 3, AmountUSD: usd(6)}
	require.Equal(t, []money.Amount{usd(3), usd(2), usd(1)}, amounts(wallet.WithdrawalFilter{}, all))
	require.Equal(t, []money.Amount{usd(2)}, amounts(wallet.WithdrawalFilter{Page: page.Page{Limit: 1, Offset: 1}}, all))
	require.Equal(t, []money.Amount{usd(2)}, amounts(wallet.WithdrawalFilter{Methods: []string{"card"}}, wallet.Totals{Count: 1, AmountUSD: usd(2)}))
	require.Equal(t, []money.Amount{usd(3), usd(2), usd(1)}, amounts(wallet.WithdrawalFilter{Statuses: []string{"pending", "paid"}, Accounts: []string{accountA, "x"}}, all))
	require.Empty(t, amounts(wallet.WithdrawalFilter{Statuses: []string{"paid"}}, wallet.Totals{}))
	list, _, err := b.wallet.Withdrawals(t.Context(), partnerA, wallet.WithdrawalFilter{Page: page.Page{Limit: 1}})
	require.NoError(t, err)
	last.PostingID = id.Nil
	require.Equal(t, []wallet.Withdrawal{*last}, list)
	list, _, err = b.wallet.Withdrawals(t.Context(), partnerB, wallet.WithdrawalFilter{Page: page.Page{Limit: 1}})
	require.NoError(t, err)
	require.Empty(t, list)
}

func walletFifty(t *testing.T, b *walletBundle) {
	const callers = 50
	b.earn(t, 100)
	r := request(usd(100))
	tokens, errs := make([]string, callers), make([]error, callers)
	for i := range callers {
		tokens[i] = b.token(t, partnerA, r)
	}
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { _, errs[i] = b.wallet.Withdraw(t.Context(), partnerA, r, tokens[i]) })
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, "amount", "insufficient_funds")
	}
	require.Equal(t, 1, won)
	require.Zero(t, b.balance(t, "wallet", "USD"))
	require.Equal(t, usd(100), b.balance(t, "payable", "USD"))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM payouts`))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM mails`))
	require.EqualValues(t, 1, scalar(t, b.DB, `SELECT count(*) FROM verifications WHERE used_at IS NOT NULL`), "the others' tokens are as good as before")
}

// walletRace has withdrawals, transfers both ways and the feed at one wallet.
func walletRace(t *testing.T, b *walletBundle) {
	const each = 12
	b.earn(t, 100)
	euros := b.account(t, "EUR")
	r := request(usd(30))
	tokens := make([]string, each)
	for i := range tokens {
		tokens[i] = b.token(t, partnerA, r)
	}
	orders := make([]string, each)
	for i := range orders {
		orders[i] = b.Order("1001", 5000+i, "EURUSD", "2026-06-02T10:00:00Z", ``) // 2 USD
	}
	var group sync.WaitGroup
	results := make([]error, 3*each)
	for i := range each {
		group.Go(func() { _, results[i] = b.wallet.Withdraw(t.Context(), partnerA, r, tokens[i]) })
		group.Go(func() { _, results[each+i] = b.wallet.Transfer(t.Context(), partnerA, accountA, euros, usd(20)) })
		group.Go(func() { _, results[2*each+i] = b.wallet.Transfer(t.Context(), partnerA, euros, accountA, usd(10)) })
		group.Go(func() {
			// Whoever looks meanwhile sees no wallet below zero.
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
			refused(t, err, "amount", "insufficient_funds")
		case i < each:
			won++
		}
	}
	require.Positive(t, won)
	require.Equal(t, won*30_000_000, scalar(t, b.DB, `SELECT amount_e6 FROM balances WHERE account = 'payable'`))
	require.GreaterOrEqual(t, b.balance(t, "wallet", "USD"), money.Amount(0))
	require.GreaterOrEqual(t, b.balance(t, "wallet", "EUR"), money.Amount(0))
	require.Equal(t, -(usd(100) + each*usd(2)), b.balance(t, "expense", "USD"), "no money came or went otherwise")
}
