package api_test

// The second test sends raw requests, because the SDK cannot send a field with a
// wrong name.

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

// TestPayloadsNameTheirFieldsExactly checks that names in a payload are case-sensitive
// and that unknown names are ignored. Otherwise "SHARE_PERC" could override
// "share_perc", and a person who checks the payload might not notice.
func TestPayloadsNameTheirFieldsExactly(t *testing.T) {
	t.Parallel()
	agents, hosts, keys := apitest.SetupWorld(t), apitest.SetupOutbox(t), apitest.SetupOwn(t)
	for name, c := range map[string]struct {
		binder   verification.Binder
		payload  string
		required string // name of the field that must be reported as missing; empty if the payload is valid
		summary  string
	}{
		"an agent's share":          {agents.Server.Agents, `{"SHARE_PERC":90}`, "share_perc", ""},
		"an agent's share, twice":   {agents.Server.Agents, `{"share_perc":25,"SHARE_PERC":90,"Cap_Amount_USD":"none"}`, "", "25 %"},
		"a webhook":                 {hosts.Server.Outbox.HostBinder(), `{"URL":"https://example.com/"}`, "url", ""},
		"a webhook, twice":          {hosts.Server.Outbox.HostBinder(), `{"url":"https://one.example.com/","Url":"https://two.example.com/"}`, "", "one.example.com"},
		"a key":                     {keys.Service.KeyBinder(), `{"NAME":"bot","scopes":["read"]}`, "name", ""},
		"a key's scopes":            {keys.Service.KeyBinder(), `{"name":"bot","Scopes":["read"]}`, "scopes", ""},
		"a key's scopes, twice":     {keys.Service.KeyBinder(), `{"name":"bot","scopes":["read"],"SCOPES":["write"]}`, "", "for: read"},
		"a change of security":      {keys.Service.SecurityBinder(), `{"Action":"change_password"}`, "security_type", ""},
		"two changes of security":   {keys.Service.SecurityBinder(), `{"action":"change_password","ACTION":"delete_totp"}`, "", "Change your password"},
		"null is no other spelling": {keys.Service.KeyBinder(), `{"name":"bot","scopes":["read"],"Name":null}`, "", "bot"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			partnerID := apitest.UID(programmetest.PartnerA)
			if c.binder == keys.Service.SecurityBinder() {
				partnerID = keys.PartnerID
			}
			bound, err := c.binder.Bind(t.Context(), partnerID, json.RawMessage(c.payload))
			if c.required != "" {
				wrong, ok := errors.AsType[*fault.Error](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, c.required, wrong.Fields[0].Name)
				require.Equal(t, "required", wrong.Fields[0].Code)
				return
			}
			require.NoError(t, err)
			require.Contains(t, bound.Summary, c.summary)
		})
	}
}

func TestPayloadsOfRebatesNameTheirFieldsExactly(t *testing.T) {
	t.Parallel()
	b := apitest.SetupRebateRuns(t)
	for _, payload := range []string{
		`{"Requested_At":"2026-07-01T12:00:00Z","user_uid":%q}`, `{"requested_at":"2026-07-01T12:00:00Z","USER_UID":%q}`,
	} {
		w := b.Call(t, "a", http.MethodPost, apitest.OperationsPath, `{"operation_type":"APPROVE_REBATES","payload":`+fmt.Sprintf(payload, programmetest.PartnerA)+`}`)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), `"code":"required"`)
	}
}
