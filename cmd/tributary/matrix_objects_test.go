package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// makeObjects creates the objects of A for which objectID cannot find an id in a
// list.
func (w *matrixWorld) makeObjects(t *testing.T) {
	t.Helper()
	require.Equal(t, http.StatusOK, w.send(t, w.brokers[""], http.MethodPut, "/broker/v1/link-domains/go.example.com/",
		&matrixBody{"application/json", `{"is_default":true}`}).Code)
	w.create(t, w.a, "/api/partner/links/", `{"link_code":"my-code"}`, "link_code") // the document's examples use this link
	material := w.document.Paths.Value("/broker/v1/promo/materials/").Post
	uploaded := w.send(t, w.brokers[""], http.MethodPost, "/broker/v1/promo/materials/", w.body(t, &operation{Operation: material}))
	require.Less(t, uploaded.Code, 300, uploaded.Body.String())
	orders := w.rows(t, w.a, "/api/reports/orders/")
	rebates := w.rows(t, w.a, "/api/v2/autorebates/rebates/")
	rebateRows := w.rows(t, w.a, fmt.Sprintf("/api/v2/autorebates/rebates/%s/rows/", rebates[0]["id"]))
	var session struct{ Jti string }
	require.NoError(t, json.Unmarshal(decodeBase64(t, strings.Split(w.login(t, "a"), ".")[1]), &session))
	export := w.send(t, w.a, http.MethodGet, "/api/reports/orders/?format=xlsx", nil)
	require.Equal(t, http.StatusAccepted, export.Code, export.Body)
	var exported struct{ ID string }
	require.NoError(t, json.Unmarshal(export.Body.Bytes(), &exported))
	w.objects = map[string]string{
		"{export_id}":     exported.ID,
		"{client_uid}":    programmetest.Client1,
		"{formula_code}":  fmt.Sprint(orders[0]["formula_code"]),
		"{order_id}":      fmt.Sprint(orders[0]["order_id"]),
		"{session_id}":    session.Jti,
		"{sub_id}":        "site-1",
		"{key_id}":        strings.Split(w.key(t, caller.Partner, programmetest.PartnerA), "_")[1], // the API creates a key only with a code
		"{broker_key_id}": strings.Split(w.key(t, caller.Broker, ""), "_")[1],
		"{row_id}":        fmt.Sprint(rebateRows[0]["id"]),

		"{compensation_id}": fmt.Sprint(w.rows(t, w.a, "/api/reports/progress_reward/")[0]["id"]),
		"{verification_uid}": w.create(t, w.a, "/api/v1/verification/operations/",
			`{"operation_type":"CHANGE_SECURITY","payload":{"action":"change_password"}}`, "verification_uid"),
	}
	w.account = fmt.Sprint(w.rows(t, w.a, "/api/wallet/accounts/")[0]["id"])
	w.objects["/api/v1/webhooks/{id}"] = w.create(t, w.keys[""], "/api/v1/webhooks/", `{"url":"https://example.com/tributary"}`, "id") // with an API key, because the caller would otherwise need a code
	w.makeDelivery(t, "/api/v1/webhooks/")
	w.makeDelivery(t, "/api/v1/postbacks/")
}

func (w *matrixWorld) makeDelivery(t *testing.T, list string) {
	t.Helper()
	hook := list + w.objectID(t, &operation{name: list, path: list + "{id}/"}, list, "{id}") + "/"
	test := w.document.Paths.Value(list + "{id}/test/").Post
	answer := w.send(t, w.a, http.MethodPost, hook+"test/", w.body(t, &operation{Operation: test}))
	require.Less(t, answer.Code, 300, answer.Body.String())
}

// rows returns the first list in a response.
func (w *matrixWorld) rows(t *testing.T, token, target string) []map[string]any {
	t.Helper()
	answer := w.send(t, token, http.MethodGet, target, nil)
	require.Equal(t, http.StatusOK, answer.Code, "%s: %s", target, answer.Body)
	var lists map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &lists))
	for _, list := range lists {
		var rows []map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(list)))
		decoder.UseNumber()
		if decoder.Decode(&rows) == nil && len(rows) > 0 {
			return rows
		}
	}
	return nil
}

// objectID returns an id for a placeholder in a path. It prefers an id from
// makeObjects. Otherwise it creates an object or, if that is not possible, takes
// the first object in the list. listPath is the part of the path before the
// placeholder, with A's ids.
func (w *matrixWorld) objectID(t *testing.T, o *operation, listPath, name string) string {
	t.Helper()
	before, _, _ := strings.Cut(o.path, name)
	for _, known := range []string{before + name, name} {
		if value, found := w.objects[known]; found {
			return value
		}
	}
	var rows []map[string]any
	collection := w.document.Paths.Value(before)
	if collection != nil && collection.Post != nil {
		creation := operation{method: http.MethodPost, path: before, Operation: collection.Post}
		answer := w.send(t, w.validToken(t), http.MethodPost, listPath, w.body(t, &creation))
		row := map[string]any{}
		if answer.Code < 300 && json.Unmarshal(answer.Body.Bytes(), &row) == nil {
			rows = append(rows, row)
		}
	}
	if collection != nil && collection.Get != nil && len(rows) == 0 {
		rows = w.rows(t, w.validToken(t), listPath)
	}
	require.NotEmpty(t, rows, "%s: say in makeObjects how to make what %s names", o.name, name)
	for _, field := range []string{strings.Trim(name, "{}"), "id", "uid", "code"} {
		if value, found := rows[0][field]; found {
			w.objects[before+name] = fmt.Sprint(value)
			return w.objects[before+name]
		}
	}
	require.Fail(t, "no id", "%s: say in makeObjects what %s is called in %v", o.name, name, rows[0])
	return ""
}

// target returns the path of an operation with A's ids, or with ids that do not
// exist.
func (w *matrixWorld) target(t *testing.T, o *operation, existing bool) string {
	t.Helper()
	path, whole := o.path, o.path
	for strings.Contains(whole, "{") {
		before, rest, _ := strings.Cut(whole, "{")
		name, after, _ := strings.Cut(rest, "}")
		name = "{" + name + "}"
		var value string
		if o.access() == "broker" || o.access() == "public" { // the objects belong to no partner
			value = fmt.Sprint(sample(o.Parameters.GetByInAndName(openapi3.ParameterInPath, strings.Trim(name, "{}")).Schema.Value, name))
		} else {
			value = w.objectID(t, o, before, name)
		}
		whole = before + value + after
		if !existing {
			value = unusedID(value)
		}
		path = strings.Replace(path, name, value, 1)
	}
	return path + w.query(o)
}

// unusedID returns an id that no object has, in the same form as the given value.
func unusedID(value string) string {
	switch {
	case strings.Trim(value, "0123456789") == "":
		return "987654"
	case strings.HasPrefix(value, "formula_"):
		return value
	case strings.Contains(value, ":"):
		return "Real:987654"
	}
	if _, err := id.Parse(value); err == nil {
		return id.New().String()
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return 'a' + (r-'a'+13)%26
		}
		return r
	}, value)
}
