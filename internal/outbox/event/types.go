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
)

// Test is the type of a test message to one webhook, which a partner can
// request. A test message is not an event, and is not in the feed of events.
const Test Type = "webhook.test"

// Known describes an event type for the developers of partners.
type Known struct {
	Type Type
	Doc  string
	// Data is an example of the event's data.
	Data any
}

// All returns all types of events, in the order in which they usually occur.
func All() []Known { return slices.Clone(all) }

// IsKnown reports whether a type is one of All.
func IsKnown(t Type) bool {
	return slices.ContainsFunc(all, func(k Known) bool { return k.Type == t })
}

var all = []Known{
	{ClientRegistered, "A client registered through the partner. The data of every client's event is the client as it is now.", exampleClient(0)},
	{ClientJoined, "A client of the programme came to the partner: it changed its partner, or opened an account with the partner's code.", exampleClient(0)},
	{ClientVerified, "A client passed the identity check.", exampleClient(1)},
	{ClientFirstDeposit, "A client made its first deposit.", exampleClient(2)},
	{ClientFirstTrade, "A client closed its first order.", exampleClient(3)},
	{ClientQualified, "A client is active: it passed the identity check, deposited and traded.", exampleClient(3)},
	{ClientStatusChanged, "A client's client_status changed.", exampleClient(4)},
	{ClientContact, "A client answered a request to share its contact.", exampleClient(4)},
	{AccountOpened, "A client opened an account that is attributed to the partner.", exampleAccount},
	{AccountTypeChanged, "The type of a client's account changed, from a given moment on.", exampleAccount},
	{AccountMoved, "An account was attributed to another partner, because of a late fact. Its rewards were cancelled.", exampleAccount},
	{DepositReceived, "A client deposited. The amount is a band, as in reports.", exampleDeposit},
	{DepositFailed, "A client's deposit failed.", exampleDeposit},
	{DepositReversed, "A client's deposit was reversed.", exampleDeposit},
	{
		RewardBooked,
		"Closed orders earned rewards. The data has what they add to account-days of the rewards report, at most 100 account-days in one event. " +
			"A batch of the broker's feed makes one event or a few, not one for each order. " +
			"The withdrawal of a reversal is also such an event, with amounts but no orders.",
		exampleRewards(1),
	},
	{RewardReversed, "The broker reversed rewards, on the day of the reversal. Amounts are negative.", exampleRewards(0)},
	{
		RewardCorrected,
		"Rewards were removed from their account-days, because a late fact showed that they were wrong. Amounts are negative. " +
			"The correct rewards follow as reward.booked, for this partner or another.",
		exampleRewards(-1),
	},
	{
		RebateChanged,
		"The status of a rebate (a group in a closed period) changed: pending (it waits for the partner until expires), " +
			"approving, approved, paid, failed, rejected or expired.",
		exampleRebate,
	},
	{PayoutPaid, "The broker paid a rebate or a withdrawal.", examplePayout(true)},
	{PayoutFailed, "The broker could not pay a rebate or a withdrawal.", examplePayout(false)},
	{
		WalletChanged,
		"The wallet's balance changed. kind is the reason: reward, reversal, reinstatement, correction, override, rebate_reserve, rebate_release, " +
			"withdrawal, payout_failed, transfer, agent_share. The sum of all of these events is the balance.",
		exampleWallet,
	},
}
