package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/verification"
)

// Status is the state of a rebate or of one of its rows.
type Status string

// These are the statuses. While a rebate is approving, rejecting or expiring,
// its rows stay pending until they have been processed. Meanwhile the API shows
// the rebate's status for them.
const (
	StatusOpen      Status = "open"      // the period has not ended
	StatusClosing   Status = "closing"   // the period has ended; hidden until all rows are closed
	StatusPending   Status = "pending"   // waits for the partner's decision; the rebate of an automatic group waits until the partner may use rebates
	StatusApproving Status = "approving" // payouts are being created
	StatusApproved  Status = "approved"  // payouts exist and wait for the broker's response
	StatusPaid      Status = "paid"
	StatusRejecting Status = "rejecting" // rejected, and the reserve is being released
	StatusRejected  Status = "rejected"
	StatusFailed    Status = "failed"   // the broker could not pay
	StatusExpiring  Status = "expiring" // expired, and the reserve is being released
	StatusExpired   Status = "expired"
)

// Ref identifies a rebate.
type Ref struct {
	PartnerID id.UUID `db:"partner_id"`
	ID        int64   `db:"rebate_id"`
}

// Rebate is the rebate of a group for one period.
type Rebate struct {
	Ref
	First     clock.Day  `db:"period_start_day"`
	Last      clock.Day  `db:"period_end_day"`
	Status    Status     `db:"status"`
	GroupType Type       `db:"group_type"` // type of the group when the period closed
	Currency  string     `db:"currency"`
	Totals               // sums of all rows at the time when they were closed
	Closed    bool       `db:"is_closed"` // whether all rows are closed
	ExpiresAt *time.Time `db:"expires_at"`
}

// Totals holds the sums of rows.
type Totals struct {
	Paying int64 `db:"rows_count"`    // number of rows that pay at least 0.01
	Reward Sum   `db:"reward,inline"` // rewards of all rows, including those that pay nothing
	Pay    Sum   `db:"topay,inline"`
}

func (t Totals) plus(o Totals) Totals {
	return Totals{t.Paying + o.Paying, t.Reward.Plus(o.Reward), t.Pay.Plus(o.Pay)}
}

// Row is the part of a rebate that one account earns at one percent.
type Row struct {
	ID            int64  `db:"row_id"`
	RebateID      int64  `db:"rebate_id"`
	Status        Status `db:"status"`
	ClientAccount string `db:"client_account"`
	Reward        Sum    `db:"reward,inline"`
	Pay           Sum    `db:"topay,inline"`
}

// Place is the position of a row in its rebate. Rows are processed in the order
// of their positions.
type Place struct {
	ClientAccount string        `db:"client_account"`
	Percent       money.Percent `db:"percent_e4"`
}

var beginning = Place{Percent: -1}

// ClosingRow is a row that is being closed, with the state of its account.
type ClosingRow struct {
	Place
	ID        int64   `db:"row_id"`
	ClientUID id.UUID `db:"client_uid"`
	Orders    int64   `db:"orders_count"`
	Reward    Sum     `db:"reward,inline"`
	Rebate    Sum     `db:"rebate,inline"`
	Pay       Sum     `db:"-"` // amount to pay; set by closeRows
	Status    Status  `db:"-"` // set by closeRows
	State     *State  `db:"-"` // state of the account; each row has its own copy at first, and later the rows of one account share it
}

// Set is a set of a partner's rows that pay something and have the same status.
// It contains either the next Limit rows of a rebate after a place, or a list
// of rows.
type Set struct {
	Status   Status
	RebateID int64
	After    Place
	Limit    int
	Rows     []int64 // used if RebateID is 0
}

// Step is the part of a Set that one transaction processes.
type Step struct {
	Totals
	Last Place // place of the last of these rows in the rebate
	More bool
}

// Selection is what a partner selects: rebates, and single rows of other
// rebates. Both lists are sorted and have no duplicates.
type Selection struct {
	Rebates []int64 `db:"rebate_ids,json"`
	Rows    []int64 `db:"row_ids,json"`
}

// Approval is a Selection with the sums that the partner saw. A code approves
// only these sums.
type Approval struct {
	PartnerID   id.UUID             `db:"partner_id"`
	ID          id.UUID             `db:"approval_id"`
	Digest      verification.Digest `db:"digest"`
	RequestedAt time.Time           `db:"requested_at"`
	Selection
	Totals
}

// Waiting is a rebate that Pay still has to process.
type Waiting struct {
	Ref
	Status Status `db:"status"`
}

// RunStore stores rebates and their approvals and payouts. SQLRunStore implements
// it. A test also implements it, with a store that fails between two transactions.
type RunStore interface {
	// Lock runs fn in one transaction. Meanwhile, nothing else changes the
	// partner's balances.
	Lock(ctx context.Context, partnerID id.UUID, fn func(ctx context.Context, tx RunTx) error) error
	// Read runs fn on one snapshot.
	Read(ctx context.Context, fn func(ctx context.Context, tx RunTx) error) error

	// Due returns the rebates that are not closed although their period ended
	// before today. They are sorted by partner, and then by period, the oldest
	// first.
	Due(ctx context.Context, today clock.Day) ([]Ref, error)
	// Automatic returns the pending rebates of automatic groups, sorted by
	// partner.
	Automatic(ctx context.Context) ([]Ref, error)
	// Unfinished returns the rebates that are approving, rejecting or expiring.
	Unfinished(ctx context.Context) ([]Waiting, error)
	// UnfinishedApprovals returns the approvals that still need payouts.
	UnfinishedApprovals(ctx context.Context) ([]Approval, error)
	// Decided reports whether Unfinished or UnfinishedApprovals would return
	// anything.
	Decided(ctx context.Context) (bool, error)
	// Lapsed returns the pending rebates that expired before a given time.
	Lapsed(ctx context.Context, before time.Time) ([]Ref, error)
	// LapsedRows returns at most limit rows that failed before a given time, by
	// partner.
	LapsedRows(ctx context.Context, before time.Time, limit int) (map[id.UUID][]int64, error)
}
