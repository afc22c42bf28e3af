package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// publicOperations lists the operations that need no credentials.
var publicOperations = []string{
	"DELETE /api/page/session/",     // only the page sends this request, with its cookie
	"GET /api/auth/password/reset/", // a page with a form, and so are the next two
	"GET /api/auth/password/reset/confirm/",
	"GET /api/registration/confirm/",
	"GET /api/schema/",
	"GET /api/schema/assets/{file}",
	"GET /api/schema/swagger-ui/",
	"POST /api/auth/",
	"POST /api/auth/password/reset/",
	"POST /api/auth/password/reset/confirm/",
	"POST /api/auth/password/reset/confirm/page/",
	"POST /api/auth/password/reset/page/",
	"POST /api/page/session/",
	"POST /api/registration/",
	"POST /api/registration/confirm/",
	"POST /api/registration/confirm/page/",
	"POST /api/v2/auth/",
	"POST /api/v2/auth/token/", // renews the token in the request, if there is one
	"POST /broker/v1/auth/",
	"POST /broker/v1/auth/enrol/",
	"GET /promo/files/{file}/", // files for the web sites of partners
}

// unscopedOperations lists the operations that a partner's key may use with any
// scope.
var unscopedOperations = []string{
	"GET /api/v2/auth/token/",
}

// readOperations lists the operations other than GET that a key with the scope
// read may use.
var readOperations = []string{
	"POST /broker/v1/plans/try/",
	"DELETE /api/v1/exports/{export_id}/", // a key with the scope read can create exports with GET, so it may delete them
	"POST /api/partner/affiliation/",
	"POST /api/partner_integrations/template/probe/",
	"POST /api/promo/materials/{material_id}/embed/", // returns HTML for a partner's web site
	"POST /api/v1/referral-agents/affiliation/",
}

// sharedPlaceholders lists the placeholders of objects that several partners can
// see.
var sharedPlaceholders = []string{
	"{material_id}", // every partner sees the programme's material
	"{report}",      // every partner has the same reports, each of its own rows
	"{sub_id}",      // several partners may use the same name for different sub-publishers
}

type operation struct {
	name, method, path string
	*openapi3.Operation
}

func (w *matrixWorld) operations(t *testing.T) []operation {
	t.Helper()
	var all []operation
	for path, item := range w.document.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, operation{method + " " + path, method, path, op})
		}
	}
	order := "GET POST PUT PATCH DELETE" // deletions come last
	slices.SortFunc(all, func(a, b operation) int {
		if by := strings.Index(order, a.method) - strings.Index(order, b.method); by != 0 {
			return by
		}
		return -strings.Compare(a.path, b.path) // the path of an object comes before the path of its list
	})
	return all
}

func (o *operation) access() string { return fmt.Sprint(o.Extensions["x-access"]) }
func (o *operation) person() bool   { return o.Extensions["x-person"] == true }

// isShared reports whether several partners can see the operation's object. The
// object may not exist, so a test must also accept the status 404.
func (o *operation) isShared() bool {
	return slices.ContainsFunc(sharedPlaceholders, func(name string) bool { return strings.Contains(o.path, name) })
}

// scopes returns the scopes that allow an operation. A limited key needs one of
// them. If there are none, any key may use the operation.
func (o *operation) scopes() []string {
	var scopes []string
	list, _ := o.Extensions["x-scopes"].([]any)
	for _, scope := range list {
		scopes = append(scopes, fmt.Sprint(scope))
	}
	return scopes
}

// needsTemporaryToken reports whether the operation needs a temporary token.
// Without a token, it returns 403 to every caller.
func (o *operation) needsTemporaryToken() bool {
	return o.Parameters.GetByInAndName("header", "X-Temporary-Token") != nil
}

// matrixCaller is a caller, with the response that this caller must get.
type matrixCaller struct {
	name, token string
	status      int
	code        string
}

func (w *matrixWorld) refusedCallers(o *operation, forged map[string]string) []matrixCaller {
	if o.access() == "public" {
		return nil
	}
	list := []matrixCaller{
		{"an expired token", w.expired, 401, "TokenExpired"},
		{"a revoked token", w.revoked, 401, "AuthenticationFailed"},
		{"a suspended partner", w.suspended, 403, "PermissionDenied"},
		{"a suspended partner's key", w.suspendedKey, 403, "PermissionDenied"},
	}
	for name, token := range forged {
		list = append(list, matrixCaller{"a token " + name, token, 401, "AuthenticationFailed"})
	}
	if o.access() != "optional" {
		list = append(list, matrixCaller{"nobody", "", 401, "NotAuthenticated"})
	}
	mine, theirs := w.keys, w.brokers
	if o.access() == "broker" {
		mine, theirs = w.brokers, w.keys
		list = append(list, matrixCaller{"a partner", w.a, 403, "PermissionDenied"})
	}
	for scope, key := range theirs {
		list = append(list, matrixCaller{"the other side's key for " + scope, key, 403, "PermissionDenied"})
	}
	if o.access() == "broker" {
		list = append(list, matrixCaller{"an expired token of a staff member", w.expiredStaff, 401, "TokenExpired"},
			matrixCaller{"a disabled staff member", w.disabledStaff, 401, "AuthenticationFailed"})
	}
	for role, token := range w.staff {
		if o.access() != "broker" || !slices.Contains(o.roles(), string(role)) {
			list = append(list, matrixCaller{"a staff member with the role " + string(role), token, 403, "PermissionDenied"})
		}
	}
	for scope, key := range mine {
		if !o.allowsKey(scope) {
			list = append(list, matrixCaller{"a key for " + scope, key, 403, "PermissionDenied"})
		}
	}
	return list
}

// allowsKey reports whether a key of the operation's role may use the operation.
// The key is limited to the given scope, or unlimited if the scope is empty.
func (o *operation) allowsKey(scope string) bool {
	return !o.person() && (scope == "" || len(o.scopes()) == 0 || slices.Contains(o.scopes(), scope))
}

// TestMatrix calls every operation in the document as every kind of caller. It
// reads the expected results from the document, so it includes new operations.
func TestMatrix(t *testing.T) { //nolint:tparallel // the subtests share a server and depend on their order
	t.Parallel()
	w := setupMatrix(t)
	all, forged := w.operations(t), w.forgedTokens(t)
	require.ElementsMatch(t, publicOperations, api.New(api.Deps{Version: "1"}).Open(), "operations without credentials")
	var unlimited, asking []string
	for _, o := range all {
		switch scopes := o.scopes(); {
		case o.access() == "partner" && !o.person() && len(scopes) == 0:
			unlimited = append(unlimited, o.name)
		case o.method != http.MethodGet && slices.Contains(scopes, "read"):
			asking = append(asking, o.name)
		}
	}
	require.ElementsMatch(t, unscopedOperations, unlimited, "operations for any key")
	require.ElementsMatch(t, readOperations, asking, "operations for a read key")
	w.testRoles(t, all)

	for _, o := range all {
		t.Run("refused/"+o.name, func(t *testing.T) { w.testRefused(t, &o, forged) })
		if o.access() == "partner" {
			t.Run("stranger/"+o.name, func(t *testing.T) { w.testStranger(t, &o) })
		}
		if o.access() == "public" {
			t.Run("public/"+o.name, func(t *testing.T) { w.testPublic(t, &o, forged) })
		}
	}
	for _, o := range all { // these requests change data
		if o.access() != "public" {
			t.Run("allowed/"+o.name, func(t *testing.T) { w.testAllowed(t, &o) })
		}
	}
	t.Logf("%d calls of %d operations", w.calls, len(all))
}

// spellings returns other spellings of a path, which must get the same response
// as the path.
func spellings(target string) []string {
	path, query, has := strings.Cut(target, "?")
	if has {
		query = "?" + query
	}
	bare := strings.TrimSuffix(path, "/")
	return []string{bare + "/" + query, bare + query, strings.ReplaceAll(bare, "/", "//") + "//" + query, "//" + bare[1:] + query}
}

// everyWay sends a request once with each spelling of its path. The server's
// clock does not move in between. The request must not change data.
func (w *matrixWorld) everyWay(t *testing.T, token string, o *operation, target, about string) *httptest.ResponseRecorder {
	t.Helper()
	var first *httptest.ResponseRecorder
	ways := spellings(target)
	w.clock.Advance(time.Duration(len(ways)-1) * pace)
	for _, target := range ways {
		answer := w.call(t, token, o.method, target, w.body(t, o))
		if first == nil {
			first = answer
			continue
		}
		require.Equal(t, first.Code, answer.Code, "%s: %s %s", about, o.method, target)
		require.Equal(t, first.Body.String(), answer.Body.String(), "%s: %s %s", about, o.method, target)
	}
	return first
}

func (w *matrixWorld) testRefused(t *testing.T, o *operation, forged map[string]string) {
	t.Helper()
	for _, c := range w.refusedCallers(o, forged) {
		answer := w.everyWay(t, c.token, o, w.target(t, o, true), c.name)
		require.Equal(t, c.status, answer.Code, "%s: %s", c.name, answer.Body)
		require.Equal(t, c.code, problemCode(t, answer), c.name)
		require.Equal(t, c.status == http.StatusUnauthorized, answer.Header().Get("WWW-Authenticate") == `JWT realm="api"`, c.name)
	}
}

func problemCode(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	var problem struct{ Code, Message string }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
	require.NotEmpty(t, problem.Message)
	return problem.Code
}

// testStranger calls an operation as partners who have nothing to do with A.
func (w *matrixWorld) testStranger(t *testing.T, o *operation) {
	t.Helper()
	if !strings.Contains(o.path, "{") {
		if o.method == http.MethodGet {
			answer := w.everyWay(t, w.c, o, w.target(t, o, false), "a stranger")
			require.Less(t, answer.Code, 500, answer.Body.String())
			for _, mark := range w.marks() {
				require.NotContains(t, answer.Body.String(), mark)
			}
		}
		return
	}
	if o.isShared() {
		answer := w.everyWay(t, w.c, o, w.target(t, o, true), "a stranger")
		require.Less(t, answer.Code, 500, answer.Body.String())
		require.NotContains(t, []int{401, 403}, answer.Code, answer.Body.String())
		return
	}
	for name, token := range map[string]string{"another partner": w.b, "a stranger": w.c} {
		answer := w.everyWay(t, token, o, w.target(t, o, true), name)
		unknown := w.send(t, token, o.method, w.target(t, o, false), w.body(t, o))
		require.Equal(t, unknown.Code, answer.Code, "%s: A's object looks like one that does not exist", name)
		require.Equal(t, unknown.Body.String(), answer.Body.String(), name)
		if o.needsTemporaryToken() && answer.Code == http.StatusForbidden {
			continue
		}
		require.Equal(t, http.StatusNotFound, answer.Code, "%s: %s", name, answer.Body)
		require.Equal(t, "NotFound", problemCode(t, answer))
	}
}

// testPublic checks that an open operation ignores the header Authorization.
func (w *matrixWorld) testPublic(t *testing.T, o *operation, forged map[string]string) {
	t.Helper()
	for name, token := range map[string]string{
		"nobody": "", "expired": w.expired, "forged": forged["signed with algorithm none"], "suspended": w.suspended, "broker": w.brokers[""], "a": w.a,
	} {
		answer := w.send(t, token, o.method, w.target(t, o, false), w.body(t, o))
		require.Less(t, answer.Code, 500, "%s: %s", name, answer.Body)
		require.NotContains(t, []int{http.StatusForbidden, http.StatusUnsupportedMediaType}, answer.Code, "%s: %s", name, answer.Body)
		if answer.Code == http.StatusUnauthorized {
			require.Equal(t, "AuthenticationFailed", problemCode(t, answer), "%s: the example's password, not the header's token", name)
		}
	}
}

func (w *matrixWorld) testAllowed(t *testing.T, o *operation) {
	t.Helper()
	if o.access() == "broker" {
		for scope, key := range w.brokers {
			if o.allowsKey(scope) {
				w.testBrokerAllowed(t, o, "a key for "+scope, key)
			}
		}
		for role := range w.staff {
			if slices.Contains(o.roles(), string(role)) {
				w.testBrokerAllowed(t, o, "the role "+string(role), w.staffToken(t, role))
			}
		}
		return
	}
	target := w.target(t, o, true)
	if o.method == http.MethodGet {
		answer := w.everyWay(t, w.validToken(t), o, target, "the partner")
		require.True(t, answer.Code == http.StatusOK || answer.Code == http.StatusBadRequest || o.isShared(), answer.Body.String())
	}
	own := w.send(t, w.validToken(t), o.method, target, w.body(t, o))
	require.Less(t, own.Code, 500, own.Body.String())
	require.NotContains(t, []int{401, 405, 415}, own.Code, "the partner: %s", own.Body)
	require.True(t, own.Code != http.StatusNotFound || !strings.Contains(o.path, "{") || o.isShared(), "the partner's own object: %s", own.Body)
	require.True(t, own.Code != http.StatusForbidden || o.needsTemporaryToken(), "the partner: %s", own.Body)
	for scope, key := range w.keys {
		if !o.allowsKey(scope) {
			continue
		}
		answer := w.send(t, key, o.method, target, w.body(t, o))
		require.Less(t, answer.Code, 500, answer.Body.String())
		require.NotContains(t, []int{401, 405, 415}, answer.Code, "a key for %s: %s", scope, answer.Body)
		if answer.Code == http.StatusForbidden && codeOperations[o.name] && scope != "" && scope != "write" {
			continue // the code would be for an operation outside the key's scopes
		}
		if answer.Code == http.StatusForbidden { // the key may be refused only if the partner's own token is refused for the same reason
			require.Equal(t, answer.Body.String(), w.send(t, w.validToken(t), o.method, target, w.body(t, o)).Body.String(), "a key for %s", scope)
		}
	}
}

// codeOperations contains the operations that send a code. A key gets a code only
// for operations within its scopes.
var codeOperations = map[string]bool{
	"POST /api/v1/verification/operations/": true, "POST /v4/kyc_back/api/v3/verify/operation/init": true,
}

// validToken returns a valid token of A. If an operation has revoked the token,
// it logs in again.
func (w *matrixWorld) validToken(t *testing.T) string {
	t.Helper()
	if w.send(t, w.a, http.MethodGet, "/api/v2/auth/token/", nil).Code != http.StatusOK {
		w.a = w.login(t, "a")
	}
	return w.a
}

// marks returns texts that only A may read.
func (w *matrixWorld) marks() []string {
	marks := []string{programmetest.PartnerA, "a@example.com", programmetest.Client1, "one@example.com", "two@example.com", w.account}
	for _, object := range w.objects {
		if len(object) > 8 && object != "formula_forex" {
			marks = append(marks, object)
		}
	}
	return marks
}
