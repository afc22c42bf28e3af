package partner_test

// These tests send raw requests, because a repeated upload must have the same bytes.

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// formBody returns the body of a form. fields contains field names, each followed
// by its value.
func formBody(boundary string, fields ...string) string {
	var body strings.Builder
	for i := 0; i < len(fields); i += 2 {
		name := `name="` + fields[i] + `"`
		if fields[i] == "file" {
			name += `; filename="` + boundary + `.png"`
		}
		body.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; " + name + "\r\n\r\n" + fields[i+1] + "\r\n")
	}
	return body.String() + "--" + boundary + "--\r\n"
}

func TestPromo_AKeyIsOneMaterial(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	w.Landing(t, "gold", "https://lp.example.com/gold")
	image := string(picture(t, 64, 20))
	multi := func(boundary string) string { return "multipart/form-data; boundary=" + boundary }
	send := func(key, contentType, body string) *httptest.ResponseRecorder {
		return w.Send(t, "broker", "POST", library, strings.NewReader(body), "Content-Type", contentType, "Idempotency-Key", key)
	}
	type upload struct{ contentType, body string }
	for _, c := range []struct {
		name           string
		first          upload
		again, another []upload
	}{
		{
			"form",
			upload{multi("one"), formBody("one", "kind", "banner", "title", "Gold", "file", image)},
			[]upload{
				{multi("one"), formBody("one", "kind", "banner", "title", "Gold", "file", image)},
				{multi("two"), formBody("two", "kind", "banner", "title", "Gold", "file", image)},
				{multi("two"), formBody("two", "file", image, "title", "Gold", "kind", "banner")},
			},
			[]upload{
				{multi("one"), formBody("one", "kind", "banner", "title", "Silver", "file", image)},
				{multi("one"), formBody("one", "kind", "banner", "title", "Gold", "file", string(picture(t, 64, 21)))},
				{multi("one"), formBody("one", "kind", "banner", "title", "Gold", "theme", "", "file", image)},
				{multi("one"), formBody("one", "kind", "text", "title", "Gold", "text", image[1:4])},
			},
		},
		{
			"JSON",
			upload{"application/json", `{"kind":"landing","title":"Gold","address":"https://lp.example.com/gold"}`},
			[]upload{{"application/json; charset=utf-8", `{"kind":"landing","title":"Gold","address":"https://lp.example.com/gold"}`}},
			[]upload{
				{"application/json", `{"kind":"landing", "title":"Gold","address":"https://lp.example.com/gold"}`},
				{multi("one"), formBody("one", "kind", "landing", "title", "Gold", "address", "https://lp.example.com/gold")},
			},
		},
	} {
		// A refused request has not used up its idempotency key.
		for _, refused := range []upload{
			{"application/json", `{`},
			{"application/json", `{"title":"Gold"}`},
			{"application/json", `{"kind":"text","title":"Gold"}`},
			{multi("one"), formBody("one", "kind", "banner", "title", "Gold", "file", image[:40])},
		} {
			require.Equal(t, http.StatusBadRequest, send(c.name, refused.contentType, refused.body).Code, c.name)
		}
		before := w.Count(t, "promo_materials")
		first := send(c.name, c.first.contentType, c.first.body)
		made := object(t, first, http.StatusCreated)
		require.Empty(t, first.Header().Get("Idempotent-Replayed"))
		if c.name == "JSON" { // a repeated request gets the first response, even after later changes
			w.Exec(t, `DELETE FROM landing_pages`)
		}
		for _, u := range c.again {
			again := send(c.name, u.contentType, u.body)
			require.Equal(t, made, object(t, again, http.StatusCreated), c.name)
			require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
		}
		for _, u := range c.another {
			details := object(t, send(c.name, u.contentType, u.body), http.StatusBadRequest)["details"].([]any)
			require.Equal(t, "already_used", details[0].(map[string]any)["code"], "%s: %.60q", c.name, u.body)
		}
		require.Equal(t, before+1, w.Count(t, "promo_materials"), c.name)
	}
	require.EqualValues(t, 2, w.Count(t, "audit_log WHERE action = 'promo_material.added'"))
	require.EqualValues(t, 2, w.Count(t, "idempotency_keys"))

	for range 2 {
		require.Equal(t, http.StatusCreated, w.Call(t, "broker", "POST", library, `{"kind":"text","title":"Words","text":"Gold"}`).Code)
	}
	require.EqualValues(t, 4, w.Count(t, "promo_materials"), "without a key each request makes a material")
}
