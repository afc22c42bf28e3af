package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/feed"
)

// PayoutTx is what payouts need of a Tx.
type PayoutTx interface{}

// PayoutChanges is what answers to payouts write.
type PayoutChanges struct{}

// payoutBooks is the working set of payouts.
type payoutBooks struct{}

func newPayoutBooks() payoutBooks { return payoutBooks{} }

// fetchPayouts loads the payouts that a batch answers.
func (b *books) fetchPayouts(context.Context, *wanted) error { return nil }

// payoutAnswered settles a payout: paid, or failed and back to where it came from.
func (b *books) payoutAnswered(_ context.Context, _ *feed.Fact, in *feed.Payout) (effect, error) {
	return effect{wait: waitPayout(in.PayoutID)}, nil
}

// settlePayouts puts what changed into the changes.
func (b *books) settlePayouts(context.Context) error { return nil }
