// Package export makes workbooks that are too large for one request. A partner
// requests a report, gets an export that shows its progress, and fetches the
// file once it is complete. An export is a row of the store until it expires,
// and its file is in a directory beside the store. The process that makes an
// export holds it by a lease. If the process dies, the next one takes the
// export over.
package export

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Status is the state of an export.
type Status string

// These are the statuses.
const (
	Waiting Status = "waiting" // not started yet, or the last attempt failed
	Running Status = "running"
	Ready   Status = "ready"
	Failed  Status = "failed" // it is not retried
)

// These are the bounds on exports.
const (
	// Life is how long a complete file is kept, and how long an export lasts
	// that is never made.
	Life = 24 * time.Hour
	// Most is how many exports a partner may have.
	Most = 10

	lease    = time.Minute      // how long an export stays with a process that does not renew the lease
	beat     = time.Second      // how often a process renews the lease and saves the progress
	attempts = 3                // an export fails after so many failed attempts
	again    = 30 * time.Second // the wait after the first failed attempt; it doubles after the next
)

// Export is a workbook that is being made or is complete.
type Export struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"export_id"`
	Report    string     `db:"report"`  // the id of its definition
	Request   string     `db:"request"` // the report's path and query, to request it again
	Status    Status     `db:"status"`
	Written   int64      `db:"rows_written"` // rows so far
	Total     int64      `db:"rows_total"`   // rows in all: estimated at the request, then counted in the snapshot
	Size      int64      `db:"file_bytes"`   // the file's, in bytes
	File      string     `db:"file_name"`
	Problem   string     `db:"problem"` // why it failed, for its partner to read
	Created   time.Time  `db:"created_at"`
	Finished  *time.Time `db:"finished_at"`
	Expires   time.Time  `db:"expires_at"` // when it is removed
	Attempts  int        `db:"attempts"`   // attempts begun
	Until     time.Time  `db:"held_until"` // Running: when another process may take it over; Waiting: when it is due
}

// Ended reports whether no more work will be done on the export.
func (e *Export) Ended() bool { return e.Status == Ready || e.Status == Failed }

// ErrTooMany is returned when a partner already has the most exports allowed.
var ErrTooMany = fault.Invalid("format", "limit_reached", fmt.Sprintf(
	"You have %d exports. Delete one of those in /api/v1/exports/, wait until one expires, or use format=csv.", Most))
