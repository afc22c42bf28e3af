package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/verification"
)

// Status is the state of a rebate, or of one of its rows.
type Status string

// The statuses. A waiting row stays pending while its rebate is approving,
// rejecting or expiring. It moves step by step, and until then the wire shows
// its rebate's status.
const (
	StatusOpen      Status = "open"      // its period is not over
	StatusClosing   Status = "closing"   // its period is over; hidden until all its rows are closed
	StatusPending   Status = "pending"   // waits for the partner's decision, or for the partner to be admitted
	StatusApproving Status = "approving" // payouts are being made
	StatusApproved  Status = "approved"  // payouts are made, and wait for the broker
	StatusPaid      Status = "paid"
	StatusRejecting Status = "rejecting" // rejected; the reserve is being freed
	StatusRejected  Status = "rejected"
	StatusFailed    Status = "failed"   // the broker could not pay it
	StatusExpiring  Status = "expiring" // like rejecting
	StatusExpired   Status = "expired"
)

// Ref names a rebate.
type Ref struct {
	PartnerID id.UUID `db:"partner_id"`
	ID        int64   `db:"rebate_id"`
}

// Rebate is one period of a group.
type Rebate struct {
	Ref
	First     clock.Day  `db:"period_start_day"`
	Last      clock.Day  `db:"period_end_day"`
	Status    Status     `db:"status"`
	GroupType Type       `db:"group_type"` // as it was when the period closed
	Currency  string     `db:"currency"`
	Totals               // over its rows, as they were when they closed
	Closed    bool       `db:"is_closed"` // all its rows are closed
	ExpiresAt *time.Time `db:"expires_at"`
}

// Totals holds the sums of rows.
type Totals struct {
	Paying int64 `db:"rows_count"`    // rows that pay at least 0.01
	Reward Sum   `db:"reward,inline"` // of all rows
	Pay    Sum   `db:"topay,inline"`
}

func (t Totals) plus(o Totals) Totals {
	return Totals{t.Paying + o.Paying, t.Reward.Plus(o.Reward), t.Pay.Plus(o.Pay)}
}

// Row is one account in a rebate, at one percent.
type Row struct {
	ID            int64  `db:"row_id"`
	RebateID      int64  `db:"rebate_id"`
	Status        Status `db:"status"`
	ClientAccount string `db:"client_account"`
	Reward        Sum    `db:"reward,inline"`
	Pay           Sum    `db:"topay,inline"`
}

// Place is the position of a row in its rebate. Steps go through a rebate in
// the order of places.
type Place struct {
	ClientAccount string        `db:"client_account"`
	Percent       money.Percent `db:"percent_e4"`
}

// beginning is the place before every row.
var beginning = Place{Percent: -1}

// ClosingRow is a row that is being closed, with its account's state.
type ClosingRow struct {
	Place
	ID        int64   `db:"row_id"`
	ClientUID id.UUID `db:"client_uid"`
	Orders    int64   `db:"orders_count"`
	Reward    Sum     `db:"reward,inline"`
	Rebate    Sum     `db:"rebate,inline"`
	Pay       Sum     `db:"-"` // out: what the row pays
	Status    Status  `db:"-"` // out
	State     *State  `db:"-"` // in: read for each row; out: one for each account
}

// Set is the paying rows of a partner in one status. It has either a limited
// number of a rebate's rows after a place, or the rows that are listed.
type Set struct {
	Status   Status
	RebateID int64
	After    Place
	Limit    int
	Rows     []int64 // used when RebateID is 0
}

// Step says how far one transaction gets in a Set.
type Step struct {
	Totals
	Last Place // in a rebate, when More rows come after it
	More bool
}

// Selection is what a partner chooses: whole rebates, and rows of others. Both
// are sorted, without repeats.
type Selection struct {
	Rebates []int64 `db:"rebate_ids,json"`
	Rows    []int64 `db:"row_ids,json"`
}

// Approval is a Selection with what it came to when it was shown. A code can
// approve nothing else.
type Approval struct {
	PartnerID   id.UUID             `db:"partner_id"`
	ID          id.UUID             `db:"approval_id"`
	Digest      verification.Digest `db:"digest"`
	RequestedAt time.Time           `db:"requested_at"`
	Selection
	Totals
}

// Waiting is a rebate on which a run has work to do, with its partner.
type Waiting struct {
	Ref
	Status Status `db:"status"`
}

// RunStore is what runs, approvals and payments need of a store. The tests
// implement it too.
type RunStore interface {
	// Lock runs fn in one transaction. Nothing else moves balances meanwhile.
	Lock(ctx context.Context, fn func(ctx context.Context, tx RunTx) error) error
	// Read runs fn on one unchanging snapshot.
	Read(ctx context.Context, fn func(ctx context.Context, tx RunTx) error) error

	// Due lists the rebates whose period ended before today and that are not
	// closed yet, by partner, the oldest period first.
	Due(ctx context.Context, today clock.Day) ([]Ref, error)
	// Automatic lists the pending rebates of automatic groups, by partner.
	Automatic(ctx context.Context) ([]Ref, error)
	// Unfinished lists the rebates that are approving, rejecting or expiring.
	Unfinished(ctx context.Context) ([]Waiting, error)
	// UnfinishedApprovals lists the approvals that are not fully paid out.
	UnfinishedApprovals(ctx context.Context) ([]Approval, error)
	// Lapsed lists the pending rebates that expired before a moment.
	Lapsed(ctx context.Context, before time.Time) ([]Ref, error)
	// LapsedRows lists up to limit rows that failed before a moment, by partner.
	LapsedRows(ctx context.Context, before time.Time, limit int) (map[id.UUID][]int64, error)
}
