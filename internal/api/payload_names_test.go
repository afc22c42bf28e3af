package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

// A payload must use the contract's names. Names in other letter case are
// unknown and ignored. Otherwise "SHARE_PERC" could override "share_perc"
// unnoticed by a person who checks the payload.
func TestPayloadsNameTheirFieldsExactly(t *testing.T) {
	t.Parallel()
	agents, hosts, keys := setupWorld(t), setupOutbox(t), setupOwn(t)
	for name, c := range map[string]struct {
		binder   verification.Binder
		payload  string
		required string // the field that is missing
		summary  string
	}{
		"an agent's share":          {agents.p.Agents, `{"SHARE_PERC":90}`, "share_perc", ""},
		"an agent's share, twice":   {agents.p.Agents, `{"share_perc":25,"SHARE_PERC":90,"Cap_Amount_USD":"none"}`, "", "25 %"},
		"a webhook":                 {hosts.p.Outbox.HostBinder(), `{"URL":"https://example.com/"}`, "url", ""},
		"a webhook, twice":          {hosts.p.Outbox.HostBinder(), `{"url":"https://one.example.com/","Url":"https://two.example.com/"}`, "", "one.example.com"},
		"a key":                     {keys.service.KeyBinder(), `{"NAME":"bot","scopes":["read"]}`, "name", ""},
		"a key's scopes":            {keys.service.KeyBinder(), `{"name":"bot","Scopes":["read"]}`, "scopes", ""},
		"a key's scopes, twice":     {keys.service.KeyBinder(), `{"name":"bot","scopes":["read"],"SCOPES":["write"]}`, "", "for: read"},
		"a change of security":      {keys.service.SecurityBinder(), `{"Action":"change_password"}`, "security_type", ""},
		"two changes of security":   {keys.service.SecurityBinder(), `{"action":"change_password","ACTION":"delete_totp"}`, "", "Change your password"},
		"null is no other spelling": {keys.service.KeyBinder(), `{"name":"bot","scopes":["read"],"Name":null}`, "", "bot"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			partnerID := uid(programmetest.PartnerA)
			if c.binder == keys.service.SecurityBinder() {
				partnerID = keys.partnerID
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
	b := setupRebateRuns(t)
	for _, payload := range []string{
		`{"Requested_At":"2026-07-01T12:00:00Z","user_uid":%q}`, `{"requested_at":"2026-07-01T12:00:00Z","USER_UID":%q}`,
	} {
		w := b.call(t, "a", http.MethodPost, operationsPath, `{"operation_type":"APPROVE_REBATES","payload":`+fmt.Sprintf(payload, programmetest.PartnerA)+`}`)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), `"code":"required"`)
	}
}
