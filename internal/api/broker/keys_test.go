package broker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

func TestBrokerKeys(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	ctx := t.Context()
	brokers, ids := map[string]*sdk.Broker{}, map[string]string{}
	for name, scopes := range map[string][]string{"all": nil, "feed": {"feed"}, "reader": {"read"}, "writer": {"write"}} {
		key, _, err := b.Service.CreateKey(ctx, identity.NewKey{Role: caller.Broker, Name: name, Scopes: scopes})
		require.NoError(t, err)
		brokers[name], ids[name] = b.Broker(t, key), key[4:16]
	}
	bot, _, err := b.Service.CreateKey(ctx, identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Name: "bot"})
	require.NoError(t, err)
	reader, writer := brokers["reader"], brokers["writer"]

	scopes := map[string][]string{}
	for _, key := range apitest.All(t, reader.Keys(ctx, sdk.PageQuery{})) {
		require.Equal(t, b.Clock.Now(), key.CreatedAt)
		scopes[key.Name] = key.Scopes
	}
	require.Equal(t, map[string][]string{"all": {"feed", "read", "write"}, "feed": {"feed"}, "reader": {"read"}, "writer": {"write"}}, scopes)
	for _, other := range []*sdk.Broker{brokers["feed"], b.Broker(t, bot), b.Broker(t, b.Partner.Token())} {
		apitest.Refused(other.KeysPage(ctx, sdk.PageQuery{}))(t, sdk.PermissionDenied)
		apitest.RequireRefused(t, other.DeleteKey(ctx, ids["all"]), sdk.PermissionDenied)
	}
	apitest.RequireRefused(t, reader.DeleteKey(ctx, ids["all"]), sdk.PermissionDenied)
	for _, unknown := range []string{bot[4:16], "000000000000", "x"} {
		apitest.RequireRefused(t, writer.DeleteKey(ctx, unknown), sdk.NotFound)
	}
	require.NoError(t, writer.DeleteKey(ctx, ids["feed"]))
	apitest.RequireRefused(t, writer.DeleteKey(ctx, ids["feed"]), sdk.NotFound)
	apitest.Refused(brokers["feed"].KeysPage(ctx, sdk.PageQuery{}))(t, sdk.AuthenticationFailed)
	require.Len(t, apitest.All(t, brokers["all"].Keys(ctx, sdk.PageQuery{})), 3)

	// A key may revoke itself, and the audit log records this.
	require.NoError(t, writer.DeleteKey(ctx, ids["writer"]))
	apitest.Refused(writer.KeysPage(ctx, sdk.PageQuery{}))(t, sdk.AuthenticationFailed)
	var entries int
	require.NoError(t, b.DB.QueryRow(ctx, `SELECT count(*) FROM audit_log WHERE action = 'api_key.deleted' AND actor = 'broker' AND credential = $1`,
		ids["writer"]).Scan(&entries))
	require.Equal(t, 2, entries)
}
