package accrual

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/rebate"
)

// fetchRebates loads the rebates that a batch's orders and reversals touch. For
// partners without groups it loads nothing.
func (b *books) fetchRebates(ctx context.Context, w *wanted) error {
	var keys []rebate.AccountKey
	for _, o := range w.orders {
		if a := b.accounts.rows[o.ClientAccount]; a != nil {
			keys = append(keys, rebate.AccountKey{PartnerID: a.PartnerID, ClientAccount: a.ClientAccount})
		}
	}
	numbers := map[id.UUID][]int64{}
	for _, o := range w.tickets {
		for _, r := range b.tickets.rows[o] {
			keys = append(keys, rebate.AccountKey{PartnerID: r.PartnerID, ClientAccount: r.Order.ClientAccount})
			if r.RebateRow != 0 {
				numbers[r.PartnerID] = append(numbers[r.PartnerID], r.RebateRow)
			}
		}
	}
	if err := b.needRebates(ctx, keys...); err != nil {
		return err
	}
	for partnerID, rows := range numbers {
		if err := b.needNumberedRows(ctx, partnerID, rows...); err != nil {
			return err
		}
	}
	return nil
}

// needRebates loads the terms, the state and the open rows of accounts.
func (b *books) needRebates(ctx context.Context, keys ...rebate.AccountKey) error {
	owners := make([]id.UUID, 0, len(keys))
	for _, key := range keys {
		if key.PartnerID != id.Nil {
			owners = append(owners, key.PartnerID)
		}
	}
	if err := b.needRebateGroups(ctx, owners...); err != nil {
		return err
	}
	set := &b.rebates
	var missing []rebate.AccountKey
	for _, key := range keys {
		if len(set.groups.rows[key.PartnerID]) > 0 {
			missing = append(missing, set.accounts.ask(key)...)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	for _, key := range missing {
		set.accounts.rows[key] = &rebate.AccountState{AccountKey: key}
	}
	found, err := b.tx.RebateAccounts(ctx, missing)
	if err != nil {
		return err
	}
	for _, account := range found {
		set.accounts.rows[account.AccountKey] = account
	}
	rows, err := b.tx.OpenRebateRows(ctx, missing)
	if err != nil {
		return err
	}
	for _, row := range rows {
		key := numberedRow{row.PartnerID, row.ID}
		if set.numbered.rows[key] != nil { // the row in memory is newer
			row = set.numbered.rows[key]
		}
		set.numbered.put(key, row)
		set.rows[openRowKey{row.AccountKey, row.RebateID, row.Percent}] = row
	}
	return nil
}

func (b *books) needRebateGroups(ctx context.Context, owners ...id.UUID) error {
	set := &b.rebates
	missing := set.groups.ask(owners...)
	if len(missing) == 0 {
		return nil
	}
	groups, err := b.tx.RebateGroups(ctx, missing)
	if err != nil || len(groups) == 0 {
		return err
	}
	var with []id.UUID
	for owner, terms := range groups {
		set.groups.put(owner, terms)
		set.open.put(owner, map[periodKey]*Rebate{})
		with = append(with, owner)
	}
	ahead, err := b.tx.ClosedAhead(ctx, with, b.day(b.now))
	if err != nil {
		return err
	}
	maps.Copy(set.ahead, ahead)
	open, err := b.tx.OpenRebates(ctx, with)
	if err != nil {
		return err
	}
	for _, r := range open {
		set.open.rows[r.PartnerID][periodKey{r.PartnerID, r.GroupID, r.First, r.Last}] = r
	}
	return nil
}

func (b *books) needNumberedRows(ctx context.Context, partnerID id.UUID, numbers ...int64) error {
	set := &b.rebates
	var missing []int64
	for _, n := range numbers {
		if len(set.numbered.ask(numberedRow{partnerID, n})) > 0 {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := b.tx.RebateRows(ctx, partnerID, missing)
	if err != nil {
		return err
	}
	for _, row := range rows {
		set.numbered.put(numberedRow{partnerID, row.ID}, row)
	}
	return nil
}

var errLostRow = errors.New("a reward counts in a rebate row that is not there")

// numberedRow returns the row that a reward was counted in.
func (b *books) numberedRow(ctx context.Context, partnerID id.UUID, number int64) (*RebateRow, error) {
	if err := b.needNumberedRows(ctx, partnerID, number); err != nil {
		return nil, err
	}
	row := b.rebates.numbered.rows[numberedRow{partnerID, number}]
	if row == nil {
		return nil, fmt.Errorf("row %d: %w", number, errLostRow)
	}
	return row, nil
}
