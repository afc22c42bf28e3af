// Package wallet is what a partner does with what it earned: accounts in other
// currencies, transfers between them, withdrawals. Money moves by postings on
// the ledger alone, inside a lock that whatever else moves balances takes too.
package wallet

import (
	"context"
	"log/slog"
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

// Config is what a Service needs beside its store.
type Config struct {
	Zone    *time.Location // the programme's time zone: whose day a rate and a limit count for; nil: UTC
	Methods []Method       // ways to withdraw; empty: DefaultMethods

	Exchange Exchange // on which terms partners transfer

	Audit audit.Log
	Mails mail.Queue
	// Drain applies facts that waited for something that is there now; it is
	// called when a new payout released some.
	Drain  func(context.Context) error
	Logger *slog.Logger
}

// Service answers what a partner asks of its wallet. Its errors are
// *fault.Error where the caller can do something about them.
type Service struct {
	store   Store
	clock   clock.Clock
	zone    *time.Location
	methods []Method

	exchange Exchange

	audit audit.Log
	mails mail.Queue
	drain func(context.Context) error
	log   *slog.Logger
}

// New returns a Service.
func New(store Store, clk clock.Clock, c Config) *Service {
	s := &Service{
		store: store, clock: clk, zone: c.Zone, methods: c.Methods, exchange: c.Exchange, audit: c.Audit, mails: c.Mails, drain: c.Drain, log: c.Logger,
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

// active refuses a partner that may not move money.
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

// rates returns the day's rates of some currencies, USD's own included; one
// that the programme knows no rate for is left out.
func rates(ctx context.Context, r Tx, day clock.Day, currencies ...string) (map[string]money.Rate, error) {
	known, err := r.Rates(ctx, currencies, day)
	if err != nil {
		return nil, err
	}
	known[reward.USD] = reward.RateOfUSD
	return known, nil
}

// find returns the partner's account of that number, or a fault on field.
func find(accounts []partner.WalletAccount, number, field string) (*partner.WalletAccount, error) {
	for i := range accounts {
		if accounts[i].Number == number {
			return &accounts[i], nil
		}
	}
	return nil, fault.Invalid(field, "does_not_exist", "There is no such account.")
}

// Shown returns an amount as the wallet shows it: in whole cents, cut down and
// never up, so that everything shown can be moved. Of a debt, the whole is shown.
func Shown(a money.Amount) money.Amount {
	rest := a % cent
	if rest < 0 {
		rest += cent
	}
	return a - rest
}

// cent is the smallest amount that a partner moves.
const cent = money.Amount(10_000)

// movable refuses what is no amount to move: above zero, in whole cents.
func movable(amount money.Amount, field string, faults *fault.Fields) {
	switch {
	case amount <= 0:
		faults.Add(field, "min_value", "Ensure this value is greater than or equal to 0.01.")
	case amount%cent != 0:
		faults.Add(field, "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	}
}

// uncovered is said of an amount that the account has not.
func uncovered() error {
	return fault.Invalid("amount", "insufficient_funds", "The account does not have this much.")
}
