package partner

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// LevelDays is the number of days, including today, that decide a partner's
// level.
const LevelDays = 90

// Summary holds a partner's level, wallet, clients and earnings.
type Summary struct {
	Partner      Partner // only ID, Email, Country, Programme and Status are set
	Level        string
	Progress     Progress
	SecurityType string // standard or secure
	Accounts     []WalletAccount
	Clients      ClientCounts
	Today        Totals
	Month        Totals // since the first day of the month
	AllTime      Totals
	DefaultLink  *LinkAddress // nil if there is no default link
}

// Progress says how close a partner is to the next level.
type Progress struct {
	From          clock.Day     // first of the last LevelDays days
	VolumeMlnUSD  money.Volume  // monthly average over these days, in millions of USD
	ActiveClients int64         // number of clients who traded in these days
	Next          *reward.Level // nil if there is no higher level
}

// Summary returns a summary of a partner from the current data. It includes
// every order that the feed has accepted. It returns NotFound if there is no
// such partner.
func (s *Service) Summary(ctx context.Context, partnerID id.UUID) (*Summary, error) {
	now := s.clock.Now()
	days := DaysAt(now, s.zone)
	o, err := s.store.Overview(ctx, partnerID, days)
	if err != nil {
		return nil, err
	}
	summary, err := o.summary(days, now)
	if err != nil || o.DefaultCode == "" {
		return summary, err
	}
	address, err := s.Address(ctx, o.DefaultCode, o.Partner.Programme)
	summary.DefaultLink = &address
	return summary, err
}

func (o *Overview) summary(days Days, now time.Time) (summary *Summary, err error) {
	summary = &Summary{
		Partner: o.Partner, SecurityType: o.SecurityType, Accounts: o.Accounts, Clients: o.Clients,
		Today: o.Today, Month: o.Month, AllTime: o.AllTime,
		Progress: Progress{From: days.Window, ActiveClients: o.ActiveClients},
	}
	if summary.Progress.VolumeMlnUSD, err = monthlyMillions(o.WindowVolume); err != nil {
		return nil, fmt.Errorf("averaging the volume of partner %s: %w", o.Partner.ID, err)
	}
	plan := reward.InForce(o.Plans, now)
	level := plan.Level(o.Level)
	summary.Level = level.Name
	for i := range plan.Levels {
		if plan.Levels[i].Name == level.Name && i+1 < len(plan.Levels) {
			summary.Progress.Next = &plan.Levels[i+1]
		}
	}
	return summary, nil
}

// DaysAt returns the first days of the ranges of a summary that is computed at
// now.
func DaysAt(now time.Time, zone *time.Location) Days {
	today := clock.DayOf(now, zone)
	_, _, dayOfMonth := now.In(zone).Date()
	return Days{Today: today, Month: today - clock.Day(dayOfMonth-1), Window: today - (LevelDays - 1)}
}

// monthlyMillions converts the volume of LevelDays days to millions per month
// of 30 days.
func monthlyMillions(volume money.Volume) (money.Volume, error) {
	const months, million = LevelDays / 30, money.Volume(1_000_000_0000)
	return money.Round[money.Volume](money.Over(money.Of(volume), months*million))
}

// WalletAccounts returns the partner's accounts with their balances, oldest
// first.
func (s *Service) WalletAccounts(ctx context.Context, partnerID id.UUID) ([]WalletAccount, error) {
	return s.store.WalletAccounts(ctx, partnerID)
}
