// Package verification asks a partner for a code before an operation that
// cannot be undone: paying rebates, withdrawing, sharing rewards with an agent,
// or changing how it signs in. A code is for one operation with exactly the
// content that it was requested for. It gives a token that authorises that
// operation once (contract, section 2).
package verification

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Type is the kind of operation that a code is for.
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

// Digest identifies an operation's content: ids and amounts. Two contents have
// the same digest only if they are the same operation.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a content, which its domain splits into parts.
// Parts are length-prefixed, so that different lists of parts have different
// digests.
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

// Bound is what a domain reads from a payload.
type Bound struct {
	Digest Digest
	// Summary says in one line of a mail what the code is for, as in "Pay
	// 1,234.56 USD of rebates to 12 client accounts". It never has six digits
	// in a row, because the code is the only such number in a mail.
	Summary string
}

// Binder is a domain whose operations need a code: rebate, agent, wallet,
// identity and outbox implement it.
type Binder interface {
	// Bind checks a payload and returns what a code for it is bound to. It
	// returns a ValidationError if the partner cannot do what the payload asks.
	// The error uses the payload's names for its fields, and Whole for the
	// payload itself.
	Bind(ctx context.Context, partnerID id.UUID, payload json.RawMessage) (Bound, error)
}

// Whole is the field name that a Binder's errors use for the payload as a
// whole.
const Whole = ""

// fieldPayload is the field name that Start's errors use for the payload.
const fieldPayload = "payload"

// within converts a Binder's field name to the one that Start's caller sees.
func within(name string) string {
	if name == Whole {
		return fieldPayload
	}
	return fieldPayload + "." + name
}

// TokenHeader is the header in which a call sends the token that a code gave.
const TokenHeader = "X-Temporary-Token"

// Required returns the error for a call without a valid token for its
// operation: a PermissionDenied that names the operation to request a code for.
// The token may be missing, wrong, used or for something else.
func Required(t Type) *fault.Error {
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{
		Name: TokenHeader, Code: "verification_required",
		Message: "This call takes a token of the operation " + string(t) + ", for exactly this content. Ask for a code at " +
			"POST /api/v1/verification/operations/, exchange it for a token, and send the token in this header.",
	}}}
}

// TokenHash returns the stored form of a token.
func TokenHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
