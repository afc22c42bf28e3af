package rebate

import (
	"context"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Shows returns nil if the partner can see the rebate with this number. Otherwise
// it returns NotFound.
func (r *Runs) Shows(ctx context.Context, partnerID id.UUID, rebate int64) error {
	return r.store.Read(ctx, func(ctx context.Context, tx RunTx) error {
		found, err := tx.Rebates(ctx, partnerID, []int64{rebate})
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].Status == StatusOpen || found[0].Status == StatusClosing {
			return fault.New(fault.NotFound)
		}
		return nil
	})
}

// AccountOfRow returns the account of a row. It returns NotFound if the partner
// has no such row, or cannot see the row yet.
func (r *Runs) AccountOfRow(ctx context.Context, partnerID id.UUID, row int64) (clientAccount string, err error) {
	err = r.store.Read(ctx, func(ctx context.Context, tx RunTx) error {
		found, err := tx.Rows(ctx, partnerID, []int64{row})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound)
		}
		clientAccount = found[0].ClientAccount
		return nil
	})
	return clientAccount, err
}
