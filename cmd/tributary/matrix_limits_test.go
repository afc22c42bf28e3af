package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// countingTries is the operation that counts wrong codes. Equal requests to it
// get different responses, because a response contains the number of remaining
// tries.
const countingTries = "POST /api/v1/verification/operations/{verification_uid}/complete/"

// letters need two, three and four bytes in UTF-8.
var letters = []string{"é", "ก", "👍"}

// TestEveryTextHasItsLimit sends every string that has a maxLength in the
// document, once with that length and once with one character more. Lengths are
// in characters, as in JSON Schema. In every writing system, a text of the full
// length must get the same response as a short text. A longer text must be
// refused, and the error must name its field.
func TestEveryTextHasItsLimit(t *testing.T) { //nolint:tparallel // the subtests share a server
	t.Parallel()
	w := setupMatrix(t)
	checked := 0
	for _, o := range w.operations(t) {
		for _, text := range w.texts(t, &o) {
			checked++
			t.Run(o.name+" "+strings.Join(text.path, "."), func(t *testing.T) { text.test(t) })
		}
	}
	require.Greater(t, checked, 200)
}

// limitedText is a field or parameter whose text has a maximum length. sendValue
// sends a request in which the text has the given value.
type limitedText struct {
	textField

	sendValue func(value string) *httptest.ResponseRecorder
}

func (w *matrixWorld) texts(t *testing.T, o *operation) []limitedText {
	t.Helper()
	var list []limitedText
	if body := w.body(t, o); body != nil && body.contentType == "application/json" && !slices.Contains(specialBodies, o.name) && o.name != countingTries {
		for _, f := range stringsOf(o.RequestBody.Value.Content["application/json"].Schema.Value, nil) {
			if slices.Contains(passwordFields, f.path[0]) {
				continue // internal/identity limits the length after normalisation
			}
			list = append(list, limitedText{f, func(value string) *httptest.ResponseRecorder {
				answer, _ := w.sendText(t, o, body.text, f.path, value)
				return answer
			}})
		}
	}
	for _, p := range o.Parameters {
		if p.Value.In != openapi3.ParameterInQuery || o.method == http.MethodPatch {
			continue // a PATCH of a list reads its filters only if the body has no rows
		}
		for _, f := range stringsOf(p.Value.Schema.Value, nil) {
			f.path = []string{p.Value.Name}
			list = append(list, limitedText{f, func(value string) *httptest.ResponseRecorder {
				token, target := w.allowedCaller(t, o)
				target, query, _ := strings.Cut(target, "?")
				values, err := url.ParseQuery(query)
				require.NoError(t, err)
				if strings.HasPrefix(o.path, "/api/promo/qr/") {
					values.Set("link_code", "my-code")
				}
				values.Set(p.Value.Name, value)
				return w.send(t, token, o.method, target+"?"+values.Encode(), w.body(t, o))
			}})
		}
	}
	return slices.DeleteFunc(list, func(l limitedText) bool { return l.schema.MaxLength == nil })
}

func (l *limitedText) test(t *testing.T) {
	t.Helper()
	most, before, field := int(*l.schema.MaxLength), "", strings.Join(l.path, ".")
	if strings.HasSuffix(field, "url") || field == "address" {
		before = "https://example.com/"
	}
	for _, letter := range letters {
		fault := func(length int) string {
			text := before + strings.Repeat(letter, length-len(before))
			answer := l.sendValue(text)
			if length > most {
				require.Equal(t, http.StatusBadRequest, answer.Code, "%d of %s: %s", length, letter, answer.Body)
			}
			return strings.NewReplacer(letter, "", "...", "").Replace(faultsOf(t, answer)[field]) // the message may contain the text itself
		}
		require.Equal(t, fault(max(len(before)+1, int(l.schema.MinLength))), fault(most), "%d of %s", most, letter)
		require.NotEmpty(t, fault(most+1), "%d of %s", most+1, letter)
	}
}

// faultsOf returns the invalid fields in a response, with their messages. It
// leaves out texts that are not unique, because the tests of several operations
// store the same texts.
func faultsOf(t *testing.T, answer *httptest.ResponseRecorder) map[string]string {
	t.Helper()
	var problem struct {
		Details []struct{ Field, Code, Message string }
	}
	if answer.Code >= http.StatusBadRequest {
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
	}
	found := map[string]string{}
	for _, d := range problem.Details {
		if d.Code != "unique" {
			found[d.Field] += d.Message
		}
	}
	return found
}
