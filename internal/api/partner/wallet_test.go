package partner_test

// One test sends a raw request, to check that the number of an account is a
// JSON string.

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

const (
	accountsPath  = "/api/wallet/accounts/"
	transfersPath = "/api/wallet/transfers/"
	payoutsPath   = "/broker/v1/payouts/"
)

// setupWithFunds returns a World whose partner A is verified and has 1,500 USD.
func setupWithFunds(t *testing.T) *apitest.World {
	t.Helper()
	w := apitest.SetupWorld(t)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", `,"open_spread":7500,"close_spread":7500`))
	apitest.OK(w.Broker(t).VerifyPartner(t.Context(), programmetest.PartnerA))(t)
	return w
}

func TestWalletAccounts(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	w.MustFeed(t, w.Order("2001", 2, "usdjpy", "2026-03-01T10:00:00Z", ``))
	w.Exec(t, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6) VALUES ($1, 'rebates_reserved', 'EUR', 255000, 271251)`, programmetest.Beta)
	require.Equal(t, &sdk.Wallet{
		Accounts:      []sdk.WalletAccount{{ID: apitest.AccountB, Name: "b", Currency: "EUR", Balance: "1.53", Type: "reward", ReservedRebatesAmount: "0.25"}},
		SummaryEquity: "1.93", ReservedRebates: "0.27",
	}, apitest.OK(b.WalletAccounts(ctx))(t))
	first := sdk.WalletAccount{ID: apitest.AccountA, Name: "a", Currency: "USD", Balance: "0", Type: "reward", ReservedRebatesAmount: "0"}
	require.Equal(t, &sdk.Wallet{Accounts: []sdk.WalletAccount{first}, SummaryEquity: "0", ReservedRebates: "0"}, apitest.OK(a.WalletAccounts(ctx))(t))

	savings := apitest.OK(a.CreateWalletAccount(ctx, sdk.CreateWalletAccountIn{AccountName: " Savings ", Currency: "eur"}))(t)
	require.Equal(t, &sdk.WalletAccount{ID: apitest.EurosA, Name: "Savings", Currency: "EUR", Balance: "0", Type: "regular", ReservedRebatesAmount: "0"}, savings)
	for _, tt := range []struct {
		name, currency, fault string
	}{
		{"Savings", "EUR", "currency already_in_use: You already have an account in this currency."},
		{"Savings", "USD", "currency already_in_use"},
		{"Savings", "CHF", "currency invalid_choice: The programme has no rate for this currency."},
		{"", "JPY", "account_name blank"},
		{strings.Repeat("é", 101), "JPY", "account_name max_length"},
	} {
		apitest.Refused(a.CreateWalletAccount(ctx, sdk.CreateWalletAccountIn{AccountName: tt.name, Currency: tt.currency}))(t, sdk.ValidationError, tt.fault)
	}
	savings.Name = "Holidays"
	require.Equal(t, savings, apitest.OK(a.RenameWalletAccount(ctx, apitest.EurosA, sdk.RenameWalletAccountIn{AccountName: new("Holidays")}))(t))
	apitest.Refused(a.RenameWalletAccount(ctx, apitest.EurosA, sdk.RenameWalletAccountIn{AccountName: new("  ")}))(t, sdk.ValidationError, "account_name blank")
	apitest.Refused(b.RenameWalletAccount(ctx, apitest.EurosA, sdk.RenameWalletAccountIn{AccountName: new("mine")}))(t, sdk.NotFound)
	apitest.Refused(a.RenameWalletAccount(ctx, "nothing", sdk.RenameWalletAccountIn{AccountName: new("mine")}))(t, sdk.NotFound)
	require.Equal(t, []sdk.WalletAccount{first, *savings}, apitest.OK(a.WalletAccounts(ctx))(t).Accounts)
	require.True(t, strings.HasPrefix(w.Call(t, "a", "GET", accountsPath, "").Body.String(), `{"accounts":[{"id":"`), "an account's number is a text")
}

func TestWalletTransfers(t *testing.T) {
	t.Parallel()
	w := setupWithFunds(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	apitest.OK(a.CreateWalletAccount(ctx, sdk.CreateWalletAccountIn{AccountName: "Savings", Currency: "EUR"}))(t)
	move := func(from, to string, amount sdk.Decimal) (*sdk.Transfer, error) {
		return a.CreateWalletTransfer(ctx, sdk.CreateWalletTransferIn{FromAccount: from, ToAccount: to, Amount: amount})
	}
	require.Empty(t, apitest.All(t, a.WalletTransfers(ctx, sdk.PageQuery{})))
	there := apitest.OK(move(apitest.AccountA, apitest.EurosA, "100.10"))(t)
	require.Equal(t, &sdk.Transfer{
		ID: there.ID, FromAccount: apitest.AccountA, ToAccount: apitest.EurosA, FromCurrency: "USD", ToCurrency: "EUR", Amount: "100.1", ToAmount: "92.258064", AmountUSD: "100.1",
		FromRate: "1", ToRate: "1.085", SpreadPercent: "0", Created: w.Clock.Now(),
	}, there)
	apitest.Refused(move(apitest.EurosA, apitest.AccountA, "92.26"))(t, sdk.ValidationError, "amount insufficient_funds: This is more than the account's balance.")
	back := apitest.OK(move(apitest.EurosA, apitest.AccountA, "92.25"))(t)
	require.Equal(t, &sdk.Transfer{
		ID: there.ID + 1, FromAccount: apitest.EurosA, ToAccount: apitest.AccountA, FromCurrency: "EUR", ToCurrency: "USD", Amount: "92.25", ToAmount: "100.09125", AmountUSD: "100.09125",
		FromRate: "1.085", ToRate: "1", SpreadPercent: "0", Created: w.Clock.Now(),
	}, back)
	for amount, fault := range map[sdk.Decimal]string{
		"1.001":     "amount max_decimal_places: Ensure that there are no more than 2 decimal places.",
		"1.0000001": "amount max_decimal_places: Ensure that there are no more than 6 decimal places.",
		"0":         "amount min_value: Ensure this value is greater than or equal to 0.01.",
		"-5":        "amount min_value",
		"1e":        "amount invalid",
		"1e99":      "amount invalid",
	} {
		apitest.Refused(move(apitest.AccountA, apitest.EurosA, amount))(t, sdk.ValidationError, fault)
	}
	apitest.Refused(move(apitest.AccountA, apitest.AccountA, "1"))(t, sdk.ValidationError, "to_account invalid: Name two different accounts.")
	apitest.Refused(move(apitest.AccountA, apitest.AccountB, "1"))(t, sdk.ValidationError, "to_account does_not_exist: You have no account with this number.")

	page := apitest.OK(a.WalletTransfersPage(ctx, sdk.PageQuery{Limit: 1, Offset: 1}))(t)
	require.Equal(t, []sdk.Transfer{*there}, page.Data, "newest first")
	require.Equal(t, sdk.WalletTotals{Count: 2, AmountUSD: "200.19125"}, page.Totals)
	require.Empty(t, apitest.All(t, b.WalletTransfers(ctx, sdk.PageQuery{})))
	programmetest.RequireSound(t, w.DB)
}

func TestWithdrawals(t *testing.T) {
	t.Parallel()
	w := setupWithFunds(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	require.Equal(t, []sdk.WithdrawalMethod{
		{Method: "bank_transfer", MinUSD: "1", MaxUSD: "100000", DailyUSD: "250000"},
		{Method: "card", MinUSD: "1", MaxUSD: "10000", DailyUSD: "20000"},
		{Method: "crypto", MinUSD: "1", MaxUSD: "100000", DailyUSD: "250000"},
	}, apitest.OK(a.WithdrawalMethods(ctx))(t))
	require.Empty(t, apitest.All(t, a.WalletWithdrawals(ctx, sdk.WalletWithdrawalsQuery{})))
	uncoded := func(amount sdk.Decimal, options ...sdk.CallOption) {
		t.Helper()
		_, err := a.CreateWalletWithdrawal(ctx, apitest.ToBank(amount), options...)
		apitest.RequireUncoded(t, err)
	}
	withdrawing := func(amount sdk.Decimal) sdk.CallOption {
		return w.Code(t, a, sdk.OperationTypeWithdraw, apitest.ToBank(amount))
	}
	uncoded("10")
	uncoded("10", withdrawing("11"))
	cash := apitest.ToBank("10")
	cash.Method = "cash"
	apitest.Refused(a.CreateWalletWithdrawal(ctx, cash))(t, sdk.ValidationError, "method invalid_choice: There is no withdrawal method with this name.")
	apitest.Refused(a.StartVerification(ctx, sdk.StartVerificationIn{OperationType: sdk.OperationTypeWithdraw, Payload: apitest.ToBank("1500.01")}))(t,
		sdk.ValidationError, "payload.amount insufficient_funds: This is more than the account's balance.")

	most, code, once := withdrawing("1300"), withdrawing("250"), sdk.WithIdempotencyKey("once")
	made := apitest.OK(a.CreateWalletWithdrawal(ctx, apitest.ToBank("250.00"), code, once))(t)
	require.Equal(t, &sdk.Withdrawal{
		ID: made.ID, Account: apitest.AccountA, Method: "bank_transfer", Destination: "DE89370400440532013000", Currency: "USD", Amount: "250", AmountUSD: "250",
		Status: sdk.PayoutStatusPending, PayoutID: fmt.Sprintf("%s-%d", programmetest.Alpha.Hex(), made.ID+1), Created: w.Clock.Now(),
	}, made)
	require.Equal(t, made, apitest.OK(a.CreateWalletWithdrawal(ctx, apitest.ToBank("250.00"), code, once))(t), "the same call gets the same answer")
	uncoded("250", code)

	// A refused request uses up neither its temporary token nor its idempotency key.
	once = sdk.WithIdempotencyKey("later")
	apitest.Refused(a.CreateWalletWithdrawal(ctx, apitest.ToBank("1300"), most, once))(t, sdk.ValidationError, "amount insufficient_funds")
	w.MustFeed(t, w.Order("1001", 2, "EURUSD", "2026-06-02T10:00:00Z", `,"open_spread":500,"close_spread":500`))
	apitest.OK(a.CreateWalletWithdrawal(ctx, apitest.ToBank("1300"), most, once))(t)

	page := apitest.OK(a.WalletWithdrawalsPage(ctx, sdk.WalletWithdrawalsQuery{
		Limit: 1, Offset: 1, Status: []sdk.PayoutStatus{sdk.PayoutStatusPending, sdk.PayoutStatusPaid}, Method: []string{"bank_transfer"},
	}))(t)
	require.Equal(t, []sdk.Withdrawal{*made}, page.Data)
	require.Equal(t, sdk.WalletTotals{Count: 2, AmountUSD: "1550"}, page.Totals)
	require.Empty(t, apitest.All(t, a.WalletWithdrawals(ctx, sdk.WalletWithdrawalsQuery{Status: []sdk.PayoutStatus{sdk.PayoutStatusFailed}})))
	apitest.Refused(a.WalletWithdrawalsPage(ctx, sdk.WalletWithdrawalsQuery{Status: []sdk.PayoutStatus{"lost"}}))(t, sdk.ValidationError, "status invalid_choice")

	b := w.Partner(t, "b")
	require.Empty(t, apitest.All(t, b.WalletWithdrawals(ctx, sdk.WalletWithdrawalsQuery{})))
	theirs := apitest.ToBank("1")
	theirs.Account = apitest.AccountB
	apitest.Refused(b.CreateWalletWithdrawal(ctx, theirs))(t, sdk.PermissionDenied)
	programmetest.RequireSound(t, w.DB)
}

// TestWithdrawals_FiftyAtOnce sends fifty withdrawals of the whole balance at once,
// with and without idempotency keys. Exactly one of them must succeed.
func TestWithdrawals_FiftyAtOnce(t *testing.T) {
	t.Parallel()
	const callers, codes = 50, 10
	w := setupWithFunds(t)
	a, in := w.Partner(t, "a"), apitest.ToBank("1500")
	tokens := make([]sdk.CallOption, codes)
	for i := range tokens {
		tokens[i] = w.Code(t, a, sdk.OperationTypeWithdraw, in)
	}
	errs := make([]error, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			_, errs[i] = a.CreateWalletWithdrawal(t.Context(), in, tokens[i/2%codes], sdk.WithIdempotencyKey(fmt.Sprint("key ", i/2)))
		})
	}
	group.Wait()
	paid := 0
	for _, err := range errs {
		if err == nil {
			paid++
			continue
		}
		require.Contains(t, []string{sdk.ValidationError, sdk.PermissionDenied}, sdk.ErrorCode(err), "too little money, or a used code")
	}
	require.Contains(t, []int{1, 2}, paid, "the paid call and the one with the same key")
	require.EqualValues(t, 1, w.Count(t, "withdrawals"))
	require.EqualValues(t, 1, w.Count(t, "payouts"))
	programmetest.RequireSound(t, w.DB)
}

func TestPayouts(t *testing.T) {
	t.Parallel()
	w := setupWithFunds(t)
	a, broker, ctx := w.Partner(t, "a"), w.Broker(t), t.Context()
	now := w.Clock.Now()
	rows := make([]sdk.Payout, 3)
	for i := range rows {
		rows[i] = sdk.Payout{
			ID: w.Withdraws(t, a, "10").PayoutID, Kind: sdk.PayoutKindWithdrawal, PartnerUID: programmetest.PartnerA, Method: new("bank_transfer"),
			Destination: "DE89370400440532013000", Currency: "USD", Amount: "10", AmountUSD: "10", Status: sdk.PayoutStatusPending, Created: now,
		}
	}
	page := apitest.OK(broker.PayoutsPage(ctx, sdk.PayoutsQuery{}))(t)
	require.Equal(t, rows, page.Data)
	require.Equal(t, sdk.PayoutTotals{Count: 3, AmountUSD: "30", Sums: []sdk.PayoutSum{{Currency: "USD", Count: 3, Amount: "30", AmountUSD: "30"}}}, page.Totals)
	require.Empty(t, apitest.All(t, broker.Payouts(ctx, sdk.PayoutsQuery{Kind: []sdk.PayoutKind{sdk.PayoutKindRebate}})))
	require.Empty(t, apitest.All(t, broker.Payouts(ctx, sdk.PayoutsQuery{
		PartnerUID: []string{programmetest.PartnerB}, Status: []sdk.PayoutStatus{sdk.PayoutStatusPending, sdk.PayoutStatusPaid},
	})))
	apitest.Refused(broker.PayoutsPage(ctx, sdk.PayoutsQuery{PartnerUID: []string{"x"}}))(t, sdk.ValidationError, "partner_uid invalid")
	apitest.Refused(broker.PayoutsPage(ctx, sdk.PayoutsQuery{Ordering: []string{"amount"}}))(t, sdk.ValidationError, "ordering invalid_choice")

	paid, failed := &rows[0], &rows[1]
	paid.Status, paid.Answered = sdk.PayoutStatusPaid, now
	failed.Status, failed.Reason, failed.Answered = sdk.PayoutStatusFailed, new("closed"), now
	fail := func(id, reason string) (*sdk.Payout, error) {
		return broker.FailPayout(ctx, id, sdk.FailPayoutIn{Reason: &reason})
	}
	require.Equal(t, paid, apitest.OK(broker.ConfirmPayout(ctx, paid.ID))(t))
	require.Equal(t, paid, apitest.OK(broker.ConfirmPayout(ctx, strings.ToUpper(paid.ID)))(t), "confirmed again")
	apitest.Refused(fail(paid.ID, "x"))(t, sdk.ValidationError, "id conflict: This payout is already paid.")
	require.Equal(t, failed, apitest.OK(fail(failed.ID, "closed"))(t))
	require.Equal(t, failed, apitest.OK(fail(failed.ID, "another reason"))(t), "failed again")
	apitest.Refused(broker.ConfirmPayout(ctx, failed.ID))(t, sdk.ValidationError, "id conflict: This payout is already failed.")
	apitest.Refused(broker.ConfirmPayout(ctx, "x"))(t, sdk.NotFound)
	apitest.Refused(fail(strings.Repeat("0", 32)+"-1", ""))(t, sdk.NotFound)
	apitest.Refused(fail(rows[2].ID, strings.Repeat("x", 101)))(t, sdk.ValidationError, "reason max_length")

	apitest.Refused(broker.ConfirmPayouts(ctx, sdk.ConfirmPayoutsIn{IDs: []string{}}))(t, sdk.ValidationError, "ids empty")
	many := apitest.OK(broker.ConfirmPayouts(ctx, sdk.ConfirmPayoutsIn{IDs: []string{rows[0].ID, rows[1].ID, rows[2].ID, "x", rows[2].ID}}))(t)
	require.Equal(t, []sdk.PayoutResult{
		{ID: rows[0].ID, Result: sdk.PayoutOutcomeAlreadyConfirmed, Status: sdk.PayoutStatusPaid},
		{ID: rows[1].ID, Result: sdk.PayoutOutcomeConflict, Status: sdk.PayoutStatusFailed},
		{ID: rows[2].ID, Result: sdk.PayoutOutcomeConfirmed, Status: sdk.PayoutStatusPaid},
		{ID: "x", Result: sdk.PayoutOutcomeNotFound},
		{ID: rows[2].ID, Result: sdk.PayoutOutcomeAlreadyConfirmed, Status: sdk.PayoutStatusPaid},
	}, many.Data)
	require.Equal(t, sdk.PayoutResultTotals{Count: 5, Confirmed: 1, AlreadyConfirmed: 2, Conflict: 1, NotFound: 1}, many.Totals)
	rows[2].Status, rows[2].Answered = sdk.PayoutStatusPaid, now
	require.Empty(t, apitest.All(t, broker.Payouts(ctx, sdk.PayoutsQuery{})), "none waits")
	require.Equal(t, []sdk.Payout{rows[2], rows[1], rows[0]}, apitest.All(t, broker.Payouts(ctx, sdk.PayoutsQuery{
		Status: []sdk.PayoutStatus{sdk.PayoutStatusFailed, sdk.PayoutStatusPaid}, Ordering: []string{"-created"},
	})), "newest first")
	require.Equal(t, "closed", *apitest.Only(t, a.WalletWithdrawals(ctx, sdk.WalletWithdrawalsQuery{Status: []sdk.PayoutStatus{sdk.PayoutStatusFailed}})).Reason)
	require.Equal(t, sdk.Decimal("1480"), apitest.OK(a.WalletAccounts(ctx))(t).Accounts[0].Balance, "a failed withdrawal is back in the wallet")
	programmetest.RequireSound(t, w.DB)
}

func TestPayouts_ManyAtOnce(t *testing.T) {
	t.Parallel()
	w := setupWithFunds(t)
	ids := make([]string, 10_001)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032d-%d", 1, 1+i)
	}
	broker, ctx := w.Broker(t), t.Context()
	apitest.Refused(broker.ConfirmPayouts(ctx, sdk.ConfirmPayoutsIn{IDs: ids}))(t, sdk.ValidationError, "ids max_length")
	require.Equal(t, sdk.PayoutResultTotals{Count: 10_000, NotFound: 10_000}, apitest.OK(broker.ConfirmPayouts(ctx, sdk.ConfirmPayoutsIn{IDs: ids[1:]}))(t).Totals)
	require.Zero(t, w.Count(t, "facts_waiting"))
}
