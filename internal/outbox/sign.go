package outbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Deliveries are signed as the specification at
// https://www.standardwebhooks.com requires.

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// newSecret returns a new secret and the text form that the partner gets.
func newSecret() (value []byte, shown string) {
	value = make([]byte, secretBytes)
	_, _ = rand.Read(value) // never fails
	return value, secretPrefix + base64.StdEncoding.EncodeToString(value)
}

// signedHeaders returns the headers of one attempt. They have one signature per
// secret, so that a receiver needs to know only one of the secrets.
func signedHeaders(secrets []Secret, messageID string, at time.Time, payload []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(secrets))
	for i := range secrets {
		mac := hmac.New(sha256.New, secrets[i].Value)
		mac.Write([]byte(messageID + "." + stamp + "."))
		mac.Write(payload)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return http.Header{
		"Webhook-Id": {messageID}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {strings.Join(signatures, " ")},
	}
}
