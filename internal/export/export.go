// Package export creates workbooks that take too long for one request. A
// partner requests a report and gets an export, which shows its progress. When
// the export is ready, the partner downloads the file. An export is a row in
// the database until it expires. Its file is in a directory on the machine that
// wrote the file. A process reserves an export for a short time (a lease)
// before it works on the export. If the process is killed, another process
// takes over.
package export

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Status is the status of an export.
type Status string

// These are the statuses of an export.
const (
	Waiting Status = "waiting" // not started yet, or waiting for the next attempt
	Running Status = "running"
	Ready   Status = "ready"
	Failed  Status = "failed" // all attempts have failed
)

// These are the limits on exports.
const (
	// Life is how long the file of a ready export is stored. An export that
	// never becomes ready expires after the same time.
	Life = 24 * time.Hour
	// Most is the maximum number of exports of one partner.
	Most = 10

	lease    = time.Minute      // if a process does not renew its lease for this time, another process takes over the export
	beat     = time.Second      // interval at which a process renews its lease and stores the progress
	attempts = 3                // maximum number of attempts at one export
	again    = 30 * time.Second // wait after the first failed attempt; each later wait is twice as long
)

// Export is a partner's request for a workbook, with its progress and its file.
type Export struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"export_id"`
	Report    string     `db:"report"`  // id of the report
	Request   string     `db:"request"` // path and query of the report
	Status    Status     `db:"status"`
	Written   int64      `db:"rows_written"` // number of rows written so far
	Total     int64      `db:"rows_total"`   // number of all rows; an estimate until the rows have been counted
	Size      int64      `db:"file_bytes"`   // size of the file
	File      string     `db:"file_name"`
	Problem   string     `db:"problem"` // why the export failed, as a sentence for the partner
	Created   time.Time  `db:"created_at"`
	Finished  *time.Time `db:"finished_at"`
	Expires   time.Time  `db:"expires_at"` // when the export is removed
	Attempts  int        `db:"attempts"`   // number of attempts that have started
	Until     time.Time  `db:"held_until"` // while the export is running, the end of the lease; while it is waiting, when the next attempt may start
}

// Ended reports whether the export is ready or has failed.
func (e *Export) Ended() bool { return e.Status == Ready || e.Status == Failed }

// ErrTooMany says that the partner already has the maximum number of exports.
var ErrTooMany = fault.Invalid("format", "limit_reached", fmt.Sprintf(
	"You have %d exports. Delete one of those in /api/v1/exports/, wait until one expires, or use format=csv.", Most))
