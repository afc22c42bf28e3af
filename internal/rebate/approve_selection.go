package rebate

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

// MaxSelected is the maximum number of ids in a selection.
const MaxSelected = 100_000

// Select returns the Selection with these ids. It returns ValidationError if
// there are no ids or too many.
func Select(rebates, rows []int64) (Selection, error) {
	s := Selection{sortUnique(rebates), sortUnique(rows)}
	switch {
	case len(s.Rebates)+len(s.Rows) == 0:
		return s, fault.Invalid(fieldRebates, "required", "Send at least one id of a rebate or of a rebate row.")
	case len(s.Rebates)+len(s.Rows) > MaxSelected:
		return s, fault.Invalid(fieldRebates, "max_length", fmt.Sprintf("Ensure there are no more than %d ids.", MaxSelected))
	}
	return s, nil
}

// These are the names of the fields of a request that contain the ids.
const (
	fieldRebates = "rebates"
	fieldRows    = "rebate_rows"
)

func sortUnique(ids []int64) []int64 {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// Shown contains what the partner sees of a selection: its sums, its currency and
// its days.
type Shown struct {
	Totals
	Currency    string
	First, Last clock.Day // first and last day of all periods in the selection
}

// loadedSelection is a selection with its rebates and rows from the store.
type loadedSelection struct {
	Shown
	rebates []Rebate // selected rebates
	rows    []int64  // selected rows that pay something, without the rows of the selected rebates
}

// find loads a selection. It returns ValidationError if a part of the selection has
// none of the given statuses, or if nothing in the selection would be paid.
func find(ctx context.Context, tx RunTx, partnerID id.UUID, s Selection, statuses ...Status) (*loadedSelection, error) {
	f := &loadedSelection{}
	var faults fault.Fields
	if err := f.addRebates(ctx, tx, partnerID, s, &faults); err != nil {
		return nil, err
	}
	if err := f.addRows(ctx, tx, partnerID, s, statuses, &faults); err != nil {
		return nil, err
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if f.Paying == 0 {
		return nil, fault.Invalid(fieldRows, "nothing_to_pay", "There is nothing to pay: every amount is less than 0.01.")
	}
	return f, nil
}

func (f *loadedSelection) addRebates(ctx context.Context, tx RunTx, partnerID id.UUID, s Selection, faults *fault.Fields) error {
	rebates, err := tx.Rebates(ctx, partnerID, s.Rebates)
	if err != nil {
		return err
	}
	for _, b := range rebates {
		if b.Status == StatusPending {
			f.rebates = append(f.rebates, b)
			f.span(b)
		}
	}
	missing := exclude(s.Rebates, func(n int64) bool { return slices.ContainsFunc(f.rebates, func(b Rebate) bool { return b.ID == n }) })
	if len(missing) > 0 {
		faults.Add(fieldRebates, "not_pending", "These rebates are not waiting for approval: "+listIDs(missing)+".")
		return nil
	}
	if len(s.Rebates) == 0 {
		return nil
	}
	f.Totals, err = tx.SumPending(ctx, partnerID, s.Rebates)
	return err
}

func (f *loadedSelection) addRows(ctx context.Context, tx RunTx, partnerID id.UUID, s Selection, statuses []Status, faults *fault.Fields) error {
	if len(s.Rows) == 0 {
		return nil
	}
	rows, err := tx.Rows(ctx, partnerID, s.Rows)
	if err != nil {
		return err
	}
	parents, err := parentsOf(ctx, tx, partnerID, rows)
	if err != nil {
		return err
	}
	waiting := map[int64]bool{}
	for _, row := range rows {
		parent := parents[row.RebateID]
		status := row.Status
		if row.Pay.Amount == 0 || status == StatusPending { // these rows have the status of their rebate
			status = parent.Status
		}
		if !slices.Contains(statuses, status) {
			continue
		}
		waiting[row.ID] = true
		if parent.Status == StatusPending && slices.Contains(s.Rebates, row.RebateID) && row.Status != StatusFailed {
			continue // the sums of its rebate already include this row
		}
		f.span(parent)
		f.Reward = f.Reward.Plus(row.Reward)
		if row.Pay.Amount > 0 {
			f.rows = append(f.rows, row.ID)
			f.Pay = f.Pay.Plus(row.Pay)
			f.Paying++
		}
	}
	if missing := exclude(s.Rows, func(n int64) bool { return waiting[n] }); len(missing) > 0 {
		faults.Add(fieldRows, "not_pending", "These rows are not waiting for "+purpose(statuses)+": "+listIDs(missing)+".")
	}
	return nil
}

func purpose(statuses []Status) string {
	if slices.Contains(statuses, StatusPending) {
		return "approval"
	}
	return "a retry"
}

func parentsOf(ctx context.Context, tx RunTx, partnerID id.UUID, rows []Row) (map[int64]Rebate, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].RebateID
	}
	parents, err := tx.Rebates(ctx, partnerID, sortUnique(ids))
	if err != nil {
		return nil, err
	}
	out := map[int64]Rebate{}
	for _, b := range parents {
		out[b.ID] = b
	}
	return out, nil
}

// span extends the range of days to include a rebate's period.
func (f *loadedSelection) span(b Rebate) {
	if f.Currency == "" {
		f.Currency, f.First, f.Last = b.Currency, b.First, b.Last
	}
	f.First, f.Last = min(f.First, b.First), max(f.Last, b.Last)
}

func exclude(ids []int64, known func(int64) bool) []int64 {
	return slices.DeleteFunc(slices.Clone(ids), known)
}

func listIDs(ids []int64) string {
	const most = 20
	var out []string
	for _, n := range ids[:min(most, len(ids))] {
		out = append(out, strconv.FormatInt(n, 10))
	}
	text := strings.Join(out, ", ")
	if len(ids) > most {
		text += fmt.Sprintf(" and %d more", len(ids)-most)
	}
	return text
}

// digest identifies a selection and its sums. If the ids, the number of rows
// and the sums are the same, then the payments are the same. The reason is that
// rows can only leave the set of waiting rows, and that a row's payment never
// changes after its period has closed.
func (s Selection) digest(shown *Shown) verification.Digest {
	return verification.DigestOf(verification.ApproveRebates, joinIDs(s.Rebates), joinIDs(s.Rows), strconv.FormatInt(shown.Paying, 10),
		shown.Reward.Amount.String(), shown.Reward.USD.String(), shown.Pay.Amount.String(), shown.Pay.USD.String(), shown.Currency)
}

func joinIDs(ids []int64) string {
	out := make([]byte, 0, 8*len(ids))
	for _, n := range ids {
		out = append(strconv.AppendInt(out, n, 10), ',')
	}
	return string(out)
}
