package apitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

func (b *SecureBundle) Key(t *testing.T, scopes ...string) *sdk.Partner {
	t.Helper()
	key, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Scopes: scopes})
	require.NoError(t, err)
	return b.With(t, key)
}
