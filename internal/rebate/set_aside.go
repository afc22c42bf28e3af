package rebate

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// Book adds a reward to the open row of its account if sign is 1, and subtracts
// the reward if sign is -1. It sets the reward's RebateRow. A reversal uses the
// terms of its order. New periods and rows get their numbers from p, so the
// caller must save p. The posting that reserves the rebate gets the given cause.
func (w *WorkingSet) Book(ctx context.Context, p *partner.Partner, a *attribution.Account, r *reward.Reward, sign int64, cause string) error {
	if r.PartnerID == id.Nil || (r.Result.Reward == 0 && r.Result.RewardUSD == 0) {
		return nil
	}
	key := AccountKey{r.PartnerID, a.ClientAccount}
	if err := w.needAccounts(ctx, key); err != nil {
		return err
	}
	groups := w.groups.Rows[r.PartnerID]
	if len(groups) == 0 {
		return nil
	}
	amount, orders := Sum{r.Result.Reward, r.Result.RewardUSD}, int64(0)
	if r.Kind == reward.ForOrder {
		orders = 1
	}
	if r.Kind == reward.ForOrder && sign > 0 {
		account := Account{LinkCode: a.LinkCode, OpenedAt: a.OpenedAt, Type: r.AccountType}
		terms, some := InForce(groups, w.accounts.Rows[key].Terms, account, r.Order.CloseTime)
		if !some {
			return nil
		}
		row := w.openRow(p, key, r, terms)
		r.RebateRow = row.ID
		w.add(p, row, &r.Day, amount, orders, cause)
		return nil
	}
	if r.RebateRow == 0 {
		return nil
	}
	was, err := w.row(ctx, r.PartnerID, r.RebateRow)
	if err != nil {
		return err
	}
	terms := Terms{GroupID: was.GroupID, Percent: was.Percent}
	if sign > 0 {
		row := w.openRow(p, key, r, terms)
		r.RebateRow = row.ID
		w.add(p, row, &r.Day, amount, orders, cause)
		return nil
	}
	row := was
	amount, orders = Sum{}.Minus(amount), -orders
	if was.Last < w.firstOpenDay(r.PartnerID) {
		row = w.openRow(p, key, r, terms)
		w.adjustments = append(w.adjustments, adjustment{
			PartnerID: r.PartnerID, From: was.ID, To: row.ID, FactID: cause, Reward: amount, Orders: orders, At: w.now,
		})
	}
	w.add(p, row, &r.Day, amount, orders, cause)
	return nil
}

// openRow returns the open row to which a reward is added. It creates the row
// if there is none.
func (w *WorkingSet) openRow(p *partner.Partner, owner AccountKey, r *reward.Reward, terms Terms) *countedRow {
	first, last := ScheduleNow(w.groups.Rows[r.PartnerID], terms.GroupID).Collects(r.Day, w.firstOpenDay(r.PartnerID))
	place := periodKey{terms.GroupID, first, last}
	parent := w.open.Rows[r.PartnerID][place]
	if parent == nil {
		parent = &period{PartnerID: r.PartnerID, ID: p.Number(), GroupID: terms.GroupID, First: first, Last: last, Currency: p.Currency}
		w.open.Rows[r.PartnerID][place] = parent
		w.newPeriods = append(w.newPeriods, parent)
	}
	key := openRowKey{owner, parent.ID, terms.Percent}
	row := w.rows[key]
	if row == nil {
		row = &countedRow{
			AccountKey: owner, ID: p.Number(), RebateID: parent.ID, GroupID: terms.GroupID, Last: last, ClientUID: r.ClientUID, Percent: terms.Percent,
		}
		w.rows[key] = row
		w.numbered.Put(numberedRow{owner.PartnerID, row.ID}, row)
		w.newRows, w.isNew[row] = append(w.newRows, row), true
	}
	return row
}

// add adds an amount to a row and adjusts the reserve on the reward's day.
func (w *WorkingSet) add(p *partner.Partner, row *countedRow, day *clock.Day, amount Sum, orders int64, cause string) {
	was := row.Rebate
	row.Orders += orders
	row.Reward = row.Reward.Plus(amount)
	row.Rebate = Of(row.Reward, row.Percent)
	row.ChangedAt = w.now
	if !w.isNew[row] {
		w.changed[row] = true
	}
	account := w.accounts.Rows[row.AccountKey]
	account.Open = account.Open.Plus(row.Rebate.Minus(was))
	w.touched[account] = true
	change := account.Hold()
	w.ledger.Add(ledger.Reason{PartnerID: row.PartnerID, Kind: ledger.RebateReserve, Cause: cause}, ledger.Entry{
		Account: ledger.RebatesReserved, Currency: p.Currency, RewardDay: day, ClientAccount: row.ClientAccount,
		Amount: change.Amount, AmountUSD: change.USD,
	})
}

// firstOpenDay returns the first day that an open period of the partner can
// contain. This is usually today. If a process whose clock was ahead has closed
// periods early, it is the day after the last closed period.
func (w *WorkingSet) firstOpenDay(partnerID id.UUID) clock.Day {
	if closed, some := w.ahead[partnerID]; some {
		return max(w.today, closed+1)
	}
	return w.today
}
