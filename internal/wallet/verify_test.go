package wallet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestWalletVerify damages the books of wallets and payouts in one way at a
// time. verify must report each damage.
func TestWalletVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, damage := range map[string]struct{ statement, check string }{
			"nothing":                         {`UPDATE payouts SET status = status`, ""},
			"a payout's amount":               {`UPDATE payouts SET amount_e6 = amount_e6 + 1 WHERE status = 'pending'`, "the payable balance equals the sum of pending payouts"},
			"a payout's amount in USD":        {`UPDATE payouts SET amount_usd_e6 = amount_usd_e6 + 1 WHERE status = 'pending'`, "the payable balance equals the sum of pending payouts"},
			"a lost payout":                   {`DELETE FROM payouts WHERE status = 'pending' AND kind = 'withdrawal'`, "the payable balance equals the sum of pending payouts"},
			"a payout made twice":             {`INSERT INTO payouts SELECT partner_id, payout_id + 9000000, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6, status, reason, posting_id, created_at, answered_at FROM payouts WHERE status = 'pending'`, "the payable balance equals the sum of pending payouts"},
			"a payout that was never paid":    {`UPDATE payouts SET status = 'paid', answered_at = 1 WHERE status = 'pending'`, "the paid balance equals the sum of paid payouts"},
			"a paid payout's amount":          {`UPDATE payouts SET amount_e6 = amount_e6 - 1 WHERE status = 'paid'`, "the paid balance equals the sum of paid payouts"},
			"an answer without its moment":    {`UPDATE payouts SET answered_at = NULL WHERE status = 'paid'`, "a payout has a response unless it is pending"},
			"a lost posting of a payout":      {`UPDATE payouts SET posting_id = partner_id WHERE status = 'failed'`, "a payout has the posting that made it payable"},
			"a transfer's posting":            {`UPDATE transfers SET posting_id = partner_id`, "a transfer has its posting, with its amounts"},
			"a transfer's amount":             {`UPDATE transfers SET to_amount_e6 = to_amount_e6 + 1`, "a transfer has its posting, with its amounts"},
			"a transfer's amount in USD":      {`UPDATE transfers SET amount_usd_e6 = amount_usd_e6 - 1`, "a transfer has its posting, with its amounts"},
			"what is between currencies":      {`UPDATE balances SET amount_usd_e6 = amount_usd_e6 + 1 WHERE account = 'clearing' AND currency = 'EUR'`, "the clearing account is empty in USD"},
			"a withdrawal's status":           {`UPDATE withdrawals SET status = 'paid' WHERE status = 'failed'`, "a withdrawal and its payout agree"},
			"a withdrawal's amount":           {`UPDATE withdrawals SET amount_e6 = amount_e6 + 1`, "a withdrawal and its payout agree"},
			"where a withdrawal goes":         {`UPDATE withdrawals SET destination = 'elsewhere'`, "a withdrawal and its payout agree"},
			"a lost withdrawal":               {`DELETE FROM withdrawals WHERE status = 'paid'`, "a withdrawal and its payout agree"},
			"a row that says paid":            {`UPDATE rebate_rows SET status = 'paid' WHERE status = 'approved'`, "a rebate's payout belongs to a row with the same amount and status"},
			"a row's payout":                  {`UPDATE rebate_rows SET payout_id = payout_id + 1 WHERE status = 'approved'`, "a rebate's payout belongs to a row with the same amount and status"},
			"what a row pays":                 {`UPDATE rebate_rows SET topay_e6 = topay_e6 + 10000 WHERE status = 'paid'`, "a rebate's payout belongs to a row with the same amount and status"},
			"what an account was paid":        {`UPDATE rebate_accounts SET paid_e6 = paid_e6 + 1 WHERE paid_e6 > 0`, "an account's paid sum equals the sum of its paid payouts"},
			"what an account was not paid":    {`UPDATE rebate_accounts SET paid_usd_e6 = 1 WHERE paid_e6 = 0`, "an account's paid sum equals the sum of its paid payouts"},
			"what a client was paid":          {`UPDATE clients SET rebate_usd_e6 = rebate_usd_e6 - 1 WHERE rebate_usd_e6 > 0`, "a client's paid sum equals the sum of its paid rows"},
			"a rebate that is paid too early": {`UPDATE rebates SET status = 'paid'`, "a rebate is paid only when all its rows are settled"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := programmetest.NewWallets(open(t))
				b.MustFeed(t, b.Setting()...)
				require.NoError(t, partner.NewAdminStore(b.DB).Verify(t.Context(), programmetest.Alpha))
				b.Earn(t, 100)
				b.EarnRebates(t, 3)
				_, err := b.Service.Transfer(t.Context(), programmetest.Alpha, programmetest.AccountA, b.CreateAccount(t, "EUR"), programmetest.USD(10))
				require.NoError(t, err)
				paid, failed := b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(5))), b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(6)))
				b.Withdraw(t, programmetest.WithdrawalRequest(programmetest.USD(7)))
				keys := b.ApproveRebates(t)
				b.MustFeed(t, b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", programmetest.PayoutKey(paid.PayoutID), ""), b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:00:00Z", programmetest.PayoutKey(failed.PayoutID), "no"),
					b.PayoutAnswer(feed.PayoutPaid, "2026-06-30T11:00:00Z", keys["3000"], ""), b.PayoutAnswer(feed.PayoutFailed, "2026-06-30T11:00:00Z", keys["3001"], "no"))
				b.Write(t, damage.statement)
				var checks []string
				_, err = verify.Run(t.Context(), verify.NewStore(b.DB), func(f verify.Fault) { checks = append(checks, f.Check) })
				require.NoError(t, err)
				if damage.check == "" {
					require.Empty(t, checks)
					return
				}
				require.Contains(t, checks, damage.check)
			})
		}
	})
}
