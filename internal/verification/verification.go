// Package verification asks a partner for a code before something that can't
// be taken back: paying rebates, withdrawing, sharing rewards with an agent,
// changing how it signs in. A code is for one operation with exactly the
// content it was shown for; what it gives is a token that pays for that
// operation once (contract, section 2).
package verification

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Type is what a code is asked for.
type Type string

// The operations that need a code.
const (
	ApproveRebates     Type = "APPROVE_REBATES"
	SetAgentCommission Type = "SET_AGENT_COMMISSION"
	Withdraw           Type = "WITHDRAW"
	ChangeSecurity     Type = "CHANGE_SECURITY"
	CreateAPIKey       Type = "CREATE_API_KEY" //nolint:gosec // the operation's name, not a key
	CreateWebhook      Type = "CREATE_WEBHOOK"
)

// Digest stands for an operation's content: ids and amounts. Two contents have
// one digest only if they are the same operation.
type Digest [sha256.Size]byte

// DigestOf is the digest of a content, spelled by its owner without ambiguity:
// parts are length-prefixed, so that no two lists of parts read the same.
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

// Bound is a payload as its domain reads it.
type Bound struct {
	Digest Digest
	// Summary says in one line of a mail what the code is for, as in
	// "Pay 1,234.56 USD of rebates to 12 client accounts". It never has six
	// digits in a row: the code is the only such number in a mail.
	Summary string
}

// Binder is a domain whose operations need a code.
type Binder interface {
	// Bind checks a payload and returns what a code for it is bound to.
	// ValidationError: the payload names nothing that the partner could do. The
	// error names fields as they stand in the payload, and Whole for all of it.
	Bind(ctx context.Context, partnerID id.UUID, payload json.RawMessage) (Bound, error)
}

// Whole is what a Binder's errors call the payload as a whole.
const Whole = ""

// fieldPayload is what Start's errors call it.
const fieldPayload = "payload"

// within names a Binder's fault as Start's caller sees it.
func within(name string) string {
	if name == Whole {
		return fieldPayload
	}
	return fieldPayload + "." + name
}

// TokenHeader is where a call sends the token that a code gave.
const TokenHeader = "X-Temporary-Token"

// Required refuses a call that has no token for its operation, or one that is
// wrong, spent or for something else: a PermissionDenied that names the
// operation to ask a code for.
func Required(t Type) *fault.Error {
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{
		Name: TokenHeader, Code: "verification_required",
		Message: "This call takes a token of the operation " + string(t) + ", for exactly this content. Ask for a code at " +
			"POST /api/v1/verification/operations/, exchange it for a token, and send the token in this header.",
	}}}
}

// TokenHash is how a token is kept.
func TokenHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
