package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const profilePath = "/api/partner/profile/"

func TestProfile(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	fresh := map[string]any{
		"email": authEmail, "country": "TH", "language": "en", "time_zone": "UTC", "full_name": "", "phone": "", "messenger": "", "updated_at": nil,
	}
	require.Equal(t, fresh, b.ask(t, b.token, http.MethodGet, profilePath, "", 200))
	require.Equal(t, fresh, b.ask(t, b.token, http.MethodPatch, profilePath, `{"email":null,"unknown":1,"language":null}`, 200), "nothing to change")

	changed := map[string]any{
		"email": authEmail, "country": "TH", "language": "pt-BR", "time_zone": "Asia/Bangkok", "full_name": "Ann Öz 王", "phone": "+66 (2) 123-4567",
		"messenger": "Telegram @ann", "updated_at": "2026-06-30T12:00:00Z",
	}
	require.Equal(t, changed, b.ask(t, b.token, http.MethodPatch, profilePath,
		`{"language":"pt-br","time_zone":"Asia/Bangkok","full_name":" Ann Öz 王 ","phone":"+66 (2) 123-4567","messenger":"Telegram @ann"}`, 200))
	require.Equal(t, changed, b.ask(t, b.token, http.MethodGet, profilePath, "", 200))
	changed["phone"] = ""
	require.Equal(t, changed, b.ask(t, b.token, http.MethodPatch, profilePath, `{"phone":""}`, 200))
	require.Equal(t, neighbourEmail, b.ask(t, b.other, http.MethodGet, profilePath, "", 200)["email"])

	for body, want := range map[string]string{
		`{"language":"xx-yy-zz-1"}`:                        wrong("language", "invalid", "Must be a language tag, such as en or pt-BR."),
		`{"phone":"1","email":"new@example.com"}`:          wrong("email", "read_only", "This field cannot be changed: leave it out."),
		`{"language":""}`:                                  wrong("language", "invalid", "Must be a language tag, such as en or pt-BR."),
		`{"language":"und"}`:                               wrong("language", "invalid", "Must be a language tag, such as en or pt-BR."),
		`{"language":"en-u-ca-buddhist"}`:                  wrong("language", "invalid", "Must be a language tag, such as en or pt-BR."),
		`{"time_zone":""}`:                                 wrong("time_zone", "invalid", "Must be the name of a time zone, such as Europe/Athens."),
		`{"time_zone":"Local"}`:                            wrong("time_zone", "invalid", "Must be the name of a time zone, such as Europe/Athens."),
		`{"time_zone":"../../etc/passwd"}`:                 wrong("time_zone", "invalid", "Must be the name of a time zone, such as Europe/Athens."),
		`{"time_zone":"/etc/localtime"}`:                   wrong("time_zone", "invalid", "Must be the name of a time zone, such as Europe/Athens."),
		`{"full_name":"a\nBcc: b"}`:                        wrong("full_name", "invalid", "Control characters are not allowed: remove U+000A."),
		`{"phone":"call me"}`:                              wrong("phone", "invalid", "Only digits, spaces and + - ( ) . / are allowed."),
		`{"messenger":"` + strings.Repeat("m", 101) + `"}`: wrong("messenger", "max_length", "Ensure this field has no more than 100 characters."),
		`{"full_name":"` + strings.Repeat("é", 201) + `"}`: wrong("full_name", "max_length", "Ensure this field has no more than 200 characters."),
	} {
		w := b.call(t, http.MethodPatch, profilePath, body, "Authorization", "JWT "+b.token)
		require.Equal(t, 400, w.Code, "%s: %s", body, w.Body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	require.Equal(t, changed, b.ask(t, b.token, http.MethodGet, profilePath, "", 200))
}
