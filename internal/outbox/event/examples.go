package event

import (
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

var (
	exampleUID = id.UUID{0x4e, 0xc0, 0xc5, 0xfa, 0x1d, 0x2b, 0x4c, 0x3d, 0x9e, 0x8f, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab}
	exampleAt  = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	exampleDay = clock.DayOf(exampleAt, time.UTC)

	exampleAccount = Account{
		ClientAccount: "1001", ClientUID: exampleUID, AccountType: "Standard", Platform: "mt5", Currency: "USD", Country: "TH", LinkCode: "alpha",
		OpenedAt: exampleAt,
	}
	exampleDeposit = Deposit{ClientAccount: "1001", ClientUID: exampleUID, At: exampleAt, Amount: 3}
	exampleRebate  = Rebate{
		RebateID: 17, GroupID: 3, GroupTitle: "VIP", GroupType: "MANUAL", Status: "pending", First: exampleDay - 30, Last: exampleDay, Clients: 12,
		RewardUSD: 350_000_000, ToPay: 35_000_000, ToPayUSD: 35_000_000, Currency: "USD", ExpiresAt: &exampleAt,
	}
	exampleLevel = Level{
		Level: "Advanced", NewLevel: "Bronze", From: exampleDay, VolumeMlnUSD: 23_4000, ActiveClients: 17,
	}
	exampleCPA = CPA{
		ClientUID: exampleUID, Bundle: "Europe", Status: "approved", PreviousStatus: "pending", EarnsUSD: 200_000_000, QualifiedAt: &exampleAt,
	}
	exampleWallet = Wallet{
		PostingID: exampleUID, Kind: "reward", BookedAt: exampleAt, Changes: []WalletChange{{Currency: "USD", Amount: 3_500_000, AmountUSD: 3_500_000}},
	}
)

// exampleClient returns a client after the given number of steps. The steps are
// verification, deposit and so on; a client that has only registered has taken
// none.
func exampleClient(steps int) Client {
	c := Client{
		ClientUID: exampleUID, Country: "TH", LinkCode: "alpha", CampaignCode: "spring", SubID: "banner-7", ClickID: "d41d8cd98f",
		RegisteredAt: exampleAt, Status: attribution.StatusInactive, ContactStatus: "EMPTY",
	}
	at, day := exampleAt, exampleDay
	if steps > 0 {
		c.KYCPassed, c.VerifiedAt = true, &at
	}
	if steps > 1 {
		c.FTDReceived, c.FirstDepositAt, c.FirstDeposit = true, &at, 3
	}
	if steps > 2 {
		c.FTTMade, c.FirstTrade, c.Status = true, &day, attribution.StatusActive
	}
	if steps > 3 {
		c.PreviousStatus = attribution.StatusInactive
	}
	return c
}

// exampleRewards returns the change of an account-day. The change adds an order
// (sign 1), reverses its reward (sign 0) or removes the order (sign -1).
func exampleRewards(sign int64) *Rewards {
	r := Reward{ClientAccount: "1001", ClientUID: exampleUID, Day: exampleDay, Orders: sign, Reward: -3_500_000, RewardUSD: -3_500_000}
	if sign > 0 {
		r.Reward, r.RewardUSD = 3_500_000, 3_500_000
	}
	if sign != 0 {
		r.VolumeLots, r.VolumeUSD = money.Lots(sign)*150_000_000, money.Volume(sign)*1_625_000_000
	}
	return &Rewards{Currency: "USD", Rewards: []Reward{r}}
}

func examplePayout(paid bool) Payout {
	p := Payout{
		PayoutID: exampleUID.Hex() + "-17", Kind: "rebate", ClientAccount: "1001", Currency: "USD", Amount: 1_250_000, AmountUSD: 1_250_000,
		Status: "paid", AnsweredAt: exampleAt,
	}
	if !paid {
		p.Status, p.Reason = "failed", "the account is closed"
	}
	return p
}
