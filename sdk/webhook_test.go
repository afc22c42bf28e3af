package sdk_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

const (
	secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	other     = "whsec_b3RoZXI="
	delivered = `{"id":"e-42","type":"deposit.received","timestamp":"2026-06-30T12:00:00Z","data":{"deposit_amount":3}}`
)

func signature(secret, id string, at time.Time, content string) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "." + content))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func message(method, target, id string, at time.Time, signatures, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("Webhook-Signature", signatures)
	return r
}

// TestKnownSignature checks the example in the Standard Webhooks specification.
func TestKnownSignature(t *testing.T) {
	t.Parallel()
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), `{"test": 2432232314}`))
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(1614265330, 0))) //nolint:forbidigo // the clock of synctest
		verifier, err := sdk.NewWebhookVerifier(secret)
		require.NoError(t, err)
		header := http.Header{
			"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
			"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		}
		require.NoError(t, verifier.Verify(header, []byte(`{"test": 2432232314}`)))
		require.ErrorIs(t, verifier.Verify(header, []byte(`{"test": 2432232315}`)), sdk.ErrSignature)
	})
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now() //nolint:forbidigo // the clock of synctest
		verifier, err := sdk.NewWebhookVerifier(secret)
		require.NoError(t, err)
		good := signature(secret, "e-42", now, delivered)
		early, late := now.Add(5*time.Minute+time.Second), now.Add(-5*time.Minute-time.Second)
		for name, tt := range map[string]struct {
			id         string
			at         time.Time
			signatures string
			body       string
			refused    bool
		}{
			"signed":                           {"e-42", now, good, delivered, false},
			"one of two signatures":            {"e-42", now, signature(other, "e-42", now, delivered) + " " + good, delivered, false},
			"beside a newer kind of signature": {"e-42", now, "v2,AAAA " + good, delivered, false},
			"at the edge of the window":        {"e-42", now.Add(-5 * time.Minute), signature(secret, "e-42", now.Add(-5*time.Minute), delivered), delivered, false},
			"with another secret":              {"e-42", now, signature(other, "e-42", now, delivered), delivered, true},
			"another body":                     {"e-42", now, good, strings.ReplaceAll(delivered, "3", "6"), true},
			"another id":                       {"e-43", now, good, delivered, true},
			"another time":                     {"e-42", now.Add(time.Second), good, delivered, true},
			"too old":                          {"e-42", late, signature(secret, "e-42", late, delivered), delivered, true},
			"from the future":                  {"e-42", early, signature(secret, "e-42", early, delivered), delivered, true},
			"unsigned":                         {"e-42", now, "", delivered, true},
			"an empty signature":               {"e-42", now, "v1,", delivered, true},
			"the signature's bare text":        {"e-42", now, strings.TrimPrefix(good, "v1,"), delivered, true},
			"too large":                        {"e-42", now, signature(secret, "e-42", now, strings.Repeat("x", 1<<20+1)), strings.Repeat("x", 1<<20+1), true},
		} {
			event, err := verifier.Event(message(http.MethodPost, "/hook", tt.id, tt.at, tt.signatures, tt.body))
			if tt.refused {
				require.ErrorIs(t, err, sdk.ErrSignature, name)
				continue
			}
			require.NoError(t, err, name)
			require.Equal(t, "deposit.received", event.Type)
			require.JSONEq(t, `{"deposit_amount":3}`, string(event.Data))
		}

		r := message(http.MethodPost, "/hook", "e-42", now, good, delivered)
		r.Header.Del("Webhook-Timestamp")
		_, err = verifier.Event(r)
		require.ErrorContains(t, err, "webhook-timestamp is missing")
		_, err = verifier.Event(message(http.MethodPost, "/hook", "e-42", now, signature(secret, "e-42", now, "no JSON"), "no JSON"))
		require.ErrorContains(t, err, "reading the event")
	})
}

func TestPostbacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now() //nolint:forbidigo // the clock of synctest
		verifier, err := sdk.NewWebhookVerifier(other, secret)
		require.NoError(t, err)
		target := "/p?click=1&value=2%2E5"
		body, err := verifier.Body(message(http.MethodGet, target, "e-42", now, signature(secret, "e-42", now, target), ""))
		require.NoError(t, err)
		require.Empty(t, body)
		_, err = verifier.Body(message(http.MethodGet, "/p?click=1&value=2.5", "e-42", now, signature(secret, "e-42", now, target), ""))
		require.ErrorIs(t, err, sdk.ErrSignature, "the exact bytes are signed")
		body, err = verifier.Body(message(http.MethodPost, target, "e-42", now, signature(other, "e-42", now, "a=b"), "a=b"))
		require.NoError(t, err)
		require.Equal(t, "a=b", string(body))
	})
}

func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "whsec_", "whsec_?", "not base64"} {
		_, err := sdk.NewWebhookVerifier(wrong)
		require.ErrorContains(t, err, "whsec_", wrong)
	}
	none, err := sdk.NewWebhookVerifier()
	require.NoError(t, err)
	now := time.Now() //nolint:forbidigo // the time of the message
	_, err = none.Event(message(http.MethodPost, "/", "e-42", now, signature(secret, "e-42", now, delivered), delivered))
	require.ErrorIs(t, err, sdk.ErrSignature, "a verifier without a secret accepts nothing")
}
