// Package verification requires a code from a partner before an operation that
// cannot be undone, such as paying rebates, withdrawing money, sharing rewards
// with an agent, or changing how the partner signs in. A code is bound to one
// operation and its exact content. The partner exchanges the code for a
// temporary token, which authorises the operation once.
package verification

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Type is a kind of operation that needs a code.
type Type string

// These are the operations that need a code.
const (
	ApproveRebates     Type = "APPROVE_REBATES"
	SetAgentCommission Type = "SET_AGENT_COMMISSION"
	Withdraw           Type = "WITHDRAW"
	ChangeSecurity     Type = "CHANGE_SECURITY"
	CreateAPIKey       Type = "CREATE_API_KEY" //nolint:gosec // the name of an operation, not a key
	CreateWebhook      Type = "CREATE_WEBHOOK"
)

// Digest identifies the content of an operation, such as ids and amounts.
// Different contents have different digests.
type Digest [sha256.Size]byte

// DigestOf returns the digest of an operation's content, which is given as a
// list of parts. The digest includes the lengths of the parts, so that
// different lists have different digests.
func DigestOf(t Type, parts ...string) Digest {
	h := sha256.New()
	for _, part := range append([]string{string(t)}, parts...) {
		var length [8]byte
		for i, n := 0, uint64(len(part)); i < len(length); i, n = i+1, n>>8 {
			length[i] = byte(n)
		}
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return Digest(h.Sum(nil))
}

// Bound is the content to which a code is bound.
type Bound struct {
	Digest Digest
	// Summary is the line of the mail that says what the code is for, such as "Pay
	// 1,234.56 USD of rebates to 12 client accounts". It never has six digits in a
	// row, because a mail must contain only one such number, the code.
	Summary string
}

// Binder is implemented by the domains that have operations with codes: rebate,
// agent, wallet, identity and outbox.
type Binder interface {
	// Bind checks a payload and returns the content to which the code is bound. It
	// returns ValidationError if the partner cannot do this operation. The error
	// names a field as the payload does, or Whole for the payload itself.
	Bind(ctx context.Context, partnerID id.UUID, payload json.RawMessage) (Bound, error)
}

// Whole is the name that a Binder's errors use for the payload as a whole.
const Whole = ""

// fieldPayload is the name that Start's errors use for the payload.
const fieldPayload = "payload"

// payloadField converts the name of a field in a Binder's error to the name of
// the field in the request to Start.
func payloadField(name string) string {
	if name == Whole {
		return fieldPayload
	}
	return fieldPayload + "." + name
}

// TokenHeader is the request header that contains the temporary token.
const TokenHeader = "X-Temporary-Token"

// Required returns the error for a request without a valid temporary token. The
// token may be missing, wrong, used, or for something else. The error is
// PermissionDenied, and names the operation for which the caller must request a
// code.
func Required(t Type) *fault.Error {
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{
		Name: TokenHeader, Code: "verification_required",
		Message: "This request needs a temporary token for the operation " + string(t) + " and exactly this content. Request a code at " +
			"POST /api/v1/verification/operations/, exchange it for a token, and send the token in this header.",
	}}}
}

// TokenHash returns the stored form of a token.
func TokenHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
