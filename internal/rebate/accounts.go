package rebate

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Assignment is a change to many accounts, which are either listed or selected
// by filters.
type Assignment struct {
	Accounts []string
	All      bool
	Filters  url.Values // filters of the list of accounts; used if All is true
	AccountChange
}

// Assign changes the settings of either all selected accounts or none. It
// returns the selected accounts, including those that already had the settings.
//
// It returns ValidationError in these cases:
//
//   - There is nothing to change.
//   - The group does not belong to the partner.
//   - The percent is not allowed.
//   - There are more than MaxAccounts accounts.
//   - An account does not belong to the partner. The error lists up to 100 such
//     accounts.
//   - The assignment has both Accounts and All, or neither of them.
func (s *Settings) Assign(ctx context.Context, partnerID id.UUID, a Assignment) (accounts []string, err error) {
	if err := s.checkAssignment(&a); err != nil {
		return nil, err
	}
	err = s.store.Change(ctx, partnerID, func(ctx context.Context, tx SettingsTx) error {
		if accounts, err = s.selectedAccounts(ctx, tx, partnerID, &a); err != nil {
			return err
		}
		if err := groupExists(ctx, tx, a.GroupID); err != nil {
			return err
		}
		changed, err := tx.Assign(ctx, accounts, a.AccountChange, s.clock.Now())
		if err != nil || changed == 0 {
			return err
		}
		details := a.auditDetails()
		details["accounts"], details["changed"] = len(accounts), changed
		if a.All {
			details["filters"] = a.Filters
		} else {
			details[fieldAccount] = accounts[:min(maxNamed, len(accounts))]
		}
		return s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "rebate_accounts.assigned", Details: details})
	})
	return accounts, err
}

func (s *Settings) checkAssignment(a *Assignment) error {
	var faults fault.Fields
	switch {
	case a.All && len(a.Accounts) > 0:
		faults.Add(fieldAccount, codeInvalid, "Send either all: true or accounts, not both.")
	case !a.All && len(a.Accounts) == 0:
		faults.Add(fieldAccount, "required", "Send accounts, or all: true.")
	case len(a.Accounts) > MaxAccounts:
		faults.Add(fieldAccount, "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", MaxAccounts))
	}
	if !a.GroupID.Given && !a.Percent.Given {
		faults.Add(fieldGroup, "required", "Send a group_id, a rebate_percent, or both. A null group_id removes the accounts from their group.")
	}
	if a.Percent.Value != nil {
		s.checkPercent(*a.Percent.Value, &faults)
	}
	return faults.Err()
}

// selectedAccounts returns the accounts that an assignment selects, without
// duplicates.
func (s *Settings) selectedAccounts(ctx context.Context, tx SettingsTx, partnerID id.UUID, a *Assignment) ([]string, error) {
	if a.All {
		return s.find(ctx, partnerID, a.Filters)
	}
	accounts := slices.Clone(a.Accounts)
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	unknown, err := tx.Strangers(ctx, accounts)
	if err == nil {
		err = strangers(unknown)
	}
	return accounts, err
}

func groupExists(ctx context.Context, tx SettingsTx, change Change[int64]) error {
	if change.Value == nil {
		return nil
	}
	groups, err := tx.Groups(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(groups, func(g Group) bool { return g.ID == *change.Value }) {
		return fault.Invalid(fieldGroup, codeUnknown, "You have no group with this id.")
	}
	return nil
}

// auditDetails returns the details of a change for the audit log. A null value
// means that the setting was removed.
func (c *AccountChange) auditDetails() map[string]any {
	details := map[string]any{}
	if c.GroupID.Given {
		details[fieldGroup] = c.GroupID.Value
	}
	if c.Percent.Given {
		details[fieldPercent] = c.Percent.Value
	}
	return details
}

// OwnChange is a change to one account.
type OwnChange struct {
	Percent     Change[money.Percent]
	Destination Change[string] // account of the same client to which the rebates are paid; a nil value means the account itself
}

// ChangeAccount changes an account's own percent and the destination of its
// rebates. It returns NotFound if the partner has no such account. It returns
// ValidationError if the percent is not allowed, or if the destination is not
// an account of the same client.
func (s *Settings) ChangeAccount(ctx context.Context, partnerID id.UUID, number string, change OwnChange) error {
	return s.store.Change(ctx, partnerID, func(ctx context.Context, tx SettingsTx) error {
		account, known, err := tx.Account(ctx, number)
		switch {
		case err != nil:
			return err
		case !known:
			return fault.New(fault.NotFound)
		}
		var faults fault.Fields
		if change.Percent.Value != nil {
			s.checkPercent(*change.Percent.Value, &faults)
		}
		to, err := destinationOf(ctx, tx, account, change.Destination, &faults)
		if err == nil {
			err = faults.Err()
		}
		if err != nil {
			return err
		}
		details := map[string]any{}
		if change.Percent.Given {
			details[fieldPercent] = change.Percent.Value
			if _, err := tx.Assign(ctx, []string{number}, AccountChange{Percent: change.Percent}, s.clock.Now()); err != nil {
				return err
			}
		}
		if change.Destination.Given {
			details[fieldDestination] = to
			if err := tx.SetDestination(ctx, number, to); err != nil {
				return err
			}
		}
		if len(details) == 0 {
			return nil
		}
		return s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "rebate_account.changed", Subject: number, Details: details})
	})
}

// destinationOf returns the destination of an account's rebates. It returns ""
// if the rebates are paid to the account itself.
func destinationOf(ctx context.Context, tx SettingsTx, account OwnAccount, to Change[string], faults *fault.Fields) (string, error) {
	if to.Value == nil || *to.Value == account.Number {
		return "", nil
	}
	other, known, err := tx.Account(ctx, *to.Value)
	if err == nil && (!known || other.ClientUID != account.ClientUID) {
		faults.Add(fieldDestination, codeUnknown, "The client has no such account.")
	}
	return *to.Value, err
}
