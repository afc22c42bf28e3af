package adjustment

import (
	"context"
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/text"
)

const cent = money.Amount(10_000)

// fault returns a ValidationError that names each invalid field.
func (d *Draft) fault() error {
	var faults fault.Fields
	switch {
	case d.Kind != Bonus && d.Kind != Correction && d.Kind != Clawback:
		faults.Add("kind", "invalid_choice", "Choose bonus, correction or clawback.")
	case d.Kind == Bonus && d.AmountUSD < 0:
		faults.Add("amount_usd", "invalid", "The amount of a bonus must be positive.")
	case d.Kind == Clawback && d.AmountUSD > 0:
		faults.Add("amount_usd", "invalid", "The amount of a clawback must be negative.")
	}
	switch {
	case d.AmountUSD == 0:
		faults.Add("amount_usd", "invalid", "The amount must not be 0.")
	case d.AmountUSD%cent != 0:
		faults.Add("amount_usd", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	case d.AmountUSD > MaxUSD || d.AmountUSD < -MaxUSD:
		faults.Add("amount_usd", "max_value", "An adjustment can have at most 10,000,000 USD.")
	}
	if d.Reason == "" {
		faults.Add("reason", "blank", "This field may not be blank.")
	}
	faults.Lines("reason", d.Reason, text.Reason)
	faults.Text("reference", d.Reference, text.FactText)
	return faults.Err()
}

// Prepare stores an adjustment in the currency of the partner's rewards, at today's
// rate. If the amount is within the setting adjustment_limit, the adjustment is
// approved and booked at once. Otherwise it waits for Approve.
//
// It returns NotFound if there is no such partner, and PermissionDenied on "amount_usd"
// if a key asks for more than the limit. It returns ValidationError in these cases:
//   - a field is invalid
//   - there is no rate for the currency
//   - the amount is 0 in the currency
//   - the wallet has less than the adjustment takes out
func (s *Service) Prepare(ctx context.Context, d Draft) (a Adjustment, err error) {
	d.Reason, d.Reference = strings.TrimSpace(d.Reason), strings.TrimSpace(d.Reference)
	if err := d.fault(); err != nil {
		return Adjustment{}, err
	}
	err = s.store.Lock(ctx, d.PartnerID, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		a = Adjustment{
			PartnerID: d.PartnerID, ID: id.New().String(), Kind: d.Kind, AmountUSD: d.AmountUSD, Reason: d.Reason, Reference: d.Reference,
			Author: authorOf(ctx), Status: Pending, CreatedAt: now,
		}
		if a.Currency, a.Amount, err = tx.Convert(ctx, d.PartnerID, d.AmountUSD, clock.DayOf(now, s.zone)); err != nil {
			return err
		}
		values, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		a.LimitUSD = settings.AdjustmentLimit.At(values, now)
		if a.needsTwo() && !byStaff(a.Author) {
			return staffRequired(a.LimitUSD)
		}
		if err := tx.Add(ctx, a); err != nil {
			return fmt.Errorf("storing an adjustment: %w", err)
		}
		if err := s.record(ctx, &a, "adjustment.prepared", nil); err != nil {
			return err
		}
		if a.needsTwo() {
			return tx.covers(ctx, &a)
		}
		return s.book(ctx, tx, &a, "")
	})
	return a, err
}

// needsTwo reports whether the adjustment needs two staff members.
func (a *Adjustment) needsTwo() bool { return a.AmountUSD > a.LimitUSD || a.AmountUSD < -a.LimitUSD }

// staffRequired returns the error for a key that asks for more than the limit. One person
// may have both a key and a staff account, so a key does not count as a person.
func staffRequired(limit money.Amount) error {
	text := "Sign in as a staff member to create this adjustment. A key can create adjustments of at most " + limit.String() +
		" USD, the setting adjustment_limit."
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{Name: "amount_usd", Code: "staff_required", Message: text}}}
}

// Approve books a pending adjustment. The author and the caller must be two different
// staff members; otherwise it returns PermissionDenied. If the adjustment is already
// approved, nothing changes.
//
// It returns NotFound if there is no such adjustment. It returns ValidationError if the
// adjustment was rejected, or if the wallet has less than the adjustment takes out.
func (s *Service) Approve(ctx context.Context, adjustmentID string) (Adjustment, error) {
	return s.decide(ctx, adjustmentID, Approved, func(ctx context.Context, tx Tx, a *Adjustment) error {
		approver := authorOf(ctx)
		switch {
		case !byStaff(a.Author):
			return &fault.Error{Code: fault.PermissionDenied, Message: "A key created this adjustment. Reject it, and create it again as a staff member."}
		case !byStaff(approver) || a.Author == approver:
			return &fault.Error{Code: fault.PermissionDenied, Message: "Another staff member must approve this adjustment."}
		}
		return s.book(ctx, tx, a, approver)
	})
}

// Reject ends a pending adjustment without a posting. If it is already rejected,
// nothing changes. It returns NotFound if there is no such adjustment. It returns
// ValidationError if the adjustment was approved, or if the reason is invalid.
func (s *Service) Reject(ctx context.Context, adjustmentID, reason string) (Adjustment, error) {
	reason = strings.TrimSpace(reason)
	var faults fault.Fields
	faults.Lines("reason", reason, text.Reason)
	if err := faults.Err(); err != nil {
		return Adjustment{}, err
	}
	return s.decide(ctx, adjustmentID, Rejected, func(ctx context.Context, tx Tx, a *Adjustment) error {
		now := s.clock.Now()
		a.Status, a.DecidedBy, a.DecidedAt, a.Refusal = Rejected, authorOf(ctx), &now, reason
		if err := tx.Decide(ctx, a); err != nil {
			return fmt.Errorf("rejecting an adjustment: %w", err)
		}
		return s.record(ctx, a, "adjustment.rejected", map[string]any{"before": Pending, "after": Rejected})
	})
}

func (s *Service) decide(ctx context.Context, adjustmentID string, to Status, do func(context.Context, Tx, *Adjustment) error) (a Adjustment, err error) {
	found, err := s.store.Find(ctx, adjustmentID)
	if err != nil {
		return Adjustment{}, err
	}
	err = s.store.Lock(ctx, found.PartnerID, func(ctx context.Context, tx Tx) error {
		if a, err = tx.Adjustment(ctx, found.PartnerID, adjustmentID); err != nil {
			return err
		}
		switch a.Status {
		case Pending:
			return do(ctx, tx, &a)
		case to:
			return nil
		default:
			return fault.Invalid("status", "invalid", "This adjustment was already "+string(a.Status)+".")
		}
	})
	return a, err
}

// book approves an adjustment and creates its posting, in the transaction of tx.
func (s *Service) book(ctx context.Context, tx Tx, a *Adjustment, approver string) error {
	if err := tx.covers(ctx, a); err != nil {
		return err
	}
	now := s.clock.Now()
	a.Status, a.DecidedBy, a.DecidedAt = Approved, approver, &now
	if err := tx.Decide(ctx, a); err != nil {
		return fmt.Errorf("approving an adjustment: %w", err)
	}
	posting := ledger.Adjust(a.PartnerID, a.ID, now, ledger.Money{Currency: a.Currency, Amount: a.Amount, USD: a.AmountUSD})
	if err := ledger.Book(ctx, tx.q, posting); err != nil {
		return fmt.Errorf("booking an adjustment: %w", err)
	}
	return s.record(ctx, a, "adjustment.approved", map[string]any{"before": Pending, "after": Approved})
}

// covers returns ValidationError if the wallet has less than the adjustment takes out.
// By contract only the reversal of an order may bring a wallet below zero.
func (tx Tx) covers(ctx context.Context, a *Adjustment) error {
	if a.Amount > 0 {
		return nil
	}
	balance, err := tx.Balance(ctx, a.PartnerID, a.Currency)
	if err == nil && balance+a.Amount < 0 {
		err = fault.Invalid("amount_usd", "insufficient_funds", fmt.Sprintf("The wallet has only %s %s.", balance, a.Currency))
	}
	return err
}

// Adjustments returns one page of the adjustments that match f, newest first. It also
// returns the number of matches on all pages.
func (s *Service) Adjustments(ctx context.Context, f Filter) (list []Adjustment, count int64, err error) {
	if list, count, err = s.store.List(ctx, f); err != nil {
		return nil, 0, fmt.Errorf("listing adjustments: %w", err)
	}
	return list, count, nil
}

// record adds an entry to the audit log. The partner can read the entry only if the
// adjustment is booked. Otherwise the partner could empty the wallet before a clawback.
func (s *Service) record(ctx context.Context, a *Adjustment, action string, details map[string]any) error {
	if details == nil {
		details = map[string]any{}
	}
	details["kind"], details["amount_usd"], details["reason"] = a.Kind, a.AmountUSD, a.Reason
	entry := audit.Entry{PartnerID: a.PartnerID, Action: action, Subject: a.ID, Details: details}
	if a.Status != Approved {
		entry.PartnerID, details["partner_uid"] = id.Nil, a.PartnerID
	}
	if err := s.audit.Record(ctx, entry); err != nil {
		return fmt.Errorf("recording %s: %w", action, err)
	}
	return nil
}

// authorOf returns the caller in the form of Adjustment.Author.
func authorOf(ctx context.Context) string {
	who := caller.Must(ctx)
	if who.StaffID != id.Nil {
		return staffPrefix + who.StaffID.String()
	}
	return "key:" + who.TokenID
}

const staffPrefix = "staff:"

func byStaff(author string) bool { return strings.HasPrefix(author, staffPrefix) }
