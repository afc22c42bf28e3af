package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func TestBrokerKeys(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	made := map[string]string{}
	for name, scopes := range map[string][]string{"all": nil, "feed": {"feed"}, "reader": {"read"}, "writer": {"write"}} {
		key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker, Name: name, Scopes: scopes})
		require.NoError(t, err)
		made[name] = key
	}
	partners, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Name: "bot"})
	require.NoError(t, err)
	const path = "/broker/v1/keys/"
	idOf := func(key string) string { return strings.Split(key, "_")[1] }

	listed := map[string]any{}
	for _, row := range rows(t, b.ask(t, made["reader"], http.MethodGet, path, "", 200), 4) {
		require.NotContains(t, row, "key")
		require.Contains(t, row, "last_used_at")
		require.Contains(t, row, "created_at")
		listed[row["name"].(string)] = row["scopes"]
	}
	require.Equal(t, map[string]any{
		"all": []any{"feed", "read", "write"}, "feed": []any{"feed"}, "reader": []any{"read"}, "writer": []any{"write"},
	}, listed)
	for _, forbidden := range []string{made["feed"], partners, b.token} {
		b.ask(t, forbidden, http.MethodGet, path, "", 403)
		b.ask(t, forbidden, http.MethodDelete, path+idOf(made["all"])+"/", "", 403)
	}
	b.ask(t, made["reader"], http.MethodDelete, path+idOf(made["all"])+"/", "", 403)
	for _, unknown := range []string{idOf(partners), "000000000000", "x"} {
		b.ask(t, made["writer"], http.MethodDelete, path+unknown+"/", "", 404)
	}
	b.ask(t, made["writer"], http.MethodDelete, path+idOf(made["feed"])+"/", "", 204)
	b.ask(t, made["writer"], http.MethodDelete, path+idOf(made["feed"])+"/", "", 404)
	b.ask(t, made["feed"], http.MethodGet, path, "", 401)
	rows(t, b.ask(t, made["all"], http.MethodGet, path, "", 200), 3)

	// A key may end itself, and the audit log tells.
	b.ask(t, made["writer"], http.MethodDelete, path+idOf(made["writer"])+"/", "", 204)
	b.ask(t, made["writer"], http.MethodGet, path, "", 401)
	var entries int
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'api_key.deleted' AND actor = 'broker' AND credential = $1`,
		idOf(made["writer"])).Scan(&entries))
	require.Equal(t, 2, entries)
}
