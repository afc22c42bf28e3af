package level

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/reward"
)

// Recompute computes every progress reward again from the rewards of its month. It
// calls differ for each stored row that is wrong or superfluous, and for each row
// that is missing. It reads one day of one partner at a time.
func Recompute(ctx context.Context, q db.Querier, zone *time.Location, differ func(string)) error {
	plans, err := reward.LoadPlans(ctx, q)
	if err != nil {
		return err
	}
	rises, err := db.All[*Review](ctx, q, `SELECT `+reviews.Of("v")+` FROM level_reviews v WHERE v.progress_id IS NOT NULL ORDER BY v.partner_id, v.review_day`)
	if err != nil {
		return err
	}
	for _, r := range rises {
		stored, err := storedRows(ctx, q, r)
		if err != nil {
			return err
		}
		for day := r.PeriodStart; day <= *r.PaidThrough; day++ {
			wanted, err := rowsFor(ctx, q, r, plans, day, day, zone)
			if err != nil {
				return err
			}
			compare(wanted, stored, differ)
		}
		for _, row := range stored {
			differ(row.String() + ": no reward pays it")
		}
	}
	return nil
}

type storedKey struct {
	key  rowKey
	kind reward.Kind
}

func (r *Row) key() rowKey { return rowKey{r.PartnerID, r.ClientAccount, r.Ticket, r.Part} }

// String identifies the row in the messages of Recompute.
func (r *Row) String() string {
	return fmt.Sprintf("partner %s progress reward %d account %s ticket %d part %d kind %d",
		r.PartnerID, r.ProgressID, r.ClientAccount, r.Ticket, r.Part, r.Kind)
}

func storedRows(ctx context.Context, q db.Querier, r *Review) (map[storedKey]*Row, error) {
	found, err := db.All[*Row](ctx, q, `SELECT `+rows.Of("w")+` FROM progress_rows w WHERE w.partner_id = $1 AND w.progress_id = $2`, r.PartnerID, r.ProgressID)
	out := make(map[storedKey]*Row, len(found))
	for _, row := range found {
		out[storedKey{row.key(), row.Kind}] = row
	}
	return out, err
}

// compare calls differ for each wanted row that is not stored or is stored with
// other values. It removes the rows that it finds from the stored ones.
func compare(wanted []*Row, stored map[storedKey]*Row, differ func(string)) {
	for _, want := range wanted {
		key := storedKey{want.key(), want.Kind}
		row := stored[key]
		delete(stored, key)
		if row == nil {
			differ(want.String() + ": it is missing")
			continue
		}
		want.ID = row.ID
		if *row != *want {
			differ(fmt.Sprintf("%s: stored %+v, recomputed %+v", want, *row, *want))
		}
	}
}
