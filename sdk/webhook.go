package sdk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrSignature is in the chain of the error if the server did not sign the
// message, or if the signature is too old. Respond to such a message with 401,
// and do not process it.
var ErrSignature = errors.New("the message is not signed by the programme")

// SignatureWindow is the maximum difference between the time in a message and
// this machine's clock.
const SignatureWindow = 5 * time.Minute

const maxMessage = 1 << 20

// WebhookVerifier checks the signatures of webhooks and postbacks. The
// signatures follow https://www.standardwebhooks.com.
type WebhookVerifier struct {
	keys [][]byte
}

// NewWebhookVerifier returns a verifier for messages that are signed with one
// of the secrets. A webhook or postback has a secret, which begins with whsec_.
// It returns an error if a secret is malformed.
func NewWebhookVerifier(secrets ...string) (*WebhookVerifier, error) {
	v := &WebhookVerifier{}
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) == 0 {
			return nil, errors.New("a webhook's secret must be whsec_ followed by base64. Pass it exactly as the programme showed it")
		}
		v.keys = append(v.keys, key)
	}
	return v, nil
}

// Event verifies the request of a webhook and returns its event. An event can
// arrive several times with the same ID, and events can arrive in any order.
// Store the ids of the events that you have processed.
func (v *WebhookVerifier) Event(r *http.Request) (*Event, error) {
	body, err := v.Body(r)
	if err != nil {
		return nil, err
	}
	event := &Event{}
	if err := json.Unmarshal(body, event); err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	return event, nil
}

// Body verifies a signed request of any kind, such as a postback, and returns
// the body. A GET request has no body, so its signature covers the path and
// query.
func (v *WebhookVerifier) Body(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	if err != nil {
		return nil, fmt.Errorf("reading the message: %w", err)
	}
	if len(body) > maxMessage {
		return nil, fmt.Errorf("%w: its body is larger than any that the programme sends", ErrSignature)
	}
	signed := body
	if r.Method == http.MethodGet {
		signed = []byte(r.RequestURI)
	}
	if err := v.Verify(r.Header, signed); err != nil {
		return nil, err
	}
	return body, nil
}

// Verify checks the signature in the headers of a message. signed is the body
// as it was received, or the path and query of a GET request.
func (v *WebhookVerifier) Verify(header http.Header, signed []byte) error {
	return v.VerifyAt(time.Now(), header, signed) //nolint:forbidigo // the receiver's own clock, because the sender must not choose the time
}

// VerifyAt does the same as Verify, for a message that was received earlier,
// such as a message from a queue.
func (v *WebhookVerifier) VerifyAt(received time.Time, header http.Header, signed []byte) error {
	id, moment := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(moment, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: the header webhook-timestamp is missing or not a number", ErrSignature)
	}
	age := received.Sub(time.Unix(seconds, 0))
	if age.Abs() > SignatureWindow {
		return fmt.Errorf("%w: its timestamp differs by %s from the time of receipt", ErrSignature, age.Abs().Round(time.Second))
	}
	for given := range strings.FieldsSeq(header.Get("Webhook-Signature")) {
		text, known := strings.CutPrefix(given, "v1,")
		signature, err := base64.StdEncoding.DecodeString(text)
		if !known || err != nil {
			continue // this may be a newer kind of signature
		}
		for _, key := range v.keys {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(id + "." + moment + "."))
			mac.Write(signed)
			if hmac.Equal(mac.Sum(nil), signature) {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: no signature in webhook-signature matches", ErrSignature)
}
