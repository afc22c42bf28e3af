// Package wallet lets a partner use what it earned: it keeps accounts in other
// currencies, transfers between them, and withdrawals. Money moves only by
// postings on the ledger, under the lock that everything that moves balances
// takes.
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
	"github.com/tributary-server/tributary/internal/reward"
)

// Config holds the settings of a Service.
type Config struct {
	Zone    *time.Location // the programme's time zone, in which the days of rates and limits begin; nil: UTC
	Methods []Method       // withdrawal methods; empty: DefaultMethods

	Exchange Exchange // the terms of transfers

	Audit audit.Log
	Mails mail.Queue
	// WakeFacts has facts that no longer wait applied after the commit. It is
	// called when a new payout released some.
	WakeFacts func(context.Context)
}

// Service manages partners' wallets. Its errors are *fault.Error if the caller
// can do something about them.
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

// active returns the partner, or refuses one that may not move money.
func active(ctx context.Context, r Tx, partnerID id.UUID) (*Owner, error) {
	owner, err := r.Owner(ctx, partnerID)
	if err != nil {
		return nil, err
	}
	if owner.Status != partner.Active {
		return nil, fault.New(fault.PermissionDenied)
	}
	return owner, nil
}

// rates returns the day's rates of some currencies, including USD. It leaves
// out currencies for which the programme has no rate.
func rates(ctx context.Context, r Tx, day clock.Day, currencies ...string) (map[string]money.Rate, error) {
	known, err := r.Rates(ctx, currencies, day)
	if err != nil {
		return nil, err
	}
	known[reward.USD] = reward.RateOfUSD
	return known, nil
}

// find returns the account with that number, or a fault on field.
func find(accounts []partner.WalletAccount, number, field string) (*partner.WalletAccount, error) {
	for i := range accounts {
		if accounts[i].Number == number {
			return &accounts[i], nil
		}
	}
	return nil, fault.Invalid(field, "does_not_exist", "There is no such account.")
}

// Shown returns an amount as the wallet shows it, in whole cents. It rounds
// down, so that everything shown can be moved and no part of a debt is hidden.
func Shown(a money.Amount) money.Amount {
	rest := a % cent
	if rest < 0 {
		rest += cent
	}
	return a - rest
}

// cent is the smallest amount that a partner can move.
const cent = money.Amount(10_000)

// movable refuses an amount that is not above zero or not in whole cents.
func movable(amount money.Amount, field string, faults *fault.Fields) {
	switch {
	case amount <= 0:
		faults.Add(field, "min_value", "Ensure this value is greater than or equal to 0.01.")
	case amount%cent != 0:
		faults.Add(field, "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	}
}

// uncovered returns the error for an amount that is more than the account has.
func uncovered() error {
	return fault.Invalid("amount", "insufficient_funds", "The account does not have this much.")
}
