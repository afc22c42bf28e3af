package rebate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// WorkingSet reserves clients' rebates when rewards are booked, in one
// transaction under a Lock. Need loads the rows, Book changes them in memory,
// and Save writes the changes. Book adds a reward to its account's row in the
// open period, and reserves the rebate in the ledger. A WorkingSet never
// changes a row of a period that has ended, because Runs closes and pays these
// rows.
type WorkingSet struct {
	q      db.Querier
	ledger *ledger.WorkingSet
	now    time.Time
	today  clock.Day

	groups   db.Known[id.UUID, []GroupTerms]
	open     db.Known[id.UUID, map[periodKey]*period] // open periods of each partner
	ahead    map[id.UUID]clock.Day                    // for each partner, last day of the latest period that was closed too early; see readAhead
	accounts db.Known[AccountKey, *AccountState]
	rows     map[openRowKey]*countedRow
	numbered db.Known[numberedRow, *countedRow]

	newPeriods  []*period
	newRows     []*countedRow
	isNew       map[*countedRow]bool
	changed     map[*countedRow]bool
	touched     map[*AccountState]bool
	adjustments []adjustment
}

// period is a rebate whose period is still open.
type period struct {
	PartnerID id.UUID   `db:"partner_id"`
	ID        int64     `db:"rebate_id"`
	GroupID   int64     `db:"group_id"`
	First     clock.Day `db:"period_start_day"`
	Last      clock.Day `db:"period_end_day"`
	Currency  string    `db:"currency"`
}

// countedRow is a rebate row: one account in one period at one percent.
type countedRow struct {
	AccountKey
	ID        int64         `db:"row_id"`
	RebateID  int64         `db:"rebate_id"`
	GroupID   int64         `db:"group_id"`       // group of the rebate
	Last      clock.Day     `db:"period_end_day"` // last day of the rebate's period
	ClientUID id.UUID       `db:"client_uid"`
	Percent   money.Percent `db:"percent_e4"`
	Orders    int64         `db:"orders_count"`
	Reward    Sum           `db:"reward,inline"`
	Rebate    Sum           `db:"rebate,inline"`
	ChangedAt time.Time     `db:"-"`
}

// adjustment records that a reward was subtracted from another row, because the
// row to which it had been added is closed.
type adjustment struct {
	PartnerID id.UUID   `db:"partner_id"`
	From      int64     `db:"from_row"`
	To        int64     `db:"to_row"`
	FactID    string    `db:"fact_id"`
	Reward    Sum       `db:"reward,inline"`
	Orders    int64     `db:"orders_count"`
	At        time.Time `db:"booked_at"`
}

type periodKey struct {
	groupID     int64
	first, last clock.Day
}

type openRowKey struct {
	AccountKey
	rebateID int64
	percent  money.Percent
}

type numberedRow struct {
	partnerID id.UUID
	number    int64
}

// NewWorkingSet returns an empty WorkingSet for one transaction. It adds the
// postings of its reserves to books. today is the current day in the programme's
// time zone.
func NewWorkingSet(q db.Querier, books *ledger.WorkingSet, now time.Time, today clock.Day) *WorkingSet {
	return &WorkingSet{
		q: q, ledger: books, now: now, today: today,
		groups: db.NewKnown[id.UUID, []GroupTerms](), open: db.NewKnown[id.UUID, map[periodKey]*period](), ahead: map[id.UUID]clock.Day{},
		accounts: db.NewKnown[AccountKey, *AccountState](), rows: map[openRowKey]*countedRow{}, numbered: db.NewKnown[numberedRow, *countedRow](),
		isNew: map[*countedRow]bool{}, changed: map[*countedRow]bool{}, touched: map[*AccountState]bool{},
	}
}

// Need loads the rows that Book needs for orders of these accounts and for the
// booked rewards. It loads nothing for partners without groups. If Book needs
// other rows, it loads them itself.
func (w *WorkingSet) Need(ctx context.Context, accounts []AccountKey, booked []*reward.Reward) error {
	numbers := map[id.UUID][]int64{}
	for _, r := range booked {
		accounts = append(accounts, AccountKey{r.PartnerID, r.Order.ClientAccount})
		if r.RebateRow != 0 {
			numbers[r.PartnerID] = append(numbers[r.PartnerID], r.RebateRow)
		}
	}
	if err := w.needAccounts(ctx, accounts...); err != nil {
		return err
	}
	for partnerID, rows := range numbers {
		if err := w.needRows(ctx, partnerID, rows...); err != nil {
			return err
		}
	}
	return nil
}

func (w *WorkingSet) needAccounts(ctx context.Context, keys ...AccountKey) error {
	owners := make([]id.UUID, 0, len(keys))
	for _, key := range keys {
		if key.PartnerID != id.Nil {
			owners = append(owners, key.PartnerID)
		}
	}
	if err := w.needGroups(ctx, owners...); err != nil {
		return err
	}
	var missing []AccountKey
	for _, key := range keys {
		if len(w.groups.Rows[key.PartnerID]) > 0 {
			missing = append(missing, w.accounts.Ask(key)...)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	for _, key := range missing {
		w.accounts.Rows[key] = &AccountState{AccountKey: key}
	}
	found, err := AccountsWithTerms(ctx, w.q, missing)
	if err != nil {
		return err
	}
	for _, account := range found {
		w.accounts.Rows[account.AccountKey] = account
	}
	rows, err := readOpenRows(ctx, w.q, missing)
	if err != nil {
		return err
	}
	for _, row := range rows {
		key := numberedRow{row.PartnerID, row.ID}
		if w.numbered.Rows[key] != nil { // a row that is already in memory may have unsaved changes
			row = w.numbered.Rows[key]
		}
		w.numbered.Put(key, row)
		w.rows[openRowKey{row.AccountKey, row.RebateID, row.Percent}] = row
	}
	return nil
}

func (w *WorkingSet) needGroups(ctx context.Context, owners ...id.UUID) error {
	missing := w.groups.Ask(owners...)
	if len(missing) == 0 {
		return nil
	}
	groups, err := TermsOf(ctx, w.q, missing)
	if err != nil || len(groups) == 0 {
		return err
	}
	var with []id.UUID
	for owner, terms := range groups {
		w.groups.Put(owner, terms)
		w.open.Put(owner, map[periodKey]*period{})
		with = append(with, owner)
	}
	ahead, err := readAhead(ctx, w.q, with, w.today)
	if err != nil {
		return err
	}
	maps.Copy(w.ahead, ahead)
	open, err := readOpen(ctx, w.q, with)
	if err != nil {
		return err
	}
	for _, p := range open {
		w.open.Rows[p.PartnerID][periodKey{p.GroupID, p.First, p.Last}] = p
	}
	return nil
}

func (w *WorkingSet) needRows(ctx context.Context, partnerID id.UUID, numbers ...int64) error {
	var missing []int64
	for _, n := range numbers {
		if len(w.numbered.Ask(numberedRow{partnerID, n})) > 0 {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := readRows(ctx, w.q, partnerID, missing)
	if err != nil {
		return err
	}
	for _, row := range rows {
		w.numbered.Put(numberedRow{partnerID, row.ID}, row)
	}
	return nil
}

var errLostRow = errors.New("a reward belongs to a rebate row that does not exist")

func (w *WorkingSet) row(ctx context.Context, partnerID id.UUID, number int64) (*countedRow, error) {
	if err := w.needRows(ctx, partnerID, number); err != nil {
		return nil, err
	}
	row := w.numbered.Rows[numberedRow{partnerID, number}]
	if row == nil {
		return nil, fmt.Errorf("row %d: %w", number, errLostRow)
	}
	return row, nil
}

// Percent returns the percentage of a booked order's reward that is reserved
// for the client.
func (w *WorkingSet) Percent(r *reward.Reward) money.Percent {
	if row := w.numbered.Rows[numberedRow{r.PartnerID, r.RebateRow}]; row != nil {
		return row.Percent
	}
	return 0
}
