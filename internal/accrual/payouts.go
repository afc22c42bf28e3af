package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/wallet"
)

// settlers maps each kind of payout to the function that books its result.
var settlers = map[string]payout.Settler{payout.OfRebate: rebate.SettleRows, payout.OfWithdrawal: wallet.SettleWithdrawals}

// payoutAnswered settles a payout that the broker has reported as paid or as
// failed. If the payout failed, the amount goes back to the balance from which
// it was taken.
func (b *books) payoutAnswered(_ context.Context, f *feed.Fact, in *feed.Payout) (effect, error) {
	answer := payout.Answer{Status: payout.Paid}
	if f.Type == feed.PayoutFailed {
		answer = payout.Answer{Status: payout.Failed, Reason: in.Reason}
	}
	switch taken, p := b.payouts.Answer(in.PayoutID, answer, f.At); taken {
	case payout.Settled:
		return effect{}, nil
	case payout.Repeated:
		return effect{again: true}, nil
	case payout.Contradicts:
		return refuse("conflict", "payout_id: payout %s is already %s", p.Key, p.Status), nil
	default:
		if key, ok := payout.ParseKey(in.PayoutID); ok {
			return effect{wait: feed.PayoutKey(key.String())}, nil
		}
		return effect{wait: feed.PayoutKey(in.PayoutID)}, nil
	}
}

// Rebated is an amount that was paid to a client.
type Rebated struct {
	PartnerID id.UUID
	ClientUID id.UUID
	USD       money.Amount
}

// settleClients adds the amount of each paid payout to the client's sum.
func (b *books) settleClients() {
	for _, p := range b.payouts.Answered() {
		if p.ClientUID != nil && p.Status == payout.Paid {
			b.addRebated(Rebated{p.PartnerID, *p.ClientUID, p.AmountUSD})
		}
	}
}

// addRebated adds an amount that was paid to a client. If the client is loaded, it
// changes the client's row. Otherwise it records the amount, and the store
// later adds the amount to the stored sum. A million payouts therefore do not
// load a million clients.
func (b *books) addRebated(r Rebated) {
	if b.clientsOf.Asked(r.ClientUID) {
		if client := b.clientsOf.Rows[r.ClientUID][r.PartnerID]; client != nil {
			client.RebateUSD += r.USD
			b.dirty.clients[client] = true
		}
		return
	}
	b.changes.Rebated = append(b.changes.Rebated, r)
}
