package rebate

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

const (
	// showFor is how long a code for a selection can be requested after the
	// selection was shown.
	showFor = 10 * time.Minute
	// forgetAfter is the time for which a shown selection is stored if it is not
	// approved. It leaves ten minutes for the code, and ten more for the temporary
	// token.
	forgetAfter = time.Hour
)

// Start returns what the approval of a selection would pay, and stores the
// selection. Only a selection that Start has shown can be approved. Start
// returns ValidationError if a part of the selection does not wait for
// approval.
func (r *Runs) Start(ctx context.Context, partnerID id.UUID, s Selection) (*Approval, *Shown, error) {
	a := &Approval{PartnerID: partnerID, ID: id.New(), Selection: s}
	var shown *Shown
	err := r.store.Read(ctx, func(ctx context.Context, tx RunTx) error {
		f, err := find(ctx, tx, partnerID, s, StatusPending)
		if err != nil {
			return err
		}
		shown = &f.Shown
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	err = r.store.Lock(ctx, partnerID, func(ctx context.Context, tx RunTx) error {
		a.Totals, a.Digest = shown.Totals, s.digest(shown)
		a.RequestedAt = r.clock.Now().Truncate(time.Second) // the API returns whole seconds, and clients send this value back
		return tx.SaveApproval(ctx, a, a.RequestedAt.Add(-forgetAfter))
	})
	return a, shown, err
}

// Outcome is the result of an approval or a rejection.
type Outcome struct {
	Shown
	Finished bool // whether all payouts exist or all money is released; if not, Pay completes this later
}

var (
	errChanged = &fault.Error{
		Code:    fault.PermissionDenied,
		Message: "The code was requested for another selection, or the sums have changed since then. Start again with approve/start.",
		Fields:  verification.Required(verification.ApproveRebates).Fields,
	}
	errBelowZero = &fault.Error{
		Code:    fault.PermissionDenied,
		Message: "The wallet is below zero. No rebates are paid until its balance is zero or more.",
	}
)

// Approve pays exactly what Start showed for a selection, and only once. The token
// must be for this selection. Approve returns PermissionDenied if the token is for
// another selection, or if the sums have changed since Start. The token can then
// still be used.
func (r *Runs) Approve(ctx context.Context, partnerID id.UUID, s Selection, token string) (*Outcome, error) {
	var out *Outcome
	err := r.store.Lock(ctx, partnerID, func(ctx context.Context, tx RunTx) error {
		now := r.clock.Now()
		if err := aboveZero(ctx, tx, partnerID); err != nil {
			return err
		}
		f, err := find(ctx, tx, partnerID, s, StatusPending)
		if fault.CodeOf(err) == fault.ValidationError {
			return errChanged
		}
		if err != nil {
			return err
		}
		digest := s.digest(&f.Shown)
		if err := tx.SpendToken(ctx, partnerID, token, digest, now); err != nil {
			return err
		}
		shown, err := tx.Approvals(ctx, partnerID, digest)
		if err != nil {
			return err
		}
		if len(shown) == 0 {
			return errChanged
		}
		a := &shown[0]
		if err := tx.Approved(ctx, a, now); err != nil {
			return err
		}
		out = &Outcome{Shown: f.Shown, Finished: f.Paying <= r.config.AtOnce}
		if err := r.carryOut(ctx, tx, a, f, out.Finished, now); err != nil {
			return err
		}
		return r.record(ctx, partnerID, "rebates.approved", a.ID.String(), s, &f.Shown)
	})
	return out, err
}

// carryOut creates the payouts of an approval at once, or leaves them to Pay.
func (r *Runs) carryOut(ctx context.Context, tx RunTx, a *Approval, f *loadedSelection, atOnce bool, now time.Time) error {
	for _, b := range f.rebates {
		if err := tx.SetStatus(ctx, b.Ref, StatusApproving, nil, now); err != nil {
			return err
		}
	}
	set := Set{Status: StatusPending, Rows: f.rows}
	if !atOnce {
		tx.AfterCommit(ctx, r.config.Wake)
		return tx.Move(ctx, a.PartnerID, set, Step{}, StatusApproving, now)
	}
	for _, b := range f.rebates {
		if err := runSteps(ctx, tx, b.Ref, r.payStep); err != nil {
			return err
		}
	}
	if len(f.rows) > 0 {
		if _, err := r.pay(ctx, tx, a.PartnerID, set, a.cause(), false); err != nil {
			return err
		}
	}
	if err := updateStatuses(ctx, tx, a.PartnerID, f.rows, now); err != nil {
		return err
	}
	return tx.Done(ctx, a, now)
}

// runSteps runs all steps of a rebate in the transaction that is already open.
func runSteps(ctx context.Context, tx RunTx, ref Ref, do step) error {
	for after, more := beginning, true; more; {
		var err error
		if after, more, err = do(ctx, tx, ref, after); err != nil {
			return err
		}
	}
	return nil
}

// Reject returns the reserve of a selection to the wallet. A selection to
// reject may contain rebates and rows that wait for approval, and rows with a
// failed payment.
func (r *Runs) Reject(ctx context.Context, partnerID id.UUID, s Selection) (*Outcome, error) {
	var out *Outcome
	err := r.store.Lock(ctx, partnerID, func(ctx context.Context, tx RunTx) error {
		subject := id.New().String()
		f, err := find(ctx, tx, partnerID, s, StatusPending, StatusFailed)
		if err != nil {
			return err
		}
		out = &Outcome{Shown: f.Shown, Finished: f.Paying <= r.config.AtOnce}
		for _, b := range f.rebates {
			if err := tx.SetStatus(ctx, b.Ref, StatusRejecting, nil, r.clock.Now()); err != nil {
				return err
			}
			if !out.Finished {
				continue
			}
			if err := runSteps(ctx, tx, b.Ref, r.releaseStep); err != nil {
				return err
			}
		}
		if !out.Finished {
			tx.AfterCommit(ctx, r.config.Wake)
		}
		if err := r.giveUp(ctx, tx, partnerID, f.rows, "rejection:"+subject); err != nil {
			return err
		}
		return r.record(ctx, partnerID, "rebates.rejected", subject, s, &f.Shown)
	})
	return out, err
}

// giveUp releases the reserve of rows that wait for approval or have a failed
// payment.
func (r *Runs) giveUp(ctx context.Context, tx RunTx, partnerID id.UUID, rows []int64, cause string) error {
	if len(rows) == 0 {
		return nil
	}
	for _, status := range []Status{StatusPending, StatusFailed} {
		if _, err := r.release(ctx, tx, partnerID, Set{Status: status, Rows: rows}, StatusRejected, cause); err != nil {
			return err
		}
	}
	return updateStatuses(ctx, tx, partnerID, rows, r.clock.Now())
}

func aboveZero(ctx context.Context, tx RunTx, partnerID id.UUID) error {
	below, err := tx.BelowZero(ctx, partnerID)
	if err == nil && below {
		return errBelowZero
	}
	return err
}

func (a *Approval) cause() string { return "approval:" + a.ID.String() }

func (r *Runs) record(ctx context.Context, partnerID id.UUID, action, subject string, s Selection, shown *Shown) error {
	details := amounts(shown.Totals, shown.Currency)
	details["rebates"], details["rebate_rows"] = s.Rebates[:min(maxNamed, len(s.Rebates))], s.Rows[:min(maxNamed, len(s.Rows))]
	details["ids"] = len(s.Rebates) + len(s.Rows)
	return r.config.Audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: action, Subject: subject, Details: details})
}

func amounts(t Totals, currency string) map[string]any {
	return map[string]any{
		"client_accounts": strconv.FormatInt(t.Paying, 10), "topay_rebate": t.Pay.Amount.String(), "topay_rebate_usd": t.Pay.USD.String(), "currency": currency,
	}
}
