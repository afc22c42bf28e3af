package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/reward"
)

// RebateTx is what rebates need of a Tx.
type RebateTx interface{}

// RebateChanges is what rebates write.
type RebateChanges struct{}

// rebateBooks is the working set of rebates.
type rebateBooks struct{}

func newRebateBooks() rebateBooks { return rebateBooks{} }

func (b *books) fetchRebates(context.Context, *wanted) error { return nil }

func (b *books) bookRebate(context.Context, *attribution.Account, *reward.Reward, int64, string) error {
	return nil
}

func (b *books) settleRebates(context.Context) error { return nil }
