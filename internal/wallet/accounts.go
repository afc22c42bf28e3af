package wallet

import (
	"context"
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	free "github.com/tributary-server/tributary/internal/text"
)

// kindRegular is the kind of an account that does not receive rewards.
const kindRegular = "regular"

// Overview summarises a wallet.
type Overview struct {
	Accounts    []partner.WalletAccount // accounts of the wallet, oldest first
	EquityUSD   money.Amount            // sum of all balances and reserves at the day's rates
	ReservedUSD money.Amount            // part of EquityUSD that is reserved for clients' rebates
}

// Overview returns the partner's accounts with their balances, and the sums in USD
// at today's rates.
func (s *Service) Overview(ctx context.Context, partnerID id.UUID) (o *Overview, err error) {
	err = s.store.Read(ctx, func(ctx context.Context, r Tx) error {
		o = &Overview{}
		if o.Accounts, err = r.Accounts(ctx, partnerID); err != nil {
			return err
		}
		currencies := make([]string, len(o.Accounts))
		for i := range o.Accounts {
			currencies[i] = o.Accounts[i].Currency
		}
		known, err := reward.RatesOn(ctx, r.q, s.day(s.clock.Now()), currencies...)
		if err != nil {
			return err
		}
		for i := range o.Accounts {
			// Add the rounded amounts, so that the sum matches the amounts that the
			// partner sees.
			o.Accounts[i].Balance, o.Accounts[i].Reserved = Shown(o.Accounts[i].Balance), Shown(o.Accounts[i].Reserved)
			balance, reserved := valueInUSD(&o.Accounts[i], known[o.Accounts[i].Currency])
			balance, reserved = Shown(balance), Shown(reserved)
			o.EquityUSD += balance + reserved
			o.ReservedUSD += reserved
		}
		return nil
	})
	return o, err
}

// valueInUSD returns the value of an account's balance and of its reserve in
// USD. If the currency has no rate, it returns the USD amounts that were booked.
func valueInUSD(a *partner.WalletAccount, rate money.Rate) (balance, reserved money.Amount) {
	balance, reserved = a.BalanceUSD, a.ReservedUSD
	if rate == 0 {
		return balance, reserved
	}
	if usd, err := inUSD(a.Balance, rate); err == nil {
		balance = usd
	}
	if usd, err := inUSD(a.Reserved, rate); err == nil {
		reserved = usd
	}
	return balance, reserved
}

// CreateAccount opens an account in a currency. The account number depends only
// on the partner and the currency.
//
// It returns a ValidationError on name if the name is empty or too long. It
// returns a ValidationError on currency with the code invalid_choice if the
// programme has no rate for the currency, or with already_in_use if the partner
// already has an account in this currency.
func (s *Service) CreateAccount(ctx context.Context, partnerID id.UUID, name, currency string) (a *partner.WalletAccount, err error) {
	name, currency = strings.TrimSpace(name), strings.ToUpper(strings.TrimSpace(currency))
	var faults fault.Fields
	checkName(name, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	err = s.store.Lock(ctx, partnerID, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		if _, err := activeOwner(ctx, tx, partnerID); err != nil {
			return err
		}
		known, err := reward.RatesOn(ctx, tx.q, s.day(now), currency)
		if err != nil {
			return err
		}
		if known[currency] == 0 {
			return fault.Invalid("currency", "invalid_choice", "The programme has no rate for this currency.")
		}
		a = &partner.WalletAccount{
			Number: partner.AccountNumberIn(partnerID, currency), Name: name, Currency: currency, Kind: kindRegular,
		}
		added, err := tx.AddAccount(ctx, partnerID, a, now)
		if err != nil {
			return fmt.Errorf("adding an account: %w", err)
		}
		if !added {
			return fault.Invalid("currency", "already_in_use", "You already have an account in this currency.")
		}
		return s.audit.Record(ctx, audit.Entry{
			PartnerID: partnerID, Action: "wallet_account.created", Subject: a.Number, Details: map[string]any{"currency": currency},
		})
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// RenameAccount renames an account. It returns NotFound if the partner has no such
// account.
func (s *Service) RenameAccount(ctx context.Context, partnerID id.UUID, number, name string) (a *partner.WalletAccount, err error) {
	name = strings.TrimSpace(name)
	var faults fault.Fields
	checkName(name, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	err = s.store.Lock(ctx, partnerID, func(ctx context.Context, tx Tx) error {
		accounts, err := tx.Accounts(ctx, partnerID)
		if err != nil {
			return err
		}
		if a, err = find(accounts, number, "id"); err != nil {
			return fault.New(fault.NotFound)
		}
		if a.Name == name {
			return nil
		}
		a.Name = name
		if err := tx.RenameAccount(ctx, partnerID, number, name); err != nil {
			return fmt.Errorf("renaming an account: %w", err)
		}
		return s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "wallet_account.renamed", Subject: number, Details: map[string]any{"name": name}})
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

func checkName(name string, faults *fault.Fields) {
	if name == "" {
		faults.Add("account_name", "blank", "This field may not be blank.")
	}
	faults.Text("account_name", name, free.Name)
}
