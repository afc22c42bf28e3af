package sdk_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

func TestPartnerCalls(t *testing.T) {
	t.Parallel()
	client := serve(t, map[string]answer{
		"GET /api/partner/summary/": {body: `{"partner_uid":"0190a1b2-0000-7000-8000-000000000000","email":"partner@example.com","country":"ZA","status":"ACTIVE","programme":"ib","level":"Silver","level_progress":{"volume_mln_usd":61.2034},"security_type":"standard","unheard_of":true}`},
		"GET /api/affiliate/partner/allocation?value=client%2B1%40example.com": {body: `{"value":"client+1@example.com","type":"email","client_uid":"4ec0c5fa","registered_at":"2025-06-18T09:30:00Z","client_status":"ACTIVE"}`},
		"GET /api/partner/default_link/":                                       {body: `{"full_default_link":"https://go.example.com/a/abc123","domain":"go.example.com","code":"abc123"}`},
		"GET /api/partner/links/":                                              {body: `{"data":[{"reward_schema":"ib","link_code":"abc123","is_default":true,"is_blocked":false,"is_custom":false,"partner_account":"1163683105934900000"}],"totals":{"count":1}}`},
		"GET /api/wallet/accounts/":                                            {body: `{"accounts":[{"id":"1163683105934900000","name":"partner","currency":"USD","balance":812.07,"type":"reward","reserved_rebates_amount":0}]}`},
	})
	summary, err := client.Summary(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Silver", summary.Level)
	require.Equal(t, "ib", summary.Programme)
	require.Equal(t, map[string]any{"volume_mln_usd": number("61.2034")}, summary.Fields["level_progress"])
	require.Equal(t, true, summary.Fields["unheard_of"], "what is new is there")

	allocation, err := client.Allocation(t.Context(), "client+1@example.com")
	require.NoError(t, err)
	require.Equal(t, sdk.Allocation{
		Value: "client+1@example.com", Type: "email", ClientUID: "4ec0c5fa", RegisteredAt: "2025-06-18T09:30:00Z", ClientStatus: "ACTIVE",
	}, allocation)

	link, err := client.DefaultLink(t.Context())
	require.NoError(t, err)
	require.Equal(t, sdk.DefaultLink{FullDefaultLink: "https://go.example.com/a/abc123", Domain: "go.example.com", Code: "abc123"}, link)

	links, err := client.Links(t.Context())
	require.NoError(t, err)
	require.Equal(t, []sdk.Link{{RewardSchema: "ib", LinkCode: "abc123", IsDefault: true, PartnerAccount: "1163683105934900000"}}, links)

	accounts, err := client.WalletAccounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, []sdk.WalletAccount{{
		ID: "1163683105934900000", Name: "partner", Currency: "USD", Balance: "812.07", Type: "reward", ReservedRebatesAmount: "0",
	}}, accounts)
}

func TestAffiliation(t *testing.T) {
	t.Parallel()
	client := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		expect(t, "application/json", r.Header.Get("Content-Type"))
		if string(body) == `{"email":"client@example.com"}` {
			reply(w, answer{body: `{"affiliation":true,"accounts":["44186900","168247200"],"client_uid":"4ec0c5fa"}`})
		} else {
			reply(w, answer{body: `{"affiliation":false,"accounts":[],"client_uid":null}`})
		}
	})
	found, err := client.Affiliation(t.Context(), "client@example.com")
	require.NoError(t, err)
	require.Equal(t, sdk.Affiliation{Affiliated: true, Accounts: []string{"44186900", "168247200"}, ClientUID: "4ec0c5fa"}, found)
	found, err = client.Affiliation(t.Context(), "other@example.com")
	require.NoError(t, err)
	require.Equal(t, sdk.Affiliation{Accounts: []string{}}, found)
}
