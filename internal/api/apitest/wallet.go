package apitest

import (
	"testing"

	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

var (
	AccountA = partner.AccountNumber(programmetest.Alpha)
	AccountB = partner.AccountNumber(programmetest.Beta)
	EurosA   = partner.AccountNumberIn(programmetest.Alpha, "EUR")
)

func ToBank(amount sdk.Decimal) sdk.CreateWalletWithdrawalIn {
	return sdk.CreateWalletWithdrawalIn{Account: AccountA, Amount: amount, Method: "bank_transfer", Destination: "DE89370400440532013000"}
}

func (w *World) Withdraws(t *testing.T, p *sdk.Partner, amount sdk.Decimal) *sdk.Withdrawal {
	t.Helper()
	return OK(p.CreateWalletWithdrawal(t.Context(), ToBank(amount), w.Code(t, p, sdk.OperationTypeWithdraw, ToBank(amount))))(t)
}
