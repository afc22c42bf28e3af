// Package export creates workbooks that are too large for a request. A partner
// requests a report and gets an export, which shows its progress. When the
// export is ready, the partner downloads its file. An export is a row in the
// store until it expires. Its file is in a directory on the machine that
// created the file. A process that works on an export holds a lease. If the
// process is killed, another process takes over the export.
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
	Waiting Status = "waiting" // not started yet, or to be tried again after a failed attempt
	Running Status = "running"
	Ready   Status = "ready"
	Failed  Status = "failed" // not tried again
)

// These are the limits on exports.
const (
	// Life is the time for which the file of a ready export is stored. An export
	// that never becomes ready expires after the same time.
	Life = 24 * time.Hour
	// Most is the maximum number of exports of one partner.
	Most = 10

	lease    = time.Minute      // time without a sign of life after which another process takes over an export
	beat     = time.Second      // interval at which a process renews its lease and saves the progress
	attempts = 3                // number of failed attempts after which an export has failed
	again    = 30 * time.Second // wait after the first failed attempt; doubled after each further one
)

// Export is a workbook that is ready or being created.
type Export struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"export_id"`
	Report    string     `db:"report"`  // id of the report's definition
	Request   string     `db:"request"` // path and query of the report
	Status    Status     `db:"status"`
	Written   int64      `db:"rows_written"` // number of rows written so far
	Total     int64      `db:"rows_total"`   // number of all rows; an estimate until the rows of the snapshot have been counted
	Size      int64      `db:"file_bytes"`   // size of the file in bytes
	File      string     `db:"file_name"`
	Problem   string     `db:"problem"` // why the export failed, in words for the partner
	Created   time.Time  `db:"created_at"`
	Finished  *time.Time `db:"finished_at"`
	Expires   time.Time  `db:"expires_at"` // time at which it is removed
	Attempts  int        `db:"attempts"`   // number of attempts so far
	Until     time.Time  `db:"held_until"` // while running, the end of the lease; while waiting, the time of the next attempt
}

// Ended reports whether the export is ready or has failed.
func (e *Export) Ended() bool { return e.Status == Ready || e.Status == Failed }

// ErrTooMany means that the partner already has the maximum number of exports.
var ErrTooMany = fault.Invalid("format", "limit_reached", fmt.Sprintf(
	"You have %d exports. Delete one of those in /api/v1/exports/, wait until one expires, or use format=csv.", Most))
