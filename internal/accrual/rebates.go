package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// Each reward sets its client's rebate aside. The reward is added to the
// account's row of the open period, and the row's rebate is reserved on the
// ledger. internal/rebate closes periods and pays them. Nothing here touches a
// row whose period is over.

// Rebate is one period of a rebate group.
type Rebate struct {
	PartnerID id.UUID   `db:"partner_id"`
	ID        int64     `db:"rebate_id"`
	GroupID   int64     `db:"group_id"`
	First     clock.Day `db:"period_start_day"`
	Last      clock.Day `db:"period_end_day"`
	Currency  string    `db:"currency"`
}

// RebateRow is one account in a rebate, at one percent.
type RebateRow struct {
	rebate.AccountKey
	ID        int64         `db:"row_id"`
	RebateID  int64         `db:"rebate_id"`
	GroupID   int64         `db:"group_id"`       // of its rebate
	Last      clock.Day     `db:"period_end_day"` // of its rebate's period
	ClientUID id.UUID       `db:"client_uid"`
	Percent   money.Percent `db:"percent_e4"`
	Orders    int64         `db:"orders_count"`
	Reward    rebate.Sum    `db:"reward,inline"`
	Rebate    rebate.Sum    `db:"rebate,inline"`
	ChangedAt time.Time     `db:"-"`
}

// RebateAdjustment records that a reward was taken out of a different row from
// the one it had been added to, because that one had closed.
type RebateAdjustment struct {
	PartnerID id.UUID    `db:"partner_id"`
	From      int64      `db:"from_row"`
	To        int64      `db:"to_row"`
	FactID    string     `db:"fact_id"`
	Reward    rebate.Sum `db:"reward,inline"`
	Orders    int64      `db:"orders_count"`
	At        time.Time  `db:"booked_at"`
}

// RebateChanges holds what rebates write.
type RebateChanges struct {
	Rebates     []*Rebate // new ones
	NewRows     []*RebateRow
	Rows        []*RebateRow // existing rows
	Accounts    []*rebate.AccountState
	Adjustments []RebateAdjustment
}

type periodKey struct {
	partnerID id.UUID
	groupID   int64
	first     clock.Day
	last      clock.Day
}

type openRowKey struct {
	rebate.AccountKey
	rebateID int64
	percent  money.Percent
}

type numberedRow struct {
	partnerID id.UUID
	number    int64
}

// rebateBooks is the working set of rebates.
type rebateBooks struct {
	groups   known[id.UUID, []rebate.GroupTerms]
	open     known[id.UUID, map[periodKey]*Rebate] // by partner
	ahead    map[id.UUID]clock.Day                 // see ClosedAhead
	accounts known[rebate.AccountKey, *rebate.AccountState]
	rows     map[openRowKey]*RebateRow
	numbered known[numberedRow, *RebateRow]

	newRebates  []*Rebate
	newRows     []*RebateRow
	isNew       map[*RebateRow]bool
	changed     map[*RebateRow]bool
	touched     map[*rebate.AccountState]bool
	adjustments []RebateAdjustment
}

func newRebateBooks() rebateBooks {
	return rebateBooks{
		groups: newKnown[id.UUID, []rebate.GroupTerms](), open: newKnown[id.UUID, map[periodKey]*Rebate](),
		accounts: newKnown[rebate.AccountKey, *rebate.AccountState](), rows: map[openRowKey]*RebateRow{}, numbered: newKnown[numberedRow, *RebateRow](),
		ahead: map[id.UUID]clock.Day{}, isNew: map[*RebateRow]bool{}, changed: map[*RebateRow]bool{}, touched: map[*rebate.AccountState]bool{},
	}
}

// bookRebate counts a reward in its account's open row (sign 1), or takes it
// out again (-1). A reversal uses the terms of its order.
func (b *books) bookRebate(ctx context.Context, a *attribution.Account, r *reward.Reward, sign int64, cause string) error {
	if r.PartnerID == id.Nil || (r.Result.Reward == 0 && r.Result.RewardUSD == 0) {
		return nil
	}
	if err := b.needRebates(ctx, rebate.AccountKey{PartnerID: r.PartnerID, ClientAccount: a.ClientAccount}); err != nil {
		return err
	}
	groups := b.rebates.groups.rows[r.PartnerID]
	if len(groups) == 0 {
		return nil
	}
	amount, orders := rebate.Sum{Amount: r.Result.Reward, USD: r.Result.RewardUSD}, int64(0)
	if r.Kind == reward.ForOrder {
		orders = 1
	}
	if r.Kind == reward.ForOrder && sign > 0 {
		account := rebate.Account{LinkCode: a.LinkCode, OpenedAt: a.OpenedAt, Type: r.AccountType}
		own := b.rebates.accounts.rows[rebate.AccountKey{PartnerID: r.PartnerID, ClientAccount: a.ClientAccount}].Terms
		terms, some := rebate.InForce(groups, own, account, r.Order.CloseTime)
		if !some {
			return nil
		}
		row := b.openRow(a, r, terms)
		r.RebateRow = row.ID
		b.addToRow(row, r, amount, orders, cause)
		return nil
	}
	if r.RebateRow == 0 {
		return nil
	}
	was, err := b.numberedRow(ctx, r.PartnerID, r.RebateRow)
	if err != nil {
		return err
	}
	terms := rebate.Terms{GroupID: was.GroupID, Percent: was.Percent}
	if sign > 0 {
		row := b.openRow(a, r, terms)
		r.RebateRow = row.ID
		b.addToRow(row, r, amount, orders, cause)
		return nil
	}
	row := was
	amount, orders = rebate.Sum{}.Minus(amount), -orders
	if was.Last < b.collecting(r.PartnerID) {
		row = b.openRow(a, r, terms)
		b.rebates.adjustments = append(b.rebates.adjustments, RebateAdjustment{
			PartnerID: r.PartnerID, From: was.ID, To: row.ID, FactID: cause, Reward: amount, Orders: orders, At: b.now,
		})
	}
	b.addToRow(row, r, amount, orders, cause)
	return nil
}

// openRow returns the row that a reward counts in now, and makes it if there is
// none.
func (b *books) openRow(a *attribution.Account, r *reward.Reward, terms rebate.Terms) *RebateRow {
	p, owner := b.partners.rows[r.PartnerID], rebate.AccountKey{PartnerID: r.PartnerID, ClientAccount: a.ClientAccount}
	first, last := rebate.ScheduleNow(b.rebates.groups.rows[r.PartnerID], terms.GroupID).Collects(r.Day, b.collecting(r.PartnerID))
	period := periodKey{r.PartnerID, terms.GroupID, first, last}
	parent := b.rebates.open.rows[r.PartnerID][period]
	if parent == nil {
		parent = &Rebate{PartnerID: r.PartnerID, ID: p.Number(), GroupID: terms.GroupID, First: first, Last: last, Currency: p.Currency}
		b.rebates.open.rows[r.PartnerID][period] = parent
		b.rebates.newRebates = append(b.rebates.newRebates, parent)
		b.dirty.partners[p] = true
	}
	key := openRowKey{owner, parent.ID, terms.Percent}
	row := b.rebates.rows[key]
	if row == nil {
		row = &RebateRow{
			AccountKey: owner, ID: p.Number(), RebateID: parent.ID, GroupID: terms.GroupID, Last: last, ClientUID: r.ClientUID, Percent: terms.Percent,
		}
		b.rebates.rows[key] = row
		b.rebates.numbered.put(numberedRow{owner.PartnerID, row.ID}, row)
		b.rebates.newRows, b.rebates.isNew[row] = append(b.rebates.newRows, row), true
		b.dirty.partners[p] = true
	}
	return row
}

// addToRow adds to a row and adjusts the reserve to match.
func (b *books) addToRow(row *RebateRow, r *reward.Reward, amount rebate.Sum, orders int64, cause string) {
	was := row.Rebate
	row.Orders += orders
	row.Reward = row.Reward.Plus(amount)
	row.Rebate = rebate.Of(row.Reward, row.Percent)
	row.ChangedAt = b.now
	if !b.rebates.isNew[row] {
		b.rebates.changed[row] = true
	}
	account := b.rebates.accounts.rows[row.AccountKey]
	account.Open = account.Open.Plus(row.Rebate.Minus(was))
	b.rebates.touched[account] = true
	change := account.Hold()
	currency := b.partners.rows[row.PartnerID].Currency
	b.ledger.Add(ledger.Reason{PartnerID: row.PartnerID, Kind: ledger.RebateReserve, Cause: cause}, ledger.Entry{
		Account: ledger.RebatesReserved, Currency: currency, RewardDay: &r.Day, ClientAccount: row.ClientAccount,
		Amount: change.Amount, AmountUSD: change.USD,
	})
}

// collecting returns the first day on which a partner's rewards can count now.
// That is today, or the day after the last closed period if a clock has been
// set back.
func (b *books) collecting(partnerID id.UUID) clock.Day {
	today := b.day(b.now)
	if closed, some := b.rebates.ahead[partnerID]; some {
		return max(today, closed+1)
	}
	return today
}

// rebatePercent returns the part of a booked order's reward that is set aside
// for its client.
func (b *books) rebatePercent(r *reward.Reward) money.Percent {
	if row := b.rebates.numbered.rows[numberedRow{r.PartnerID, r.RebateRow}]; row != nil {
		return row.Percent
	}
	return 0
}

// settleRebates adds what changed to the changes.
func (b *books) settleRebates(context.Context) error {
	set, c := &b.rebates, &b.changes.Rebates
	c.Rebates, c.NewRows, c.Adjustments = set.newRebates, set.newRows, set.adjustments
	for row := range set.changed {
		c.Rows = append(c.Rows, row)
	}
	for account := range set.touched {
		c.Accounts = append(c.Accounts, account)
	}
	set.newRebates, set.newRows, set.adjustments = nil, nil, nil
	clear(set.isNew)
	clear(set.changed)
	clear(set.touched)
	return nil
}
