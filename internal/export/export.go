// Package export makes workbooks that are too large for one request: a partner
// asks for a report, gets an export that tells how far it is, and fetches the
// file once that is whole. An export is a row of the store until it expires,
// and its file lies in a directory beside it. Who makes it holds it for a
// while at a time: a process that dies loses it to the next one.
package export

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Status is where an export stands.
type Status string

// The statuses.
const (
	Waiting Status = "waiting" // nobody makes it yet, or the last attempt failed
	Running Status = "running"
	Ready   Status = "ready"
	Failed  Status = "failed" // it is not tried again
)

// The bounds on exports.
const (
	// Life is how long a file is kept, from the moment it is whole, and how long
	// an export that nobody makes is.
	Life = 24 * time.Hour
	// Most is how many exports a partner may have.
	Most = 10

	lease    = time.Minute      // how long one who makes an export holds it without a word
	beat     = time.Second      // how often that word is given, with the progress
	attempts = 3                // after so many that failed the export has
	again    = 30 * time.Second // after the first of them; twice that after the next
)

// Export is a workbook that is made or was.
type Export struct {
	PartnerID, ID id.UUID
	Report        string // the id of its definition
	Request       string // the report's path and query, as one asks for it again
	Status        Status
	Written       int64 // rows so far
	Total         int64 // rows in all: when it was asked for, and once it runs, of its snapshot
	Size          int64 // the file's, in bytes
	File          string
	Problem       string // why it failed, for its partner to read
	Created       time.Time
	Finished      *time.Time
	Expires       time.Time // then it exists no more
	Attempts      int       // that were begun
	Until         time.Time // Running: when another may take it; Waiting: when it is due
}

// Ended reports whether nobody will work at the export any more.
func (e *Export) Ended() bool { return e.Status == Ready || e.Status == Failed }

// Store keeps exports. To the partner, one that has expired does not exist.
type Store interface {
	// Add keeps a new export, or returns the partner's unfinished one of the same
	// request. ErrTooMany: the partner has most of them.
	Add(ctx context.Context, e Export, most int) (Export, error)
	// List returns a partner's exports, the newest first.
	List(ctx context.Context, partnerID id.UUID, now time.Time) ([]Export, error)
	// Get returns one; NotFound.
	Get(ctx context.Context, partnerID, exportID id.UUID, now time.Time) (Export, error)
	// Expire ends an export's life now; NotFound.
	Expire(ctx context.Context, partnerID, exportID id.UUID, now time.Time) error

	// Due returns the export to be made next: each partner's first one comes
	// before anybody's second. One that is due after horizon is due too: the clock
	// was set back.
	Due(ctx context.Context, now, horizon time.Time) (e Export, found bool, err error)
	// Claim begins an attempt at an export that is as Due returned it. False:
	// another was quicker.
	Claim(ctx context.Context, e Export, until time.Time) (claimed bool, err error)
	// Save keeps what the one who holds the export has done: e as it is now, held
	// until then. False: it is held no more, or has expired.
	Save(ctx context.Context, e Export, held, now time.Time) (kept bool, err error)

	// Expired returns some exports that have expired and that nobody works at.
	Expired(ctx context.Context, now time.Time, limit int) ([]Export, error)
	// Remove forgets an export.
	Remove(ctx context.Context, partnerID, exportID id.UUID) error
}

// ErrTooMany tells a partner that it has as many exports as it may have.
var ErrTooMany = fault.Invalid("format", "limit_reached", fmt.Sprintf(
	"You have %d exports. Delete one of those in /api/v1/exports/, wait until one expires, or use format=csv.", Most))
