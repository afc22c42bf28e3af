// Package wallet lets partners use their earnings. They can open accounts in
// other currencies, transfer money between accounts, and withdraw it. Money
// moves only by postings on the ledger, under the lock that protects all
// balances.
package wallet

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
)

// Config holds the settings of a Service.
type Config struct {
	Zone    *time.Location // programme's time zone, for the days of rates and limits; nil means UTC
	Methods []Method       // withdrawal methods; empty means DefaultMethods

	Exchange Exchange // terms for transfers between currencies

	Audit audit.Log
	Mails mail.Queue
	// WakeFacts applies the facts that have been released. The Service calls it
	// after a commit in which a new payout has released facts that waited for
	// it.
	WakeFacts func(context.Context)
}

// Service manages partners' wallets. Its methods return a *fault.Error for an
// error that the caller can correct.
type Service struct {
	store   Store
	clock   clock.Clock
	zone    *time.Location
	methods []Method

	exchange Exchange

	audit audit.Log
	mails mail.Queue
	wake  func(context.Context)
}

// New returns a Service.
func New(store Store, clk clock.Clock, c Config) *Service {
	s := &Service{
		store: store, clock: clk, zone: c.Zone, methods: c.Methods, exchange: c.Exchange, audit: c.Audit, mails: c.Mails, wake: c.WakeFacts,
	}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if len(s.methods) == 0 {
		s.methods = DefaultMethods()
	}
	return s
}

func (s *Service) day(now time.Time) clock.Day { return clock.DayOf(now, s.zone) }

// activeOwner returns the partner. It returns PermissionDenied if the partner is
// suspended.
func activeOwner(ctx context.Context, r Tx, partnerID id.UUID) (*Owner, error) {
	owner, err := r.Owner(ctx, partnerID)
	if err != nil {
		return nil, err
	}
	if owner.Status != partner.Active {
		return nil, fault.New(fault.PermissionDenied)
	}
	return owner, nil
}

// find returns the account with a number. It returns a ValidationError on the given
// field if there is no such account.
func find(accounts []partner.WalletAccount, number, field string) (*partner.WalletAccount, error) {
	for i := range accounts {
		if accounts[i].Number == number {
			return &accounts[i], nil
		}
	}
	return nil, fault.Invalid(field, "does_not_exist", "You have no account with this number.")
}

// Shown rounds an amount down to whole cents, for display. A partner can
// therefore move every amount that they see, and a debt never looks smaller
// than it is.
func Shown(a money.Amount) money.Amount {
	rest := a % cent
	if rest < 0 {
		rest += cent
	}
	return a - rest
}

// cent is the smallest amount that a partner can move.
const cent = money.Amount(10_000)

// checkAmount adds a fault if an amount is not positive or not in whole cents.
func checkAmount(amount money.Amount, field string, faults *fault.Fields) {
	switch {
	case amount <= 0:
		faults.Add(field, "min_value", "Ensure this value is greater than or equal to 0.01.")
	case amount%cent != 0:
		faults.Add(field, "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	}
}

func insufficientFunds() error {
	return fault.Invalid("amount", "insufficient_funds", "This is more than the account's balance.")
}
