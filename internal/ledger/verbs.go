package ledger

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Reserve returns the posting that moves money from the wallet to the rebate
// reserve. A negative amount moves money back to the wallet.
func Reserve(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, RebateReserve, cause}, at, RebatesReserved, Wallet, m)
}

// Release returns the posting that moves reserved money back to the wallet.
func Release(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, RebateRelease, cause}, at, Wallet, RebatesReserved, m)
}

// PayRebates returns the posting that moves reserved money to payable.
func PayRebates(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, RebatePayout, cause}, at, Payable, RebatesReserved, m)
}

// Withdraw returns the posting that moves money from the wallet to payable.
func Withdraw(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, Withdrawal, cause}, at, Wallet, Payable, m.negative())
}

// Raise returns the posting that pays a progress reward, or a part of it, to the
// wallet.
func Raise(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, ProgressReward, cause}, at, Wallet, Expense, m)
}

// Adjust returns the posting of a manual adjustment. A negative amount takes money out
// of the wallet.
func Adjust(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, Adjustment, cause}, at, Wallet, Expense, m)
}

// PayCPA returns the posting that pays the CPA for a client to the wallet.
func PayCPA(partnerID id.UUID, cause string, at time.Time, m Money) *Posting {
	return postingBetween(Reason{partnerID, CPA, cause}, at, Wallet, Expense, m)
}

// Exchange returns the posting that moves money from one currency of the wallet to
// another. The account named clearing receives one currency and gives the other, so
// that the entries of each currency sum to zero. All entries have the USD value of
// the amount that leaves the first currency.
func Exchange(partnerID id.UUID, cause string, at time.Time, given, received Money) *Posting {
	received.USD = given.USD
	out := postingBetween(Reason{partnerID, Transfer, cause}, at, Wallet, Clearing, given.negative())
	in := postingBetween(out.Reason, at, Clearing, Wallet, received.negative())
	out.Entries = append(out.Entries, in.Entries...)
	return out
}

func postingBetween(why Reason, at time.Time, to, from Account, m Money) *Posting {
	return &Posting{
		Reason: why, ID: id.New(), BookedAt: at,
		Entries: []Entry{
			{Account: to, Currency: m.Currency, Amount: m.Amount, AmountUSD: m.USD},
			{Account: from, Currency: m.Currency, Amount: -m.Amount, AmountUSD: -m.USD},
		},
	}
}
