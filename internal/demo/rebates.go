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
	Filters url.Values // filters that select the accounts of the group; nil if it has none
}

// RebatesFrom returns the time from which the main partner's clients get
// rebates.
func RebatesFrom(opt Options) time.Time { return opt.withDefaults().Now.AddDate(0, 0, -30) }

// RebateGroups returns the main partner's groups. The first is for all
// accounts, the second for new clients of the partner's link, and the third for
// accounts with tight spreads.
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

// The first OwnRebateCount accounts of the type OwnRebateType have a rebate of
// their own, which is OwnRebate percent.
const (
	OwnRebate      = money.Percent(55 * 10_000)
	OwnRebateType  = "Pro"
	OwnRebateCount = 5
)
