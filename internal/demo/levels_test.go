package demo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

type earned struct {
	volume  money.Volume
	rewards money.Amount // sum of the rewards that the plan's first level would pay
	clients map[id.UUID]bool
}

// referenceBooks computes the results of a programme independently of the server.
// It finds the partner of each account and the reward of each order.
type referenceBooks struct {
	t           *testing.T
	plan        *reward.Plan
	code        map[id.UUID]string // link code of the current partner of each client
	accounts    map[string]*feed.Account
	byCode      map[string]map[clock.Day]*earned
	instruments map[string]*feed.Instrument
	rates       map[string]money.Rate
}

func play(t *testing.T, opt demo.Options) *referenceBooks {
	t.Helper()
	b := &referenceBooks{
		t: t, plan: demo.Plan(), code: map[id.UUID]string{}, accounts: map[string]*feed.Account{}, byCode: map[string]map[clock.Day]*earned{},
		instruments: map[string]*feed.Instrument{}, rates: map[string]money.Rate{"USD": 1_000_000_000_000},
	}
	for fact := range demo.Generate(opt) {
		switch body := fact.Body.(type) {
		case *feed.Partner:
			b.byCode[body.PartnerCode] = map[clock.Day]*earned{}
		case *feed.Instrument:
			b.instruments[body.Symbol] = body
		case *feed.Rate:
			b.rates[body.Currency] = body.USD
		case *feed.Client:
			b.code[body.ClientUID] = body.PartnerCode
		case *feed.ClientChange:
			if fact.Type == feed.ClientPartnerChanged {
				b.code[body.ClientUID] = body.PartnerCode
			}
		case *feed.Account:
			if body.PartnerCode == "" {
				body.PartnerCode = b.code[body.ClientUID]
			}
			b.accounts[body.ClientAccount] = body
		case *feed.TypeChange:
			b.accounts[body.ClientAccount].AccountType = body.AccountType
		case *feed.Order:
			b.order(body)
		}
	}
	return b
}

func (b *referenceBooks) order(o *feed.Order) {
	account := b.accounts[o.ClientAccount]
	day := clock.DayOf(o.CloseTime, time.UTC)
	var instrument *feed.Instrument
	for _, symbol := range b.plan.Symbols(o.Symbol) {
		if instrument = b.instruments[symbol]; instrument != nil {
			break
		}
	}
	require.NotNil(b.t, instrument, o.Symbol)
	rate := b.rates[instrument.QuoteCurrency]
	require.Positive(b.t, rate, instrument.QuoteCurrency)
	terms, err := reward.NewTerms(reward.Context{Plan: b.plan, Level: b.plan.Levels[0].Name, AccountType: account.AccountType, Instrument: instrument, Day: day, QuoteRate: rate, AccountRate: b.rates["USD"], Currency: "USD"})
	require.NoError(b.t, err)
	result, err := reward.Compute(o, &terms)
	require.NoError(b.t, err)
	if account.PartnerCode == "" {
		return
	}
	days := b.byCode[account.PartnerCode]
	if days[day] == nil {
		days[day] = &earned{clients: map[id.UUID]bool{}}
	}
	days[day].volume += result.VolumeUSD
	days[day].rewards += result.RewardUSD
	days[day].clients[account.ClientUID] = true
}

// resultsBefore returns a partner's results in the 90 days before a day: the monthly
// average of the volume, and the number of active clients.
func (b *referenceBooks) resultsBefore(code string, day clock.Day) (volume money.Volume, clients int) {
	active := map[id.UUID]bool{}
	for d := day - 90; d < day; d++ {
		if e := b.byCode[code][d]; e != nil {
			volume += e.volume
			for client := range e.clients {
				active[client] = true
			}
		}
	}
	return volume / 3, len(active)
}

func TestLevelsAreEarned(t *testing.T) {
	t.Parallel()
	for _, moment := range []time.Time{now, now.AddDate(0, 3, 5), now.AddDate(0, 7, 11), now.AddDate(0, 11, 23)} {
		opt := demo.Options{Seed: 1, Now: moment}
		b := play(t, opt)
		codes := map[id.UUID]string{}
		for _, p := range demo.Partners(opt) {
			codes[p.UID] = p.Code
		}
		changes := demo.Levels(opt)
		require.NotEmpty(t, changes)
		for _, change := range changes {
			level := b.plan.Level(change.Level)
			require.Equal(t, change.Level, level.Name)
			code := codes[change.PartnerUID]
			volume, clients := b.resultsBefore(code, change.From)
			// The volumes in a plan are in millions of USD.
			require.GreaterOrEqual(t, volume/1_000_000, level.MinVolumeMlnUSD, "%s, %s from %s", code, level.Name, change.From)
			require.GreaterOrEqual(t, clients, level.MinActiveClients, "%s, %s from %s", code, level.Name, change.From)
		}
	}
}
