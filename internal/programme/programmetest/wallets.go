package programmetest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// WalletScenarios runs each scenario in a programme of its own, in which partner A is
// verified. It verifies the books after each scenario.
func WalletScenarios(t *testing.T, open func(t *testing.T) db.DB, scenarios map[string]func(*testing.T, *Wallets)) {
	t.Helper()
	for name, test := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := NewWallets(open(t))
			b.MustFeed(t, b.Setting()...)
			require.NoError(t, partner.NewAdminStore(b.DB).Verify(t.Context(), Alpha))
			test(t, b)
			RequireSound(t, b.DB)
		})
	}
}

// Wallets is a Programme with a wallet service.
type Wallets struct {
	*Programme
	Service *wallet.Service
}

// NewWallets returns an empty programme with a wallet service. Transfers are free.
func NewWallets(db db.DB) *Wallets {
	b := &Wallets{Programme: New(db)}
	b.Service = b.With(wallet.Exchange{})
	return b
}

// With returns a wallet service for the same programme with other terms for
// transfers.
func (b *Wallets) With(terms wallet.Exchange) *wallet.Service {
	return wallet.New(wallet.NewStore(b.DB), b.Clock, wallet.Config{
		Exchange: terms, Audit: audit.NewSQLLog(b.DB, b.Clock), Mails: mail.NewSQLStore(b.DB, b.Clock, func() {}),
		WakeFacts: b.Accrual.Wake,
	})
}

// Earn gives partner A a reward of this many US dollars.
func (b *Wallets) Earn(t *testing.T, usd int) {
	t.Helper()
	b.Next++
	spread := strconv.Itoa(5 * usd)
	b.MustFeed(t, b.Order("1001", 1000+b.Next, "EURUSD", "2026-06-01T10:00:00Z", `,"open_spread":`+spread+`,"close_spread":`+spread))
}

// CreateAccount opens an account of partner A.
func (b *Wallets) CreateAccount(t *testing.T, currency string) string {
	t.Helper()
	a, err := b.Service.CreateAccount(t.Context(), Alpha, "in "+currency, currency)
	require.NoError(t, err)
	return a.Number
}

// Balance returns the balance of one of partner A's ledger accounts.
func (b *Wallets) Balance(t *testing.T, account, currency string) money.Amount {
	t.Helper()
	return money.Amount(dbtest.Scalar(t, b.DB, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = $2 AND currency = $3`,
		Alpha, account, currency))
}

// AccountA is the number of partner A's first account, in USD.
var AccountA = partner.AccountNumber(UUID(PartnerA))

// USD returns n US dollars, or n whole units of another currency, as stored.
func USD(n int64) money.Amount { return money.Amount(n * 1_000_000) }

// WithdrawalRequest returns a request of partner A for a withdrawal in USD.
func WithdrawalRequest(amount money.Amount) wallet.Request {
	return wallet.Request{Account: AccountA, Amount: amount, Method: "bank_transfer", Destination: "DE89370400440532013000"}
}

// Token returns a temporary token that authorises the request.
func (b *Wallets) Token(t *testing.T, owner id.UUID, r wallet.Request) string {
	t.Helper()
	digest := verification.DigestOf(verification.Withdraw, r.Account, r.Amount.String(), r.Method, r.Destination)
	return Authorised(t, b.DB, b.Clock.Now(), owner, verification.Withdraw, digest)
}

// Withdraw makes a withdrawal with a new token.
func (b *Wallets) Withdraw(t *testing.T, r wallet.Request) *wallet.Withdrawal {
	t.Helper()
	w, err := b.Service.Withdraw(t.Context(), Alpha, r, b.Token(t, Alpha, r))
	require.NoError(t, err)
	return w
}
