// Package verification requires a code from a partner before an operation that
// cannot be undone. Such operations pay rebates, withdraw money, share rewards
// with an agent, or change how the partner signs in. A code is bound to one
// operation and its exact content. The partner exchanges it for a token that
// authorises this operation once (contract, section 2).
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
	CreateAPIKey       Type = "CREATE_API_KEY" //nolint:gosec // the operation's name, not a key
	CreateWebhook      Type = "CREATE_WEBHOOK"
)

// Digest identifies the content of an operation, such as ids and amounts. Two
// operations have the same digest only if they have the same content.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a content, which its domain splits into
// parts. The digest includes the length of each part, so different lists of
// parts have different digests.
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
	// Summary is one line of a mail that says what the code is for, as in "Pay
	// 1,234.56 USD of rebates to 12 client accounts". It never has six digits
	// in a row, because the code is the only such number in a mail.
	Summary string
}

// Binder is implemented by the domains whose operations need a code: rebate,
// agent, wallet, identity and outbox.
type Binder interface {
	// Bind checks a payload and returns the content to which a code is bound.
	// It returns ValidationError if the partner cannot carry out the
	// operation. The error uses the payload's names for its fields, and Whole
	// for the payload itself.
	Bind(ctx context.Context, partnerID id.UUID, payload json.RawMessage) (Bound, error)
}

// Whole is the field name that a Binder's errors use for the payload as a
// whole.
const Whole = ""

// fieldPayload is the field name that Start's errors use for the payload.
const fieldPayload = "payload"

// within converts a field name of a Binder's error to the name in the request
// to Start.
func within(name string) string {
	if name == Whole {
		return fieldPayload
	}
	return fieldPayload + "." + name
}

// TokenHeader is the request header with the token for which a code was
// exchanged.
const TokenHeader = "X-Temporary-Token"

// Required returns the error for a request without a valid token for its
// operation. The token may be missing, wrong, used or for something else. The
// error is PermissionDenied, and it names the operation for which the caller
// must request a code.
func Required(t Type) *fault.Error {
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{
		Name: TokenHeader, Code: "verification_required",
		Message: "This call takes a token of the operation " + string(t) + ", for exactly this content. Ask for a code at " +
			"POST /api/v1/verification/operations/, exchange it for a token, and send the token in this header.",
	}}}
}

// TokenHash returns the stored form of a token.
func TokenHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
