package partner

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Changed returns the partners whose parent or country was ever changed. There are few
// of them, because only the broker changes them, one at a time.
func Changed(ctx context.Context, q db.Querier) ([]id.UUID, error) {
	return db.All[id.UUID](ctx, q, `SELECT DISTINCT partner_id FROM partner_changes ORDER BY partner_id`)
}

// ChangesOf returns the changes of all partners, by partner, oldest first.
func ChangesOf(ctx context.Context, q db.Querier) (map[id.UUID][]Change, error) {
	all, err := db.All[Change](ctx, q, `SELECT `+changes.Of("")+` FROM partner_changes ORDER BY partner_id, from_at, fact_id`)
	out := map[id.UUID][]Change{}
	for _, c := range all {
		out[c.PartnerID] = append(out[c.PartnerID], c)
	}
	return out, err
}

// ChildrenEver returns the partners who are directly below one of these partners at any
// time. The query uses the indexes partners_parent and partner_changes_parent.
func ChildrenEver(ctx context.Context, q db.Querier, parents []id.UUID) ([]id.UUID, error) {
	return db.All[id.UUID](ctx, q, `SELECT partner_id FROM partners WHERE parent_id @anyid($1)
		UNION SELECT partner_id FROM partner_changes WHERE parent_id @anyid($1)`, parents)
}

// SaveChanges stores the changes of partners, with their present parents and countries.
func SaveChanges(ctx context.Context, q db.Querier, partners []*Partner) error {
	for _, p := range partners {
		if _, err := q.Exec(ctx, `DELETE FROM partner_changes WHERE partner_id = $1`, p.ID); err != nil {
			return err
		}
		if err := changes.Insert(ctx, q, p.Changes...); err != nil {
			return err
		}
		if _, err := q.Exec(ctx, `UPDATE partners SET parent_id = $2, country = $3 WHERE partner_id = $1`, p.ID, p.ParentID, p.Country); err != nil {
			return err
		}
	}
	return nil
}

// Below returns these partners and everyone who is below them at any time, up to limit
// steps, in the order of their ids.
func Below(ctx context.Context, q db.Querier, partners []id.UUID, limit int) ([]id.UUID, error) {
	found := map[id.UUID]bool{}
	for _, partnerID := range partners {
		found[partnerID] = true
	}
	for level := partners; limit > 0 && len(level) > 0; limit-- {
		children, err := ChildrenEver(ctx, q, level)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, child := range children {
			if !found[child] {
				found[child], level = true, append(level, child)
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(x, y id.UUID) int { return bytes.Compare(x[:], y[:]) }), nil
}

// LoadTree returns these partners, all partners with changes, and everyone who is above
// one of them at any time.
func LoadTree(ctx context.Context, q db.Querier, partners ...id.UUID) (map[id.UUID]*Partner, error) {
	next, err := Changed(ctx, q)
	if err != nil {
		return nil, err
	}
	next = append(next, partners...)
	all := map[id.UUID]*Partner{}
	return all, loadAbove(ctx, q, all, next)
}

// loadAbove adds partners and everyone who is above them at any time to all.
func loadAbove(ctx context.Context, q db.Querier, all map[id.UUID]*Partner, next []id.UUID) error {
	for len(next) > 0 {
		found, err := Load(ctx, q, next)
		if err != nil {
			return err
		}
		next = nil
		for _, p := range found {
			all[p.ID] = p
		}
		for _, p := range found {
			for _, parent := range p.ParentsEver() {
				if all[parent] == nil {
					next = append(next, parent)
				}
			}
		}
	}
	return nil
}

// LoadMore adds partners and everyone who is above them at any time to all, unless they
// are there.
func LoadMore(ctx context.Context, q db.Querier, all map[id.UUID]*Partner, partners []id.UUID) error {
	return loadAbove(ctx, q, all, slices.DeleteFunc(slices.Clone(partners), func(partnerID id.UUID) bool { return all[partnerID] != nil }))
}
