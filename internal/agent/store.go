package agent

import (
	"context"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// ErrUnknown is returned by a Store if there is no such partner or link.
var ErrUnknown = fault.Unknown("no such partner or link")

// Store stores agents' links and agreements. Each method reads from one
// snapshot. SQLStore implements Store. Tests also use a store with only one
// link.
type Store interface {
	// Lock runs fn in one transaction. Meanwhile, no other transaction applies
	// facts or changes agreements. After a conflict, Lock runs fn again.
	Lock(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error

	// Links returns a page of the owner's links, newest first. Each link comes with
	// its newest agreement. Links also returns the number of all links, and the
	// owner's programme, which is empty if the owner is unknown.
	Links(ctx context.Context, ownerID id.UUID, p page.Page) (links []Agreed, count int64, programme string, err error)
	// Link returns one of the owner's links. It returns ErrUnknown if the owner has
	// no such link.
	Link(ctx context.Context, ownerID id.UUID, linkID int64) (Link, error)
	// Agreements returns a page of a link's agreements, newest first, and the
	// number of all agreements. It returns ErrUnknown if the owner has no such
	// link.
	Agreements(ctx context.Context, ownerID id.UUID, linkID int64, p page.Page) (agreements []Agreement, count int64, err error)

	// Affiliation finds a client with this e-mail, which must be in lower case. The
	// client must have come through one of the agent's links and must not have left
	// the link's owner. If several clients match, it returns the one who registered
	// last, with at most maxAccounts of the client's oldest accounts under that
	// link. ok is false if no client matches. Affiliation takes the same time in
	// every case.
	Affiliation(ctx context.Context, agentID id.UUID, email string, maxAccounts int) (a Affiliation, ok bool, err error)
}

// Owner holds the data that CreateLink needs about an owner.
type Owner struct {
	Programme  string
	Links      int64 // number of the owner's links of every kind
	AliasTaken bool
}

// Affiliation holds the data that an agent may see about a client who came
// through one of the agent's links.
type Affiliation struct {
	LinkCode string
	Accounts []string
}
