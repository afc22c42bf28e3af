package agent

import (
	"context"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// ErrUnknown is what a Store returns if there is no such partner or link.
var ErrUnknown = fault.Unknown("no such partner or link")

// Store stores agents' links and agreements. Each method that reads does so
// from one snapshot. The tests use an implementation of their own.
type Store interface {
	// Lock runs fn in one transaction, during which no one else applies facts
	// or changes agreements. fn may run again from the start after a conflict.
	Lock(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error

	// Links returns a page of the owner's links, newest first, how many there
	// are, and the owner's programme, which is empty if the owner is unknown.
	Links(ctx context.Context, ownerID id.UUID, p page.Page) (links []Link, count int64, programme string, err error)
	// Link returns one of the owner's links, or ErrUnknown.
	Link(ctx context.Context, ownerID id.UUID, linkID int64) (Link, error)
	// Agreements returns a page of a link's agreements, newest first, and how
	// many there are. ErrUnknown: the owner has no such link.
	Agreements(ctx context.Context, ownerID id.UUID, linkID int64, p page.Page) (agreements []Agreement, count int64, err error)

	// Affiliation finds a client with this e-mail (lower case) who came by one
	// of the agent's links and has not left their owner, and at most accounts
	// of the client's accounts under that link, oldest first. Of several such
	// clients it returns the one that registered last. ok is false if there is
	// none; the work is the same.
	Affiliation(ctx context.Context, agentID id.UUID, email string, accounts int) (a Affiliation, ok bool, err error)
}

// Owner is what a new link depends on.
type Owner struct {
	Programme  string
	Links      int64 // links of every kind
	AliasTaken bool
}

// Affiliation is what an agent may know about a client who came by its link.
type Affiliation struct {
	LinkCode string
	Accounts []string
}
