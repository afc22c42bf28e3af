package event

import "slices"

// The types of events.
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

// Test is the type of a test message, which is sent to one webhook on request.
// It is no event and is in no feed.
const Test Type = "webhook.test"

// Known is an event type as the documentation for partners' developers shows
// it.
type Known struct {
	Type Type
	Doc  string
	// Data is a value of the struct that an event's data has, with example
	// values.
	Data any
}

// All lists the types that partners can be told of, in the order of a client's
// life.
func All() []Known { return slices.Clone(all) }

// IsKnown reports whether a partner can be told of a type.
func IsKnown(t Type) bool {
	return slices.ContainsFunc(all, func(k Known) bool { return k.Type == t })
}

var all = []Known{
	{ClientRegistered, "A client registered through the partner. The data of every client's event is the client as it is now.", exampleClient(0)},
	{ClientJoined, "A client of the programme came to the partner: it changed partner, or opened an account with the partner's code.", exampleClient(0)},
	{ClientVerified, "A client proved who it is.", exampleClient(1)},
	{ClientFirstDeposit, "A client made its first deposit.", exampleClient(2)},
	{ClientFirstTrade, "A client closed its first order.", exampleClient(3)},
	{ClientQualified, "A client did all three: proved who it is, deposited, and traded.", exampleClient(3)},
	{ClientStatusChanged, "A client's client_status is another one than before.", exampleClient(4)},
	{ClientContact, "A client answered whether it shares its contact.", exampleClient(4)},
	{AccountOpened, "A client opened an account that counts for the partner.", exampleAccount},
	{AccountTypeChanged, "A client's account has another type, from a moment on.", exampleAccount},
	{AccountMoved, "An account counts for another partner: a late fact showed whose it is. Its rewards were taken back.", exampleAccount},
	{DepositReceived, "A client deposited. Amounts of deposits are bands, as in reports.", exampleDeposit},
	{DepositFailed, "A client's deposit failed.", exampleDeposit},
	{DepositReversed, "A client's deposit was taken back.", exampleDeposit},
	{
		RewardBooked,
		"Closed orders earned rewards: what they add to account-days of the rewards report, at most 100 of them in one event. " +
			"What a batch of the broker's feed brought is one event or a few, not one for each order. " +
			"A reversal that the broker takes back is booked so too: its amounts, and no orders.",
		exampleRewards(1),
	},
	{RewardReversed, "Rewards were taken back by the broker, on the day of the reversal: amounts are negative.", exampleRewards(0)},
	{
		RewardCorrected,
		"Rewards were taken out of their account-days, as a late fact showed that they were not right: amounts are negative. " +
			"What is right follows as reward.booked, here or with another partner.",
		exampleRewards(-1),
	},
	{
		RebateChanged,
		"A rebate (a group in a period that has closed) is in another status: pending waits for the partner until expires, " +
			"then approving, approved, paid or failed, rejected, expired.",
		exampleRebate,
	},
	{PayoutPaid, "The broker paid a rebate or a withdrawal.", examplePayout(true)},
	{PayoutFailed, "The broker could not pay a rebate or a withdrawal.", examplePayout(false)},
	{
		WalletChanged,
		"The wallet's balance changed. kind says why: reward, reversal, reinstatement, correction, override, rebate_reserve, rebate_release, withdrawal, " +
			"payout_failed, transfer, agent_share. The sum of all of these events is the balance.",
		exampleWallet,
	},
}
