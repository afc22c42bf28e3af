package wallet

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
)

// inUSD converts an amount to USD at a rate, rounded half to even to 6 decimal
// places. It returns money.ErrTooLarge if the result does not fit.
func inUSD(amount money.Amount, rate money.Rate) (money.Amount, error) {
	return money.Round[money.Amount](money.Mul(money.Of(amount), money.Of(rate)))
}

const whole = money.Percent(100 * 10_000)

// Convert converts an amount to another currency by the rates of both
// currencies, less a spread of 0 to 100 percent. It truncates the result toward
// zero to 6 decimal places, so that no choice of amounts can gain from
// rounding. It returns money.ErrTooLarge if the result does not fit.
func Convert(amount money.Amount, from, to money.Rate, spread money.Percent) (money.Amount, error) {
	kept := money.Mul(money.Of(amount), money.Of(from), money.Of(whole-spread))
	return money.Cut[money.Amount](money.Over(money.Over(kept, to), whole))
}

// maxBalance is the maximum balance after a transfer. It leaves enough room in
// an int64 for all rewards that a programme can ever add.
const maxBalance = money.Amount(4_000_000_000_000_000_000)

// Exchange holds the terms for transfers between currencies. The day's rate
// applies until midnight, so a partner could gain by waiting to see how the
// market moves. The spread and the limit reduce this gain.
type Exchange struct {
	Off      bool          // whether transfers are forbidden
	Spread   money.Percent // percentage by which a transfer gives less than the day's rates
	DailyUSD money.Amount  // maximum for a partner's transfers on one day; 0 means no limit
}

// Transfer moves an amount between two of the partner's accounts, at the day's
// rates less the programme's spread.
//
// It returns a ValidationError in these cases:
//   - An account does not belong to the partner, or both accounts are the same.
//   - The amount is not positive or not in whole cents.
//   - The account does not have the amount (insufficient_funds).
//   - The amount exceeds the day's limit (daily_limit).
//   - The amount is zero or too large in the other currency.
//
// It returns PermissionDenied if the partner is suspended or the programme does not
// allow transfers.
func (s *Service) Transfer(ctx context.Context, partnerID id.UUID, from, to string, amount money.Amount) (*Transfer, error) {
	var faults fault.Fields
	checkAmount(amount, "amount", &faults)
	if from == to {
		faults.Add("to_account", "invalid", "Name two different accounts.")
	}
	if s.exchange.Off {
		return nil, &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{
			{Name: "non_field_errors", Code: "transfers_off", Message: "This programme does not allow transfers between accounts."},
		}}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	var t *Transfer
	err := s.store.Lock(ctx, partnerID, func(ctx context.Context, tx Tx) (err error) {
		t = &Transfer{PartnerID: partnerID, From: from, To: to, FromAmount: amount, Spread: s.exchange.Spread, CreatedAt: s.clock.Now()}
		if _, err := activeOwner(ctx, tx, partnerID); err != nil {
			return err
		}
		if err := s.priceTransfer(ctx, tx, t); err != nil {
			return err
		}
		if err := s.withinDay(ctx, tx, t); err != nil {
			return err
		}
		if t.ID, err = tx.Numbers(ctx, partnerID, 1); err != nil {
			return fmt.Errorf("numbering a transfer: %w", err)
		}
		given := ledger.Money{Currency: t.FromCurrency, Amount: t.FromAmount, USD: t.AmountUSD}
		received := ledger.Money{Currency: t.ToCurrency, Amount: t.ToAmount, USD: t.AmountUSD}
		posting := ledger.Exchange(partnerID, "transfer:"+strconv.FormatInt(t.ID, 10), t.CreatedAt, given, received)
		if err := tx.Post(ctx, posting); err != nil {
			return fmt.Errorf("posting a transfer: %w", err)
		}
		t.PostingID = posting.ID
		if err := tx.AddTransfer(ctx, t); err != nil {
			return fmt.Errorf("adding a transfer: %w", err)
		}
		return s.audit.Record(ctx, audit.Entry{
			PartnerID: partnerID, Action: "transfer.created", Subject: strconv.FormatInt(t.ID, 10), Details: map[string]any{
				"from_account": from, "to_account": to, "amount": amount, "currency": t.FromCurrency, "to_amount": t.ToAmount, "to_currency": t.ToCurrency,
			},
		})
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// priceTransfer checks a transfer against its accounts and sets its amounts and
// rates.
func (s *Service) priceTransfer(ctx context.Context, r Tx, t *Transfer) error {
	accounts, err := r.Accounts(ctx, t.PartnerID)
	if err != nil {
		return err
	}
	source, err := find(accounts, t.From, "from_account")
	if err != nil {
		return err
	}
	target, err := find(accounts, t.To, "to_account")
	if err != nil {
		return err
	}
	if source.Balance < t.FromAmount {
		return insufficientFunds()
	}
	t.FromCurrency, t.ToCurrency = source.Currency, target.Currency
	known, err := reward.RatesOn(ctx, r.q, s.day(t.CreatedAt), t.FromCurrency, t.ToCurrency)
	if err != nil {
		return err
	}
	t.FromRate, t.ToRate = known[t.FromCurrency], known[t.ToCurrency]
	switch {
	case t.FromRate == 0:
		return fault.Invalid("from_account", "invalid", "The programme has no rate for the currency of this account today.")
	case t.ToRate == 0:
		return fault.Invalid("to_account", "invalid", "The programme has no rate for the currency of this account today.")
	}
	if t.AmountUSD, err = inUSD(t.FromAmount, t.FromRate); err == nil {
		t.ToAmount, err = Convert(t.FromAmount, t.FromRate, t.ToRate, t.Spread)
	}
	switch {
	case errors.Is(err, money.ErrTooLarge),
		err == nil && (t.ToAmount > maxBalance-max(target.Balance, 0) || t.AmountUSD > maxBalance-max(target.BalanceUSD, 0)):
		return fault.Invalid("amount", "max_value", "This amount is too large for the other account.")
	case err != nil:
		return err
	case t.ToAmount == 0:
		return fault.Invalid("amount", "min_value", "This amount is less than 0.000001 in the other account's currency.")
	}
	return nil
}

// withinDay returns an error if a transfer exceeds the partner's limit for one day
// in the programme's time zone.
func (s *Service) withinDay(ctx context.Context, r Tx, t *Transfer) error {
	limit := s.exchange.DailyUSD
	if limit == 0 {
		return nil
	}
	sofar, err := r.Transferred(ctx, t.PartnerID, s.day(t.CreatedAt).Start(s.zone))
	if err != nil {
		return err
	}
	if left := max(limit-sofar, 0); t.AmountUSD > left {
		return fault.Invalid("amount", "daily_limit", fmt.Sprintf(
			"Transfers are limited to %s USD a day. You can still transfer %s USD today.", Grouped(limit), Grouped(Shown(left))))
	}
	return nil
}

// Transfers returns a page of the partner's transfers, newest first, and their
// totals.
func (s *Service) Transfers(ctx context.Context, partnerID id.UUID, p page.Page) ([]Transfer, Totals, error) {
	return s.store.Transfers(ctx, partnerID, p)
}
