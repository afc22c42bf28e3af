// Package export creates workbooks that are too large for one request. A
// partner requests a report and gets an export that shows its progress. Once
// the export is complete, the partner downloads its file. An export is a row
// of the store until it expires, and its file is in a directory on the same
// machine. A process that works on an export holds a lease. If the process
// dies, another process takes over the export.
package export

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Status is the state of an export.
type Status string

// These are the statuses of an export.
const (
	Waiting Status = "waiting" // not started yet, or waiting after a failed attempt
	Running Status = "running"
	Ready   Status = "ready"
	Failed  Status = "failed" // not tried again
)

// These are the limits on exports.
const (
	// Life is how long a complete file is stored. An export that is never
	// completed expires after the same time.
	Life = 24 * time.Hour
	// Most is the maximum number of exports of one partner.
	Most = 10

	lease    = time.Minute      // time after which another process may take over an export
	beat     = time.Second      // interval at which a process renews the lease and saves the progress
	attempts = 3                // maximum failed attempts before an export fails
	again    = 30 * time.Second // wait after the first failed attempt; it doubles after each further one
)

// Export is a workbook that is complete or in progress.
type Export struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"export_id"`
	Report    string     `db:"report"`  // id of the report's definition
	Request   string     `db:"request"` // path and query of the report
	Status    Status     `db:"status"`
	Written   int64      `db:"rows_written"` // rows so far
	Total     int64      `db:"rows_total"`   // all rows; an estimate until the snapshot is counted
	Size      int64      `db:"file_bytes"`   // size of the file in bytes
	File      string     `db:"file_name"`
	Problem   string     `db:"problem"` // why the export failed, for the partner
	Created   time.Time  `db:"created_at"`
	Finished  *time.Time `db:"finished_at"`
	Expires   time.Time  `db:"expires_at"` // time of removal
	Attempts  int        `db:"attempts"`   // attempts that were started
	Until     time.Time  `db:"held_until"` // end of the lease while running; time of the next attempt while waiting
}

// Ended reports whether the export is complete or has failed.
func (e *Export) Ended() bool { return e.Status == Ready || e.Status == Failed }

// ErrTooMany means that a partner already has the maximum number of exports.
var ErrTooMany = fault.Invalid("format", "limit_reached", fmt.Sprintf(
	"You have %d exports. Delete one of those in /api/v1/exports/, wait until one expires, or use format=csv.", Most))
