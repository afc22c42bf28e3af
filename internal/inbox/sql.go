package inbox

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/page"
)

// Store reads the facts that wait or were dismissed.
type Store struct{ db db.DB }

// NewStore returns the Store of a database.
func NewStore(db db.DB) Store { return Store{db} }

// Health reads the state of the feed from one snapshot. Its cost depends on the
// number of waiting facts and reported days, not on the number of all facts.
func (s Store) Health(ctx context.Context) (*Health, error) {
	h := &Health{}
	err := s.db.Read(ctx, func(ctx context.Context, q db.Querier) (err error) {
		*h = Health{}
		err = q.QueryRow(ctx, `SELECT CAST(coalesce(sum(orders), 0) AS bigint), CAST(coalesce(sum(lots_e8), 0) AS bigint) FROM server_days`).
			Scan(&h.Orders, (*int64)(&h.Lots))
		if err != nil {
			return err
		}
		h.Days, err = db.All[Day](ctx, q, `SELECT name, day, expected_orders, orders, expected_lots_e8, lots_e8 FROM server_days
			WHERE expected_orders <> orders OR expected_lots_e8 <> lots_e8 ORDER BY day DESC, server LIMIT $1`, int64(MaxDays))
		if err != nil {
			return err
		}
		h.Waiting, err = waitingByKind(ctx, q)
		return err
	})
	return h, err
}

// waitingByKind counts the waiting facts for each kind of key. The kind is the part
// of the key before the colon. The query reads the whole index facts_waiting_for in
// order.
func waitingByKind(ctx context.Context, q db.Querier) ([]Waiting, error) {
	type row struct {
		Key    string    `db:"waits_for"`
		Facts  int64     `db:"facts"`
		Oldest time.Time `db:"oldest_at"`
	}
	rows, err := db.All[row](ctx, q, `SELECT waits_for, count(*) AS facts, min(at) AS oldest_at FROM facts_waiting GROUP BY waits_for ORDER BY waits_for`)
	kinds := map[string]*Waiting{}
	for _, r := range rows {
		kind, missing := kindOf(r.Key)
		w := kinds[kind]
		if w == nil {
			w = &Waiting{Kind: kind, Oldest: r.Oldest}
			kinds[kind] = w
		}
		w.Facts += r.Facts
		if r.Oldest.Before(w.Oldest) {
			w.Oldest = r.Oldest
		}
		if missing != "" && len(w.Keys) < MaxKeys {
			w.Keys = append(w.Keys, missing)
		}
	}
	list := make([]Waiting, 0, len(kinds))
	for _, w := range kinds {
		list = append(list, *w)
	}
	slices.SortFunc(list, func(a, b Waiting) int { return cmp.Compare(a.Kind, b.Kind) })
	return list, err
}

func kindOf(key string) (kind, missing string) {
	if key == "" {
		return KindReady, ""
	}
	kind, missing, _ = strings.Cut(key, ":")
	return kind, missing
}

const accountPrefix = feed.KindAccount + ":"

// UnattributedAccounts returns one page of the unknown accounts for which facts
// wait, sorted by number, and the totals of all these accounts. It ignores the
// sort order in p.
func (s Store) UnattributedAccounts(ctx context.Context, p page.Page) (list []Account, totals AccountTotals, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		type row struct {
			Account

			Key string `db:"waits_for"`
		}
		list, err = db.AllAs(ctx, q, func(r row) (Account, error) {
			r.ClientAccount = strings.TrimPrefix(r.Key, accountPrefix)
			return r.Account, nil
		}, `SELECT waits_for, count(order_key) AS orders, count(*) AS facts, min(at) AS first_at, max(at) AS last_at FROM facts_waiting
			WHERE waits_for LIKE 'account:%' GROUP BY waits_for ORDER BY waits_for LIMIT $1 OFFSET $2`, int64(p.Limit), int64(p.Offset))
		if err != nil {
			return err
		}
		totals, _, err = db.One[AccountTotals](ctx, q, `SELECT count(DISTINCT waits_for) AS accounts, count(order_key) AS orders, count(*) AS facts
			FROM facts_waiting WHERE waits_for LIKE 'account:%'`)
		return err
	})
	return list, totals, err
}

// Waiting returns the number of waiting facts. The query reads the whole of the
// smallest index.
func (s Store) Waiting(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM facts_waiting`).Scan(&n)
	return n, err
}

// AnyFact reports whether the store has any fact.
func (s Store) AnyFact(ctx context.Context) (bool, error) {
	var some int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM facts LIMIT 1) w`).Scan(&some)
	return some > 0, err
}

// Fresh reports whether the database has neither facts nor plans.
func (s Store) Fresh(ctx context.Context) (bool, error) {
	var some int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 WHERE EXISTS (SELECT 1 FROM facts) OR EXISTS (SELECT 1 FROM plans)) w`).Scan(&some)
	return some == 0, err
}
