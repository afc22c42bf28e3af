package partner_test

// This test sends raw requests, because it tries every method and every
// spelling of a path.

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestRebates_Gate checks the responses to a partner who is not allowed to use
// rebates. Every path about rebates must return 403 before the server reads the
// request, for every method and every spelling of the path. The test takes the paths
// from the OpenAPI document, so that it includes all of them.
func TestRebates_Gate(t *testing.T) {
	t.Parallel()
	p, _, _ := apitest.Built(t, func(c *programme.Config) { c.RebatesExcept = []string{"US"} })
	keyOf := func(name, country, status string, verified bool) (token string) {
		partnerID := programmetest.AddPartner(t, p.DB, partner.Partner{Email: name, Country: country, Status: status, Verified: verified})
		token, _, err := p.Identity.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &partnerID, Name: name})
		require.NoError(t, err)
		return token
	}
	kept := map[string]string{
		"not verified":        keyOf("a", "CY", "active", false),
		"without the feature": keyOf("b", "US", "active", true),
		"suspended":           keyOf("c", "CY", "suspended", true),
	}
	welcome := keyOf("d", "CY", "active", true)
	call := func(token, method, target string) (status int, code string) {
		req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(`{`))
		req.Header.Set("Authorization", "JWT "+token)
		req.Header.Set("Content-Type", "text/xml")
		w := httptest.NewRecorder()
		p.Router.ServeHTTP(w, req)
		var body struct{ Code string }
		if method != http.MethodHead {
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body), "%s %s: %s", method, target, w.Body)
		}
		return w.Code, body.Code
	}

	text, err := p.Router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	const prefix = "/api/v2/autorebates/"
	param := regexp.MustCompile(`\{\w+\}`)
	targets := []string{prefix, prefix + "nothing/", prefix + "groups/1/nothing/here/"}
	for _, path := range slices.Sorted(maps.Keys(document.Paths.Map())) {
		if strings.HasPrefix(path, prefix) {
			targets = append(targets, param.ReplaceAllString(path, "1"))
		}
	}
	require.Contains(t, targets, prefix+"clients/filters/")
	require.Contains(t, targets, prefix+"groups/1/")
	for _, target := range targets {
		for _, spelled := range []string{
			target, strings.TrimSuffix(target, "/"), "/" + target, strings.ReplaceAll(target, "/", "//"), strings.Replace(target, "rebates/", "rebates///", 1),
			strings.Replace(target, "auto", "%61uto", 1), target + "?format=csv&limit=x",
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodOptions} {
				for who, token := range kept {
					status, code := call(token, method, spelled)
					require.Equal(t, http.StatusForbidden, status, "%s: %s %s", who, method, spelled)
					if method != http.MethodHead {
						require.Equal(t, "PermissionDenied", code)
					}
				}
			}
		}
	}
	for target, want := range map[string]int{
		prefix + "groups/": 200, "//api//v2//autorebates//clients": 200, prefix + "nothing/": 404, prefix + "groups/1/": 404, prefix + "clients/filters": 200,
	} {
		status, _ := call(welcome, http.MethodGet, target)
		require.Equal(t, want, status, target)
	}
	for who, token := range kept {
		if who != "suspended" {
			status, _ := call(token, http.MethodGet, "/api/reports/clients/")
			require.Equal(t, http.StatusOK, status, "other paths are open")
		}
	}
}
