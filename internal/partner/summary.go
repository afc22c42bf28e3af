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

// Progress says how close a partner is to the next level. Its figures cover the
// period of reward.LevelDays days that ends today.
type Progress struct {
	From          clock.Day    // first of these days
	VolumeMlnUSD  money.Volume // monthly average over these days, in millions of USD
	ActiveClients int64        // number of clients who traded in these days
	Review        clock.Day    // day of the next review
	Next          *NextLevel   // nil if there is no higher level
	Change        *LevelFrom   // change that takes effect after today; nil if there is none
	Fall          *LevelFrom   // fall that the last review announced; nil if there is none
}

// NextLevel is the level above a partner's level, with what the partner still lacks
// for it.
type NextLevel struct {
	reward.Level
	MissingMlnUSD  money.Volume // monthly average volume, in millions of USD
	MissingClients int64
	RisePaysUSD    money.Amount // about what a rise at the next review would pay for this month's orders so far
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
	progress, activity := &summary.Progress, reward.Activity{Volume: o.WindowVolume, ActiveClients: o.ActiveClients}
	if progress.VolumeMlnUSD, err = activity.MonthlyMlnUSD(); err != nil {
		return nil, fmt.Errorf("partner %s: %w", o.Partner.ID, err)
	}
	progress.Review = days.Month.NextMonth()
	if o.ChangesTo != "" {
		progress.Change = &LevelFrom{Day: o.ChangesOn, Name: o.ChangesTo}
	}
	if o.FallsTo != "" {
		progress.Fall = &LevelFrom{Day: progress.Review, Name: o.FallsTo}
	}
	plan := reward.InForce(o.Plans, now)
	place, found := plan.Place(o.Level)
	if !found { // no level of the plan is the next one
		summary.Level = o.Level
		return summary, nil
	}
	summary.Level = plan.Levels[place].Name
	if place+1 == len(plan.Levels) {
		return summary, nil
	}
	next := &NextLevel{Level: plan.Levels[place+1]}
	next.MissingMlnUSD, next.MissingClients = activity.Lacks(&next.Level)
	next.RisePaysUSD, err = reward.EstimateRise(o.Month.RewardUSD, plan.Levels[place].SharePercent, next.SharePercent)
	if err != nil {
		return nil, fmt.Errorf("estimating what a rise of partner %s would pay: %w", o.Partner.ID, err)
	}
	progress.Next = next
	return summary, nil
}

// DaysAt returns the Days of a summary that is computed now.
func DaysAt(now time.Time, zone *time.Location) Days {
	today := clock.DayOf(now, zone)
	return Days{Today: today, Month: today.FirstOfMonth(), Window: today - (reward.LevelDays - 1)}
}

// WalletAccounts returns the partner's accounts with their balances, oldest
// first.
func (s *Service) WalletAccounts(ctx context.Context, partnerID id.UUID) ([]WalletAccount, error) {
	return s.store.WalletAccounts(ctx, partnerID)
}
