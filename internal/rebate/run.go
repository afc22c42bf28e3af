package rebate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/mail"
)

// DefaultExpiry is how long a partner has to approve a rebate, and to have a
// failed payment tried again.
const DefaultExpiry = 30 * 24 * time.Hour

// How much is done at a time.
const (
	// stepRows is how many rows one transaction takes: the feed gets its turn
	// between two.
	stepRows = 20_000
	// atOnce is up to how many rows are paid out, or freed, in the transaction
	// of their approval or rejection; more of them step by step, by Pay.
	atOnce = 5_000
)

// RunConfig is what Runs need beside their store and clock.
type RunConfig struct {
	Zone     *time.Location // the programme's: its days end periods
	Expiry   time.Duration  // 0: DefaultExpiry
	StepRows int            // how many rows one transaction takes; 0: 20,000
	AtOnce   int64          // up to how many rows are decided and paid out in one; 0: 5,000
	// Admits returns PermissionDenied for a partner that may not use rebates.
	Admits func(ctx context.Context, partnerID id.UUID) error
	Mails  mail.Queue
	Audit  audit.Log
	Wake   func()                    // has Run run soon
	Drain  func(ctx context.Context) // has facts applied that had waited for a payout
}

// Runs closes the periods of rebates and pays what they left. All it does is
// read from where rebates stand: whatever kills it, the next run goes on there.
type Runs struct {
	store  RunStore
	clock  clock.Clock
	config RunConfig
}

// NewRuns returns Runs.
func NewRuns(store RunStore, clk clock.Clock, config RunConfig) *Runs {
	if config.Expiry == 0 {
		config.Expiry = DefaultExpiry
	}
	if config.StepRows == 0 {
		config.StepRows = stepRows
	}
	if config.AtOnce == 0 {
		config.AtOnce = atOnce
	}
	return &Runs{store: store, clock: clk, config: config}
}

// Run does all that is due: it closes the periods that are over, and pays or
// frees what was decided. What fails for one partner does not stop the others.
func (r *Runs) Run(ctx context.Context) error {
	return errors.Join(r.close(ctx), r.Pay(ctx))
}

// close closes every rebate whose period is over.
func (r *Runs) close(ctx context.Context) error {
	due, err := r.store.Due(ctx, r.today())
	if err != nil {
		return fmt.Errorf("looking for periods that are over: %w", err)
	}
	var failed error
	for len(due) > 0 && ctx.Err() == nil {
		partnerID, n := due[0].PartnerID, 1
		for n < len(due) && due[n].PartnerID == partnerID {
			n++
		}
		if err := r.closePartner(ctx, partnerID, due[:n]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("closing periods of partner %s: %w", partnerID, err))
		}
		due = due[n:]
	}
	return errors.Join(failed, ctx.Err())
}

// closePartner closes a partner's rebates, the oldest first, then says what
// becomes of all of them at once: the partner gets one mail.
func (r *Runs) closePartner(ctx context.Context, partnerID id.UUID, due []Ref) error {
	for _, ref := range due {
		if err := r.steps(ctx, ref, r.closeStep); err != nil {
			return err
		}
	}
	return r.store.Lock(ctx, func(ctx context.Context, tx RunTx) error { return r.settle(ctx, tx, partnerID) })
}

// step does something to some rows of a rebate after a place, and says where
// it came to and whether there is more behind it.
type step func(ctx context.Context, tx RunTx, ref Ref, after Place) (last Place, more bool, err error)

// steps goes through a rebate, a transaction for each step.
func (r *Runs) steps(ctx context.Context, ref Ref, do step) error {
	var last Place
	for after, more := beginning, true; more; after = last {
		err := r.store.Lock(ctx, func(ctx context.Context, tx RunTx) (err error) {
			last, more, err = do(ctx, tx, ref, after)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// closeStep closes some rows of a rebate.
func (r *Runs) closeStep(ctx context.Context, tx RunTx, ref Ref, after Place) (last Place, more bool, err error) {
	b, err := rebateOf(ctx, tx, ref)
	if err != nil {
		return after, false, err
	}
	now := r.clock.Now()
	switch {
	case b.Status == StatusOpen && b.Last < clock.DayOf(now, r.config.Zone):
		if err := tx.BeginClosing(ctx, ref); err != nil {
			return after, false, err
		}
	case b.Status != StatusClosing || b.Closed:
		return after, false, nil // another process was quicker
	}
	var rows []*ClosingRow
	rows, last, more, err = tx.OpenRows(ctx, ref, after, r.config.StepRows)
	if err != nil {
		return after, false, err
	}
	sum, change := closeRows(rows)
	if err := tx.SaveClosed(ctx, ref, rows, sum, !more, now); err != nil {
		return after, false, err
	}
	if change == (Sum{}) {
		return last, more, nil
	}
	return last, more, tx.Post(ctx, move(ref.PartnerID, ledger.RebateReserve, ledger.Wallet, ledger.RebatesReserved, b.Currency, change, rebateCause(ref), now))
}

// closeRows works out what rows pay, one after the other: those of one account
// share its state.
func closeRows(rows []*ClosingRow) (sum Totals, change Sum) {
	for _, row := range rows {
		var changed Sum
		row.Pay, changed = row.State.Close(row.Rebate)
		change = change.Plus(changed)
		sum.Reward, sum.Pay = sum.Reward.Plus(row.Reward), sum.Pay.Plus(row.Pay)
		row.Status = StatusPaid // there is nothing to pay
		if row.Pay.Amount > 0 {
			row.Status = StatusPending
			sum.Paying++
		}
	}
	return sum, change
}

// settle says what becomes of a partner's closed rebates. A manual one waits
// for the partner's code; an automatic one is taken up by Pay.
func (r *Runs) settle(ctx context.Context, tx RunTx, partnerID id.UUID) error {
	closed, err := tx.Closed(ctx, partnerID)
	if err != nil {
		return err
	}
	now := r.clock.Now()
	expires := now.Add(r.config.Expiry)
	var manual []Rebate
	for _, b := range closed {
		to, until := StatusPending, &expires
		switch {
		case b.Paying == 0:
			to, until = StatusPaid, nil
		case b.GroupType == Auto: // nobody is told; it expires too, for a partner that is not let to have it
		default:
			manual = append(manual, b)
		}
		if err := tx.SetStatus(ctx, b.Ref, to, until, now); err != nil {
			return err
		}
	}
	if len(manual) == 0 {
		return nil
	}
	to, _, err := tx.Partner(ctx, partnerID)
	if err != nil {
		return err
	}
	return r.config.Mails.Enqueue(ctx, waitingMail(partnerID, to, manual, clock.DayOf(expires, r.config.Zone)))
}

func (r *Runs) today() clock.Day { return clock.DayOf(r.clock.Now(), r.config.Zone) }

var errNoRebate = errors.New("no such rebate")

func rebateOf(ctx context.Context, tx RunTx, ref Ref) (Rebate, error) {
	found, err := tx.Rebates(ctx, ref.PartnerID, []int64{ref.ID})
	if err != nil {
		return Rebate{}, err
	}
	if len(found) == 0 {
		return Rebate{}, fmt.Errorf("rebate %d: %w", ref.ID, errNoRebate)
	}
	return found[0], nil
}

// move is a posting of one amount from an account to another; neither entry
// belongs to a day or to a client account.
func move(partnerID id.UUID, kind ledger.Kind, from, to ledger.Account, currency string, amount Sum, cause string, now time.Time) *ledger.Posting {
	return &ledger.Posting{
		PartnerID: partnerID, ID: id.New(), Kind: kind, BookedAt: now, Cause: cause,
		Entries: []ledger.Entry{
			{Account: to, Currency: currency, Amount: amount.Amount, AmountUSD: amount.USD},
			{Account: from, Currency: currency, Amount: -amount.Amount, AmountUSD: -amount.USD},
		},
	}
}

// rebateCause is the cause of what happens to a rebate by itself.
func rebateCause(ref Ref) string { return fmt.Sprintf("rebate:%d", ref.ID) }

// denied reports whether err only says that a partner may not.
func denied(err error) bool { return fault.CodeOf(err) == fault.PermissionDenied }
