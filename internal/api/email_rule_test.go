package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/sdk"
)

// TestEveryEmailHasTheOneRule checks that every field for an e-mail address has
// the format email, so that the server checks the address with the rules of
// package email. Only the login field accepts any text.
func TestEveryEmailHasTheOneRule(t *testing.T) {
	t.Parallel()
	var found []string
	for path, item := range apitest.DocumentAs(t, "openapi").Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.RequestBody == nil || path == "/broker/v1/events" {
				continue
			}
			body := operation.RequestBody.Value.Content["application/json"]
			if body == nil || body.Schema == nil || body.Schema.Value == nil {
				continue
			}
			for name, property := range body.Schema.Value.Properties {
				if strings.Contains(name, "email") && property.Value.Type.Includes("string") {
					require.Equal(t, "email", property.Value.Format, "%s %s: %s", method, path, name)
					found = append(found, path)
				}
			}
		}
	}
	require.Subset(t, found, []string{
		"/api/partner/affiliation/", "/api/registration/", "/api/auth/password/reset/", "/api/v1/referral-agent-links/", "/api/v1/referral-agents/affiliation/",
	})
}

// TestWhatTheFeedTakesAffiliationFinds checks that the affiliation operation finds
// clients by every e-mail address that the feed accepts, even by unusual ones.
func TestWhatTheFeedTakesAffiliationFinds(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a := w.Partner(t, "a")
	for i, address := range []string{"a..b@docomo.example.jp", "ann.@ezweb.example.jp", ".ann@example.com", "o'neil+x@example.com", "иван@почта.example"} {
		uid := fmt.Sprintf("4444444%d-0000-4000-8000-000000000001", i)
		given, err := json.Marshal(" " + strings.ToUpper(address))
		require.NoError(t, err)
		s := w.Feed(t, w.Fact(feed.ClientRegistered, "2026-06-01T00:00:00Z",
			`"client_uid":"`+uid+`","email":`+string(given)+`,"country":"JP","partner_code":"alpha"`))
		require.EqualValues(t, 1, s.Accepted, "%s: %v", address, s.Rejected)
		for _, asked := range []string{address, strings.ToUpper(address), address + " "} {
			require.Equal(t, &sdk.Affiliation{Affiliation: true, Accounts: []string{}, ClientUID: new(uid[:8])},
				apitest.OK(a.Affiliation(t.Context(), sdk.AffiliationIn{Email: &asked}))(t), asked)
		}
	}
	for _, bad := range []string{"nobody", "a@localhost", "a b@example.com", "A <a@example.com>", "a\u202e@example.com"} {
		given, err := json.Marshal(bad)
		require.NoError(t, err)
		s := w.Feed(t, w.Fact(feed.ClientRegistered, "2026-06-01T00:00:00Z",
			`"client_uid":"55555555-0000-4000-8000-000000000001","email":`+string(given)+`,"country":"JP"`))
		require.EqualValues(t, 1, s.RejectedCount, bad)
		apitest.Refused(a.Affiliation(t.Context(), sdk.AffiliationIn{Email: &bad}))(t, sdk.ValidationError, "email invalid")
	}
}
