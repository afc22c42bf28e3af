package event

import "slices"

// These are the types of events.
const (
	ClientRegistered    Type = "client.registered"
	ClientJoined        Type = "client.joined"
	ClientVerified      Type = "client.verified"
	ClientFirstDeposit  Type = "client.first_deposit"
	ClientFirstTrade    Type = "client.first_trade"
	ClientQualified     Type = "client.qualified"
	ClientStatusChanged Type = "client.status_changed"
	ClientContact       Type = "client.contact_answered"

	AccountOpened      Type = "account.opened"
	AccountTypeChanged Type = "account.type_changed"
	AccountMoved       Type = "account.moved"

	DepositReceived Type = "deposit.received"
	DepositFailed   Type = "deposit.failed"
	DepositReversed Type = "deposit.reversed"

	RewardBooked    Type = "reward.booked"
	RewardReversed  Type = "reward.reversed"
	RewardCorrected Type = "reward.corrected"

	RebateChanged Type = "rebate.changed"
	PayoutPaid    Type = "payout.paid"
	PayoutFailed  Type = "payout.failed"
	WalletChanged Type = "wallet.changed"
	LevelChanged  Type = "level.changed"
	CPAChanged    Type = "cpa.changed"
)

// Test is the type of the test message that a partner can send to one webhook.
// A test message is not an event, so the feed of events does not contain it.
const Test Type = "webhook.test"

// Known documents an event type for the developers of partners.
type Known struct {
	Type Type
	Doc  string
	// Data is an example of the event's data.
	Data any
}

// All returns all event types in the order in which they usually happen.
func All() []Known { return slices.Clone(all) }

// IsKnown reports whether a type is one of All.
func IsKnown(t Type) bool {
	return slices.ContainsFunc(all, func(k Known) bool { return k.Type == t })
}

var all = []Known{
	{ClientRegistered, "A client registered through the partner. The data of every client event is the current state of the client.", exampleClient(0)},
	{
		ClientJoined, "A client of the programme changed to the partner, was moved to the partner by the broker, or opened an account with the partner's code.",
		exampleClient(0),
	},
	{ClientVerified, "A client passed the identity check.", exampleClient(1)},
	{ClientFirstDeposit, "A client made its first deposit.", exampleClient(2)},
	{ClientFirstTrade, "A client closed its first order.", exampleClient(3)},
	{ClientQualified, "A client became active. It has passed the identity check, made a deposit and traded.", exampleClient(3)},
	{ClientStatusChanged, "A client's client_status changed.", exampleClient(4)},
	{ClientContact, "A client answered a request to share its contact.", exampleClient(4)},
	{AccountOpened, "A client opened an account that belongs to the partner, or an account of a client was moved to the partner.", exampleAccount},
	{AccountTypeChanged, "The type of a client's account changed. The data says from when.", exampleAccount},
	{AccountMoved, "An account belongs to another partner now: the broker moved the client, or a late fact showed whose account it is. The data is " +
		"the account as this partner had it. Rewards that belong to the new partner are taken back in reward.corrected events.", exampleAccount},
	{DepositReceived, "A client deposited. The amount is a band, as in reports.", exampleDeposit},
	{DepositFailed, "A client's deposit failed.", exampleDeposit},
	{DepositReversed, "The broker reversed a client's deposit.", exampleDeposit},
	{
		RewardBooked,
		"Closed orders earned rewards. The data shows what they add to each account-day of the rewards report. One event has at most 100 account-days. " +
			"The orders that the broker sends together share one event or a few events. " +
			"If the broker withdraws a reversal, there is also a reward.booked event, with amounts but no orders.",
		exampleRewards(1),
	},
	{RewardReversed, "The broker reversed rewards, on the day of the reversal. Amounts are negative.", exampleRewards(0)},
	{
		RewardCorrected,
		"Rewards were removed from their account-days, because a late fact showed that they were wrong. Amounts are negative. " +
			"The correct rewards follow in reward.booked events for this partner or another.",
		exampleRewards(-1),
	},
	{
		RebateChanged,
		"The status of a rebate changed. A rebate belongs to one group in one closed period. " +
			"The statuses are pending (the partner can decide until expires), approving, approved, paid, failed, rejected or expired.",
		exampleRebate,
	},
	{PayoutPaid, "The broker paid a rebate or a withdrawal.", examplePayout(true)},
	{PayoutFailed, "The broker could not pay a rebate or a withdrawal.", examplePayout(false)},
	{
		WalletChanged,
		"The wallet's balance changed. The field kind is the reason: reward, reversal, reinstatement, correction, override, rebate_reserve, rebate_release, " +
			"withdrawal, payout_failed, transfer, agent_share, progress_reward, adjustment, cpa, cpa_clawback. The sum of all these events is the balance.",
		exampleWallet,
	},
	{
		LevelChanged,
		"The partner's level changes, or will fall: the monthly review raised or lowered it or announced a fall, or the broker set it. " +
			"The progress reward for a rise follows in events wallet.changed with the kind progress_reward.",
		exampleLevel,
	},
	{
		CPAChanged,
		"The CPA for a client changed: the client met the conditions, the broker or the server approved or rejected it, it was " +
			"paid, or the payment was taken back. " +
			"A payment follows as wallet.changed with the kind cpa, and what is taken back with the kind cpa_clawback.",
		exampleCPA,
	},
}
