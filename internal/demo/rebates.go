package demo

import (
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
)

// RebateGroup is a rebate group of the main partner.
type RebateGroup struct {
	rebate.GroupChange
	Filters url.Values // select the accounts that are put into it; nil: none
}

// RebatesFrom returns when the main partner sets up its rebates: its clients'
// trades are rebated from then on.
func RebatesFrom(opt Options) time.Time { return opt.withDefaults().Now.AddDate(0, 0, -30) }

// RebateGroups returns the main partner's groups: one for all accounts, one for
// the new clients of its link, one for those who pay for tight spreads.
func RebateGroups() []RebateGroup {
	return []RebateGroup{
		{GroupChange: rebateGroup("Cashback", 20, rebate.Manual, rebate.Schedule{Period: rebate.Monthly, Value: 1}, true, "")},
		{GroupChange: rebateGroup("New clients", 30, rebate.Auto, rebate.Schedule{Period: rebate.Daily}, false, MainPartner().Code)},
		{
			GroupChange: rebateGroup("VIP", 40, rebate.Manual, rebate.Schedule{Period: rebate.Weekly, Value: 1}, false, ""),
			Filters:     url.Values{"client_account_type": {"Raw Spread", "Zero"}},
		},
	}
}

func rebateGroup(title string, percent int64, kind rebate.Type, s rebate.Schedule, standard bool, code string) rebate.GroupChange {
	share := money.Percent(percent * 10_000)
	return rebate.GroupChange{
		Title: &title, Type: &kind, Percent: &share, IsDefault: &standard, Period: &s.Period, PeriodValue: &s.Value, LinkCode: &code,
	}
}

// The own settings of some accounts: the first few of a type.
const (
	OwnRebate      = money.Percent(55 * 10_000)
	OwnRebateType  = "Pro"
	OwnRebateCount = 5
)
