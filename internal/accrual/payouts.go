package accrual

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/payout"
)

// A payout is money that the broker was asked to pay. The broker's answer is a
// fact like any other. The payable amount is then paid, or goes back to where it
// came from.

// Payout holds the part of a payout that its answer needs.
type Payout struct {
	payout.Key
	Kind          string        `db:"kind"`
	Subject       int64         `db:"subject_id"`     // the number of the rebate row or of the withdrawal
	ClientAccount string        `db:"client_account"` // of a rebate
	Currency      string        `db:"currency"`
	Amount        money.Amount  `db:"amount_e6"`
	AmountUSD     money.Amount  `db:"amount_usd_e6"`
	Status        payout.Status `db:"status"`
	Reason        string        `db:"reason"`
	AnsweredAt    time.Time     `db:"-"`

	RebateID  int64    `db:"rebate_id"`  // of a rebate's row
	ClientUID *id.UUID `db:"client_uid"` // of a rebate's row
}

// PayoutChanges holds what answers to payouts write.
type PayoutChanges struct {
	Answered []*Payout // written with their effects on rebate rows, rebates, accounts and withdrawals
	Rebated  []Rebated // to be added to clients that this batch does not write otherwise
}

// Rebated is an amount that was paid to a client.
type Rebated struct {
	PartnerID id.UUID
	ClientUID id.UUID
	USD       money.Amount
}

// payoutBooks is the working set of payouts.
type payoutBooks struct {
	known    db.Known[payout.Key, *Payout]
	answered []*Payout
}

func newPayoutBooks() payoutBooks { return payoutBooks{known: db.NewKnown[payout.Key, *Payout]()} }

// fetchPayouts loads the payouts that a batch answers.
func (b *books) fetchPayouts(ctx context.Context, w *wanted) error {
	keys := make([]payout.Key, 0, len(w.payouts))
	for _, text := range w.payouts {
		if key, ok := payout.ParseKey(text); ok {
			keys = append(keys, key)
		}
	}
	missing := b.payouts.known.Ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Payouts(ctx, missing)
	if err != nil {
		return err
	}
	for _, p := range found {
		b.payouts.known.Put(p.Key, p)
	}
	return nil
}

// payoutAnswered settles a payout: the amount is paid, or it goes back to where
// it came from because the payment failed.
func (b *books) payoutAnswered(_ context.Context, f *feed.Fact, in *feed.Payout) (effect, error) {
	key, ok := payout.ParseKey(in.PayoutID)
	if !ok {
		return effect{wait: waitPayout(in.PayoutID)}, nil
	}
	p, answer := b.payouts.known.Rows[key], payout.Paid
	if f.Type == feed.PayoutFailed {
		answer = payout.Failed
	}
	switch {
	case p == nil:
		return effect{wait: waitPayout(key.String())}, nil
	case p.Status == answer:
		return effect{again: true}, nil
	case p.Status != payout.Pending:
		return refuse("conflict", "payout_id: payout %s is %s already", key, p.Status), nil
	}
	p.Status, p.AnsweredAt = answer, f.At
	if answer == payout.Failed {
		p.Reason = in.Reason
	}
	b.payouts.answered = append(b.payouts.answered, p)
	if answer == payout.Paid {
		b.ledger.Add(ledger.Reason{PartnerID: p.PartnerID, Kind: ledger.PayoutPaid, Cause: b.batchID},
			ledger.Entry{Account: ledger.Paid, Currency: p.Currency, Amount: p.Amount, AmountUSD: p.AmountUSD})
		return effect{}, nil
	}
	back, cause := ledger.RebatesReserved, b.batchID
	if p.Kind == payout.OfWithdrawal {
		back, cause = ledger.Wallet, WithdrawalCause(p.Subject)
	}
	b.ledger.Add(ledger.Reason{PartnerID: p.PartnerID, Kind: ledger.PayoutFailed, Cause: cause},
		ledger.Entry{Account: back, Currency: p.Currency, Amount: p.Amount, AmountUSD: p.AmountUSD})
	return effect{}, nil
}

// WithdrawalCause is the cause of every posting about a withdrawal.
func WithdrawalCause(number int64) string { return "withdrawal:" + strconv.FormatInt(number, 10) }

// settlePayouts adds what changed to the changes.
func (b *books) settlePayouts(context.Context) error {
	c := &b.changes.Payouts
	c.Answered, b.payouts.answered = b.payouts.answered, nil
	for _, p := range c.Answered {
		if p.ClientUID != nil && p.Status == payout.Paid {
			b.rebated(Rebated{p.PartnerID, *p.ClientUID, p.AmountUSD})
		}
	}
	return nil
}

// rebated counts what was paid to a client. If the client is in the working
// set, the amount goes into its row, which is written whole. Otherwise it is
// saved as a sum to be added, so that a million payouts need read no client's
// row.
func (b *books) rebated(r Rebated) {
	if b.clientsOf.Asked(r.ClientUID) {
		if client := b.clientsOf.Rows[r.ClientUID][r.PartnerID]; client != nil {
			client.RebateUSD += r.USD
			b.dirty.clients[client] = true
		}
		return
	}
	b.changes.Payouts.Rebated = append(b.changes.Payouts.Rebated, r)
}
