package wallet_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestWallet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Wallet)
}

func TestWalletVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.WalletVerify)
}
