// Package export makes workbooks that are too large for one request: a partner
// asks for a report, gets an export that tells how far it is, and fetches the
// file once that is whole. An export is a row of the store until it expires,
// and its file lies in a directory beside it. Who makes it holds it for a
// while at a time: a process that dies loses it to the next one.
package export

import (
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

// ErrTooMany tells a partner that it has as many exports as it may have.
var ErrTooMany = fault.Invalid("format", "limit_reached", fmt.Sprintf(
	"You have %d exports. Delete one of those in /api/v1/exports/, wait until one expires, or use format=csv.", Most))
