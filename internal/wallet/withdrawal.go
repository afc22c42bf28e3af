package wallet

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/reward"
	free "github.com/tributary-server/tributary/internal/text"
	"github.com/tributary-server/tributary/internal/verification"
)

// Request is a partner's request for a withdrawal.
type Request struct {
	Account     string       `json:"account"`
	Amount      money.Amount `json:"amount"`
	Method      string       `json:"method"`
	Destination string       `json:"destination"` // an IBAN, the address of a crypto wallet, or other data that the method needs
}

// digest returns the digest of the request, which a code authorises. Two
// requests have the same digest only if account, amount, method and destination
// are equal.
func (r *Request) digest() verification.Digest {
	return verification.DigestOf(verification.Withdraw, r.Account, r.Amount.String(), r.Method, r.Destination)
}

// check checks the fields of a request that need no data from the store.
func (s *Service) check(r *Request) error {
	r.Account, r.Method, r.Destination = strings.TrimSpace(r.Account), strings.TrimSpace(r.Method), strings.TrimSpace(r.Destination)
	var faults fault.Fields
	if r.Account == "" {
		faults.Add("account", "required", "This field is required.")
	}
	checkAmount(r.Amount, "amount", &faults)
	if _, known := s.method(r.Method); !known {
		faults.Add("method", "invalid_choice", "There is no withdrawal method with this name.")
	}
	if r.Destination == "" {
		faults.Add("destination", "required", "This field is required.")
	}
	faults.Text("destination", r.Destination, free.Destination)
	return faults.Err()
}

// verifiedOwner returns the partner. It returns PermissionDenied if the partner
// is not verified or not active.
func verifiedOwner(ctx context.Context, r Tx, partnerID id.UUID) (*Owner, error) {
	owner, err := activeOwner(ctx, r, partnerID)
	if err != nil {
		return nil, err
	}
	if !owner.Verified {
		return nil, fault.New(fault.PermissionDenied)
	}
	return owner, nil
}

// weigh checks a request against the wallet and the method's limits. It returns
// the account, and the amount in USD at the day's rate.
func (s *Service) weigh(ctx context.Context, r Tx, partnerID id.UUID, in *Request, now time.Time) (*partner.WalletAccount, money.Amount, error) {
	accounts, err := r.Accounts(ctx, partnerID)
	if err != nil {
		return nil, 0, err
	}
	account, err := find(accounts, in.Account, "account")
	if err != nil {
		return nil, 0, err
	}
	for i := range accounts {
		if accounts[i].Balance < 0 {
			return nil, 0, fault.Invalid("amount", "insufficient_funds", "Nothing can be withdrawn while an account is below zero.")
		}
	}
	if account.Balance < in.Amount {
		return nil, 0, insufficientFunds()
	}
	known, err := reward.RatesOn(ctx, r.q, s.day(now), account.Currency)
	if err != nil {
		return nil, 0, err
	}
	if known[account.Currency] == 0 {
		return nil, 0, fault.Invalid("account", "invalid", "The programme has no rate for the currency of this account today.")
	}
	usd, err := inUSD(in.Amount, known[account.Currency])
	if errors.Is(err, money.ErrTooLarge) {
		return nil, 0, fault.Invalid("amount", "max_value", "This amount is too large for a withdrawal.")
	}
	if err != nil {
		return nil, 0, err
	}
	return account, usd, s.limit(ctx, r, partnerID, in, usd, now)
}

func (s *Service) limit(ctx context.Context, r Tx, partnerID id.UUID, in *Request, usd money.Amount, now time.Time) error {
	m, _ := s.method(in.Method)
	switch {
	case usd < m.MinUSD:
		return fault.Invalid("amount", "min_value", fmt.Sprintf("The minimum withdrawal by this method is %s USD.", Grouped(m.MinUSD)))
	case usd > m.MaxUSD:
		return fault.Invalid("amount", "max_value", fmt.Sprintf("The maximum withdrawal by this method is %s USD.", Grouped(m.MaxUSD)))
	}
	today, err := r.Withdrawn(ctx, partnerID, m.Name, s.day(now).Start(s.zone))
	if err != nil {
		return err
	}
	if usd > m.DailyUSD-today {
		return fault.Invalid("amount", "limit_reached", fmt.Sprintf("Withdrawals by this method are limited to %s USD a day.", Grouped(m.DailyUSD)))
	}
	return nil
}

// Withdraw takes an amount out of an account and creates a payout for it. The token
// must authorise exactly this request. It is used up only if the withdrawal
// succeeds.
//
// Withdraw returns PermissionDenied if the partner is not active and verified,
// or if the token does not authorise the request. It returns a ValidationError
// if the request is malformed, if the amount exceeds the method's limits, or if
// the account does not have the amount (insufficient_funds).
func (s *Service) Withdraw(ctx context.Context, partnerID id.UUID, in Request, token string) (*Withdrawal, error) {
	if err := s.check(&in); err != nil {
		return nil, err
	}
	var w *Withdrawal
	err := s.store.Lock(ctx, partnerID, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		owner, err := verifiedOwner(ctx, tx, partnerID)
		if err != nil {
			return err
		}
		if err := tx.SpendToken(ctx, partnerID, verification.Withdraw, token, in.digest(), now); err != nil {
			return err
		}
		account, usd, err := s.weigh(ctx, tx, partnerID, &in, now)
		if err != nil {
			return err
		}
		number, err := tx.Numbers(ctx, partnerID, 2)
		if err != nil {
			return fmt.Errorf("numbering a withdrawal: %w", err)
		}
		posting := ledger.Withdraw(partnerID, payout.WithdrawalCause(number), now, ledger.Money{Currency: account.Currency, Amount: in.Amount, USD: usd})
		if err := tx.Post(ctx, posting); err != nil {
			return fmt.Errorf("posting a withdrawal: %w", err)
		}
		w = &Withdrawal{
			PartnerID: partnerID, ID: number, PayoutID: number + 1, PostingID: posting.ID,
			Account: account.Number, Method: in.Method, Destination: in.Destination,
			Currency: account.Currency, Amount: in.Amount, AmountUSD: usd, Status: string(payout.Pending), CreatedAt: now,
		}
		released, err := tx.AddWithdrawal(ctx, w)
		if err != nil {
			return fmt.Errorf("adding a withdrawal: %w", err)
		}
		if released {
			s.wake(ctx)
		}
		return s.tell(ctx, owner, w)
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// tell records a withdrawal in the partner's audit log and sends the partner a
// mail.
func (s *Service) tell(ctx context.Context, owner *Owner, w *Withdrawal) error {
	err := s.audit.Record(ctx, audit.Entry{
		PartnerID: w.PartnerID, Action: "withdrawal.created", Subject: strconv.FormatInt(w.ID, 10), Details: map[string]any{
			"account": w.Account, "amount": w.Amount, "currency": w.Currency, "method": w.Method, "destination": lastCharacters(w.Destination),
		},
	})
	if err != nil {
		return fmt.Errorf("logging a withdrawal: %w", err)
	}
	if err := s.mails.Enqueue(ctx, notice(owner, w)); err != nil {
		return fmt.Errorf("reporting a withdrawal: %w", err)
	}
	return nil
}

// Withdrawals returns a page of the partner's withdrawals that match f, newest
// first, and the totals of all that match.
func (s *Service) Withdrawals(ctx context.Context, partnerID id.UUID, f WithdrawalFilter) ([]Withdrawal, Totals, error) {
	return s.store.Withdrawals(ctx, partnerID, f)
}
