package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

// paid is the token that a code for a webhook with this URL gives a partner.
func (w *outboxWorld) paid(t *testing.T, partnerID id.UUID, url string) string {
	t.Helper()
	payload, err := json.Marshal(map[string]string{"url": url})
	require.NoError(t, err)
	bound, err := w.p.Outbox.HostBinder().Bind(t.Context(), partnerID, payload)
	require.NoError(t, err)
	operations, token, now := verification.NewStore(w.DB), id.New().String(), w.clock.Now()
	op := verification.Operation{
		PartnerID: partnerID, ID: id.New(), Type: verification.CreateWebhook, Digest: bound.Digest, Summary: bound.Summary,
		Channel: verification.Email, CreatedAt: now, ExpiresAt: now.Add(verification.CodeLife),
	}
	require.NoError(t, operations.Add(t.Context(), op))
	done, err := operations.Complete(t.Context(), partnerID, op.ID, verification.TokenHash(token), now, now.Add(verification.TokenLife))
	require.NoError(t, err)
	require.True(t, done)
	return token
}

// notices are the mails to an address that tell of endpoints, the first first.
func (w *outboxWorld) notices(t *testing.T, to string) []string {
	t.Helper()
	list, err := db.Collect(t.Context(), w.DB, func(rows db.Rows) (text string, err error) {
		var subject, body string
		err = rows.Scan(&subject, &body)
		return subject + "\n" + body, err
	}, `SELECT subject, text_body FROM mails WHERE recipient = $1 AND kind = 'endpoint_changed' ORDER BY mail_id`, to)
	require.NoError(t, err)
	return list
}

// Whoever took a session over cannot have an account's events sent to a host
// of its own: that takes a code, and is mailed.
func TestWebhooks_ANewHostTakesACode(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	const path = "/api/v1/webhooks/"
	a, b := uid(programmetest.PartnerA), uid(programmetest.PartnerB)
	call := func(status int, who, method, target, url, token, key string) map[string]any {
		t.Helper()
		return w.object(t, status, who, method, target, fmt.Sprintf(`{"url":%q}`, url), "X-Temporary-Token", token, "Idempotency-Key", key)
	}
	refused := func(who, method, target, url, token string) {
		t.Helper()
		answer := call(403, who, method, target, url, token, "k-"+url)
		require.Equal(t, "PermissionDenied", answer["code"])
		require.Contains(t, fmt.Sprint(answer["details"]), "CREATE_WEBHOOK")
		require.Contains(t, fmt.Sprint(answer["details"]), "X-Temporary-Token")
	}
	const first, second, third = "https://first.example.com/hook", "https://second.example.com/hook", "https://third.example.com/"

	token := w.paid(t, a, first)
	refused("a", "POST", path, first, "")
	refused("a", "POST", path, first, id.New().String())
	refused("a", "POST", path, second, token)
	refused("b", "POST", path, first, token)
	require.Empty(t, w.object(t, 200, "a", "GET", path, "")["data"])
	require.Empty(t, w.notices(t, "a@example.com"))

	// The refusals used up neither the token nor the key for the call.
	made := call(201, "a", "POST", path, first, token, "k-"+first)
	require.Equal(t, made, call(201, "a", "POST", path, first, token, "k-"+first))
	w.object(t, 204, "a", "DELETE", path+made["id"].(string)+"/", "")
	refused("a", "POST", path, first+"?", token)
	call(403, "a", "POST", path, first, token, "the token is spent")
	made = call(201, "a", "POST", path, first, w.paid(t, a, first), "anew")
	webhook := path + made["id"].(string) + "/"

	// The host is known now, however it is spelled; to this partner alone.
	call(201, "a", "POST", path, "http://FIRST.example.com.:8080/other", "", "same host")
	refused("a", "POST", path, "https://sub.first.example.com/", "")
	refused("b", "POST", path, first, "")
	call(201, "b", "POST", path, first, w.paid(t, b, first), "theirs")

	w.clock.Advance(mail.QuotaWindow) // more within an hour would be told in one mail

	// Changing a webhook's address is no way around it.
	refused("a", "PATCH", webhook, second, "")
	require.Equal(t, first, w.object(t, 200, "a", "GET", webhook, "")["url"])
	w.object(t, 200, "a", "PATCH", webhook, `{"name":"x","url":"`+first+`"}`)
	w.object(t, 200, "a", "PATCH", webhook, `{"url":"`+first+`/more"}`)
	require.Equal(t, second, call(200, "a", "PATCH", webhook, second, w.paid(t, a, second), "")["url"])

	// A program has no mailbox, and a postback is only mailed.
	call(201, "akey", "POST", path, third, "", "a key's")
	postback := w.object(t, 201, "a", "POST", "/api/v1/postbacks/", `{"url":"https://t123456789.example.com/{event}","events":["deposit"]}`)
	w.object(t, 200, "a", "PATCH", "/api/v1/postbacks/"+postback["id"].(string)+"/", `{"name":"y"}`)

	notices := w.notices(t, "a@example.com")
	require.Len(t, notices, 7, "%q", notices)
	for i, want := range []string{
		"A new webhook was made: first.example.com", "A new webhook was made: first.example.com", "A new webhook was made: first.example.com",
		"Your webhook has a new address: first.example.com", "Your webhook has a new address: second.example.com",
		"A new webhook was made: third.example.com", "A new postback was made: t123 456 789.example.com",
	} {
		title, host, _ := strings.Cut(want, ": ")
		require.True(t, strings.HasPrefix(notices[i], title), notices[i])
		require.Contains(t, notices[i], "to: "+host)
		require.NotRegexp(t, `[0-9]{6}`, notices[i], "nothing in it looks like a code")
	}
	require.Len(t, w.notices(t, "b@example.com"), 1)
}

// A stolen key can neither flood its owner's mailbox nor hide what it does, nor
// take the place of the mail by which the owner resets the password.
func TestAKeyCannotFloodItsOwner(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	const path = "/api/v1/postbacks/"
	postback := path + w.object(t, 201, "akey", "POST", path, `{"url":"https://t.example.com/{event}","events":["deposit"]}`)["id"].(string) + "/"
	for i := range 60 {
		w.object(t, 200, "akey", "PATCH", postback, fmt.Sprintf(`{"url":"https://t%d.example.com/{event}"}`, i))
	}
	require.Len(t, w.notices(t, "a@example.com"), mail.NoticeQuota)
	merged, err := db.Collect(t.Context(), w.DB, func(rows db.Rows) (text string, err error) {
		var subject string
		err = rows.Scan(&subject, &text)
		return subject + "\n" + text, err
	}, `SELECT subject, text_body FROM mails WHERE recipient = 'a@example.com' AND kind = $1`, mail.KindMerged)
	require.NoError(t, err)
	require.Len(t, merged, 1)
	require.Contains(t, merged[0], "57 more changes in your account")
	require.Contains(t, merged[0], "Your postback has a new address, 57 times:")
	require.Contains(t, merged[0], "t59.example.com", "the latest")
	allowed, err := mail.NewSQLStore(w.DB, w.clock, func() {}).Allow(t.Context(), "a@example.com", "reset by its owner")
	require.NoError(t, err)
	require.True(t, allowed)
}

func TestHostBinder_Refuses(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	for payload, want := range map[string]string{
		`{}`:                           "This field is required.",
		`{"url":7}`:                    "Expected a string.",
		`{"url":"https://10.0.0.1/"}`:  "Enter a public http or https address.",
		`{"url":"ftp://example.com/"}`: "Enter a public http or https address.",
	} {
		_, err := w.p.Outbox.HostBinder().Bind(t.Context(), uid(programmetest.PartnerA), json.RawMessage(payload))
		require.ErrorContains(t, err, want, payload)
	}
	bound, err := w.p.Outbox.HostBinder().Bind(t.Context(), uid(programmetest.PartnerA), json.RawMessage(`{"url":"https://t123456.example.com/"}`))
	require.NoError(t, err)
	require.Contains(t, bound.Summary, "t123 456.example.com")
}
