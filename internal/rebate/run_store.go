package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/verification"
)

// Status is where a rebate, or a row of one, stands.
type Status string

// The statuses. A row that waits stays pending while its rebate is approving,
// rejecting or expiring: it is taken out step by step, and the wire shows it as
// its rebate already is.
const (
	StatusOpen      Status = "open"      // its period lasts
	StatusClosing   Status = "closing"   // its period is over; hidden until all its rows are closed
	StatusPending   Status = "pending"   // waits for the partner, or for the partner to be let
	StatusApproving Status = "approving" // payouts are being made
	StatusApproved  Status = "approved"  // payouts are made, and wait for the broker
	StatusPaid      Status = "paid"
	StatusRejecting Status = "rejecting" // rejected; the reserve is being freed
	StatusRejected  Status = "rejected"
	StatusFailed    Status = "failed"   // the broker could not pay it
	StatusExpiring  Status = "expiring" // as rejecting
	StatusExpired   Status = "expired"
)

// Ref names a rebate.
type Ref struct {
	PartnerID id.UUID
	ID        int64
}

// Rebate is a group in a period.
type Rebate struct {
	Ref
	First, Last clock.Day
	Status      Status
	GroupType   Type // as it was when the period closed
	Currency    string
	Totals           // over its rows, as they were closed
	Closed      bool // all its rows are
	ExpiresAt   *time.Time
}

// Totals add up rows.
type Totals struct {
	Paying int64 // rows that pay at least 0.01
	Reward Sum   // of all rows
	Pay    Sum
}

func (t Totals) plus(o Totals) Totals {
	return Totals{t.Paying + o.Paying, t.Reward.Plus(o.Reward), t.Pay.Plus(o.Pay)}
}

// Row is one account in a rebate, at one percent.
type Row struct {
	ID            int64
	RebateID      int64
	Status        Status
	ClientAccount string
	Reward        Sum
	Pay           Sum
}

// Place is where a row stands in its rebate: steps go through one in this order.
type Place struct {
	ClientAccount string
	Percent       money.Percent
}

// beginning is before every row.
var beginning = Place{Percent: -1}

// ClosingRow is a row that is being closed, with its account's state.
type ClosingRow struct {
	Place
	ID        int64
	ClientUID id.UUID
	Orders    int64
	Reward    Sum
	Rebate    Sum
	Pay       Sum    // out: what closing found that it pays
	Status    Status // out
	State     *State // in: read for each row; out: one for each account
}

// Set is some rows of a partner in one status, of those that pay: either the
// rows of a rebate after a place, at most so many, or those listed.
type Set struct {
	Status   Status
	RebateID int64
	After    Place
	Limit    int
	Rows     []int64 // RebateID 0: these
}

// Step is how far one transaction goes in a Set.
type Step struct {
	Totals
	Last Place // of a rebate's rows, when there are More behind it
	More bool
}

// Selection is what a partner chooses: whole rebates, and rows of others. Both
// are sorted, without repeats.
type Selection struct {
	Rebates []int64
	Rows    []int64
}

// Approval is a Selection with what it came to when it was shown: the only
// thing that a code can approve.
type Approval struct {
	PartnerID   id.UUID
	ID          id.UUID
	Digest      verification.Digest
	RequestedAt time.Time
	Selection
	Totals
}

// Waiting is a partner with a rebate that a run has work with.
type Waiting struct {
	Ref
	Status Status
}

// RunStore is what runs, approvals and payments need of a store.
type RunStore interface {
	// Lock runs fn in one transaction, while nothing else moves balances.
	Lock(ctx context.Context, fn func(ctx context.Context, tx RunTx) error) error
	// Read runs fn on one unchanging snapshot.
	Read(ctx context.Context, fn func(ctx context.Context, tx RunTx) error) error

	// Due lists the rebates whose period ended before today and that are not
	// closed, by partner, the oldest period first.
	Due(ctx context.Context, today clock.Day) ([]Ref, error)
	// Automatic lists the pending rebates of automatic groups, by partner.
	Automatic(ctx context.Context) ([]Ref, error)
	// Unfinished lists the rebates that are approving, rejecting or expiring.
	Unfinished(ctx context.Context) ([]Waiting, error)
	// UnfinishedApprovals lists the approvals that are not all paid out.
	UnfinishedApprovals(ctx context.Context) ([]Approval, error)
	// Lapsed lists the pending rebates that expired before a moment.
	Lapsed(ctx context.Context, before time.Time) ([]Ref, error)
	// LapsedRows lists up to limit rows that failed before a moment, by partner.
	LapsedRows(ctx context.Context, before time.Time, limit int) (map[id.UUID][]int64, error)
}

// RunTx is the inside of one transaction.
type RunTx interface {
	// AfterCommit calls fn once the transaction has committed.
	AfterCommit(ctx context.Context, fn func())
	// Partner returns where a partner is told, and the currency of its rebates.
	Partner(ctx context.Context, partnerID id.UUID) (email, currency string, err error)
	// BelowZero reports whether any wallet of the partner is.
	BelowZero(ctx context.Context, partnerID id.UUID) (bool, error)
	// Post writes a posting and moves its balances.
	Post(ctx context.Context, p *ledger.Posting) error
	// SpendToken uses a verification token up. PermissionDenied: it is not for this.
	SpendToken(ctx context.Context, partnerID id.UUID, token string, digest verification.Digest, now time.Time) error

	// Rebates returns those of these rebates that there are, without their sums
	// while they are open.
	Rebates(ctx context.Context, partnerID id.UUID, rebates []int64) ([]Rebate, error)
	// SetStatus moves a rebate, and says when it expires; nil: never. Its partner
	// is told that it did so now.
	SetStatus(ctx context.Context, r Ref, to Status, expiresAt *time.Time, now time.Time) error
	// Standing is what a rebate's rows come to: the first of pending, approving,
	// approved, failed, paid, rejected and expired that any paying row is in.
	Standing(ctx context.Context, r Ref) (Status, error)

	// BeginClosing makes an open rebate closing, with its group's type.
	BeginClosing(ctx context.Context, r Ref) error
	// OpenRows returns those that are open of the next limit rows of a rebate
	// after a place, in order, and the last one's place; more: there are others
	// behind it.
	OpenRows(ctx context.Context, r Ref, after Place, limit int) (rows []*ClosingRow, last Place, more bool, err error)
	// SaveClosed writes rows with their accounts' states, and adds them to their
	// rebate's totals; last: there are no more of them.
	SaveClosed(ctx context.Context, r Ref, rows []*ClosingRow, sum Totals, last bool, now time.Time) error
	// Closed lists a partner's closing rebates of which all rows are closed.
	Closed(ctx context.Context, partnerID id.UUID) ([]Rebate, error)

	// Rows returns those of these rows that there are and that are closed.
	Rows(ctx context.Context, partnerID id.UUID, rows []int64) ([]Row, error)
	// SumPending adds up what waits in rebates, rows that pay nothing included.
	SumPending(ctx context.Context, partnerID id.UUID, rebates []int64) (Totals, error)
	// Measure adds up a set, and says where the step ends that it stands for.
	Measure(ctx context.Context, partnerID id.UUID, set Set) (Step, error)
	// Move moves the rows of a set, as far as its step goes.
	Move(ctx context.Context, partnerID id.UUID, set Set, step Step, to Status, now time.Time) error
	// Pay makes a payout for each of them and moves them to approved; p is what
	// makes all of it payable. again: to where the last payouts were to go.
	// released: answers had waited for these payouts.
	Pay(ctx context.Context, set Set, step Step, p *ledger.Posting, again bool) (released bool, err error)

	// SaveApproval keeps what was shown, and forgets what the partner was shown
	// before a moment without approving it.
	SaveApproval(ctx context.Context, a *Approval, forget time.Time) error
	// Approvals returns what was shown with a digest and is not approved, the
	// newest first.
	Approvals(ctx context.Context, partnerID id.UUID, digest verification.Digest) ([]Approval, error)
	// ApprovalOf returns the approval under which a rebate is approving; false:
	// it is paid by itself.
	ApprovalOf(ctx context.Context, r Ref) (Approval, bool, error)
	// Approved and Done note when an approval was given, and all paid out.
	Approved(ctx context.Context, a *Approval, at time.Time) error
	Done(ctx context.Context, a *Approval, at time.Time) error
}
