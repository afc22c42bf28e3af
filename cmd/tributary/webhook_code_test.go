package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWebhookToANewHost creates a webhook on a new host. This needs the code
// from a mail, and another mail must report the new webhook. The test uses a
// server that is built in the same way as the command serve builds it.
func TestWebhookToANewHost(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	const body = `{"url":"https://t123456.example.com/hook"}`
	create := func(temporary string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/webhooks/", strings.NewReader(body))
		for name, value := range map[string]string{"Authorization": "JWT " + w.a, "Content-Type": "application/json", "X-Temporary-Token": temporary} {
			req.Header.Set(name, value)
		}
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, req)
		return answer
	}
	refused := create("")
	require.Equal(t, http.StatusForbidden, refused.Code, refused.Body)
	require.Contains(t, refused.Body.String(), "CREATE_WEBHOOK")

	operation := w.create(t, w.a, "/v4/kyc_back/api/v3/verify/operation/init", `{"operation_type":"CREATE_WEBHOOK","additional_data":`+body+`}`, "verification_uid")
	text := w.mailedText(t, "verification_code")
	require.Contains(t, text, "t123 456.example.com")
	codes := regexp.MustCompile(`\d{6}`).FindAllString(text, -1)
	require.Len(t, codes, 1, "the code is the only six-digit number")
	temporary := w.create(t, w.a, "/api/v1/verification/operations/"+operation+"/complete/", `{"code":"`+codes[0]+`"}`, "verification_token")
	made := create(temporary)
	require.Equal(t, http.StatusCreated, made.Code, made.Body)
	require.Contains(t, w.mailedText(t, "endpoint_changed"), "t123 456.example.com")
	require.Equal(t, http.StatusForbidden, w.send(t, w.keys[""], http.MethodPost, "/api/v1/verification/operations/",
		&matrixBody{"application/json", `{"operation_type":"CREATE_WEBHOOK","payload":` + body + `}`}).Code, "a key needs no code and gets none")
}

func (w *matrixWorld) mailedText(t *testing.T, kind string) (text string) {
	t.Helper()
	require.NoError(t, w.p.DB.QueryRow(t.Context(),
		`SELECT text_body FROM mails WHERE kind = $1 ORDER BY created_at DESC, mail_id DESC LIMIT 1`, kind).Scan(&text))
	return text
}
