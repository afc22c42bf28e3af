package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/id"
)

// noteCPA tells the working set of CPA whose deposits or orders this
// transaction changes.
func (b *books) noteCPA() {
	if !cpa.Offered(b.plans) {
		return
	}
	c := b.changes
	for i := range c.Deposits {
		d := &c.Deposits[i]
		for _, row := range b.accounts.Rows[d.ClientAccount].Rows() { // a former partner can lose CPA
			b.cpa.Deposited(row.PartnerID, d.ClientUID)
		}
	}
	for _, m := range c.MovedFrom {
		b.cpa.Deposited(m.Before.PartnerID, m.Account.ClientUID)
		b.cpa.Deposited(m.Account.PartnerID, m.Account.ClientUID)
	}
	for i := range c.Moves {
		m := &c.Moves[i]
		for _, partnerID := range append([]id.UUID{m.Before.PartnerID}, m.Gone...) {
			b.cpa.Deposited(partnerID, m.Account.ClientUID)
		}
		for _, row := range m.Account.Rows() {
			b.cpa.Deposited(row.PartnerID, m.Account.ClientUID)
		}
	}
	for _, r := range c.Rewards {
		b.cpa.Traded(r.PartnerID, r.ClientUID, r.Order.CloseTime)
	}
	for i := range c.Undone {
		r := c.Undone[i].Reward
		b.cpa.Traded(r.PartnerID, r.ClientUID, r.Order.CloseTime)
	}
}

// saveCPA must run after the deposits and the orders were saved, because the
// working set reads them.
func (b *books) saveCPA(ctx context.Context) error { return b.cpa.Save(ctx, b.plans) }
