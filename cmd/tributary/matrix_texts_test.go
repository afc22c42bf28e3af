package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// specialBodies lists the operations whose bodies are tested elsewhere.
var specialBodies = []string{
	"POST /broker/v1/events", // one fact per line; tested in internal/feed
}

// passwordFields lists the fields with passwords, which no response contains.
var passwordFields = []string{"password", "old_password", "new_password"}

// TestEveryTextRefusesControls sends two forbidden characters in every string
// of every body. One reverses the direction of text, and the other starts a
// terminal command.
func TestEveryTextRefusesControls(t *testing.T) { //nolint:tparallel // the subtests share a server
	t.Parallel()
	w := setupMatrix(t)
	checked := 0
	for _, o := range w.operations(t) {
		body := w.body(t, &o)
		if body == nil || body.contentType != "application/json" || slices.Contains(specialBodies, o.name) {
			continue
		}
		for _, text := range stringsOf(o.RequestBody.Value.Content["application/json"].Schema.Value, nil) {
			field := text.path
			if slices.Contains(passwordFields, field[0]) {
				continue
			}
			checked++
			for _, bad := range []string{"ab\u202ecd", "ab\u001b[2Jcd"} {
				t.Run(o.name+" "+strings.Join(field, "."), func(t *testing.T) { w.testText(t, &o, body.text, field, bad) })
			}
		}
	}
	require.Greater(t, checked, 60)
}

func (w *matrixWorld) testText(t *testing.T, o *operation, example string, field []string, bad string) {
	t.Helper()
	answer, text := w.sendText(t, o, example, field, bad)
	require.Equal(t, http.StatusBadRequest, answer.Code, "%s: %s", text, answer.Body)
	var problem struct {
		Code    string
		Details []struct{ Field, Message string }
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
	require.Equal(t, "ValidationError", problem.Code, "%s: %s", text, answer.Body)
	var named []string
	for _, d := range problem.Details {
		named = append(named, d.Field)
	}
	if strings.HasPrefix(o.path, "/broker/v1/plans/") && slices.Contains(named, "plan") {
		return // one invalid date makes the whole plan unreadable
	}
	require.Contains(t, named, strings.Join(field, "."), "%s: %s", text, answer.Body)
	require.NotContains(t, answer.Body.String(), bad, "the answer repeats the character")
}

// sendText sends the document's example of a request, with a different value in
// one field.
func (w *matrixWorld) sendText(t *testing.T, o *operation, example string, field []string, value string) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var body any
	require.NoError(t, json.Unmarshal([]byte(example), &body))
	text, err := json.Marshal(putText(body, field, value))
	require.NoError(t, err)
	token, target := w.allowedCaller(t, o)
	return w.send(t, token, o.method, target, &matrixBody{"application/json", string(text)}), string(text)
}

// allowedCaller returns the token of a caller who may use an operation, and the
// request's target.
func (w *matrixWorld) allowedCaller(t *testing.T, o *operation) (token, target string) {
	t.Helper()
	token = w.a
	switch o.access() {
	case "broker":
		token, target = w.brokers[""], strings.NewReplacer("{uid}", programmetest.PartnerB, "{partner_uid}", programmetest.PartnerB,
			"{adjustment_id}", programmetest.PartnerB, "{client_uid}", programmetest.Client1).Replace(o.path)
		if o.person() {
			token = w.staffToken(t, caller.Admin)
		}
	case "public", "optional":
		token = ""
	}
	if strings.Contains(target, "{") || target == "" {
		target = w.target(t, o, true)
	}
	return token, target
}

type textField struct {
	path   []string
	schema *openapi3.Schema
}

// stringsOf returns the string fields of a schema, except those with a fixed
// list of values.
func stringsOf(s *openapi3.Schema, path []string) []textField {
	var found []textField
	for _, part := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		found = append(found, stringsOf(part.Value, path)...)
	}
	switch {
	case len(s.Enum) > 0:
	case s.Type.Includes("string"):
		found = append(found, textField{path, s})
	case s.Type.Includes("array") && s.Items != nil:
		found = append(found, stringsOf(s.Items.Value, append(slices.Clone(path), "0"))...)
	case s.Type.Includes("object"):
		for name, property := range s.Properties {
			found = append(found, stringsOf(property.Value, append(slices.Clone(path), name))...)
		}
	}
	return found
}

func putText(body any, path []string, text string) any {
	if len(path) == 0 {
		return text
	}
	if path[0] == "0" {
		return []any{putText(nil, path[1:], text)}
	}
	object, _ := body.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	object[path[0]] = putText(object[path[0]], path[1:], text)
	return object
}
