package agent

import (
	"context"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// ErrUnknown is what a Store says when there is nothing to answer with.
var ErrUnknown = fault.Unknown("no such partner or link")

// Store keeps agents' links and agreements. Reading methods answer from one
// snapshot.
// The tests have another one.
type Store interface {
	// Lock runs fn in one transaction, while nobody applies facts or changes
	// agreements. fn may run again from the start after a conflict.
	Lock(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error

	// Links returns a page of the owner's links, newest first, how many there
	// are, and the owner's programme; an unknown owner has none.
	Links(ctx context.Context, ownerID id.UUID, p page.Page) (links []Link, count int64, programme string, err error)
	// Link returns one of the owner's links, or ErrUnknown.
	Link(ctx context.Context, ownerID id.UUID, linkID int64) (Link, error)
	// Agreements returns those of a link, newest first, and how many there are;
	// ErrUnknown: the owner has no such link.
	Agreements(ctx context.Context, ownerID id.UUID, linkID int64, p page.Page) (agreements []Agreement, count int64, err error)

	// Affiliation finds a client with this e-mail (lower case) who came by one
	// of the agent's links and has not left their owner, and up to accounts of
	// its accounts under that link, the oldest first. Of several clients the
	// one that registered last counts. ok is false when there is none; the work
	// is the same.
	Affiliation(ctx context.Context, agentID id.UUID, email string, accounts int) (a Affiliation, ok bool, err error)
}

// Owner is what a new link depends on.
type Owner struct {
	Programme  string
	Links      int64 // of every kind
	AliasTaken bool
}

// Affiliation is what an agent may know of a client who came by its link.
type Affiliation struct {
	LinkCode string
	Accounts []string
}
