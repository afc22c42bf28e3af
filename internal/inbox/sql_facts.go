package inbox

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
)

var inboxFactColumns = db.Columns(`fact_id, type, at, body, waits_for, message, dismissed_at, reason`)

// Facts returns one page of the facts that match f, oldest first, and the number of
// such facts on all pages. It ignores the sort order in f. The query uses the index
// by the key that a fact waits for, and the primary key of facts.
func (s Store) Facts(ctx context.Context, f Filter) (list []Fact, count int64, err error) {
	from := ` FROM (SELECT fact_id, type, at, body, waits_for, message, CAST(NULL AS bigint) AS dismissed_at, '' AS reason FROM facts_waiting) w`
	if f.Dismissed {
		from = ` FROM (SELECT fact_id, type, at, body, waited_for AS waits_for, message, dismissed_at, reason FROM facts_dismissed) w`
	}
	wanted := factFilter(f)
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		list = nil
		if err := q.QueryRow(ctx, `SELECT count(*)`+from+wanted.Where(), wanted.Values()...).Scan(&count); err != nil {
			return err
		}
		paged := wanted.Clone()
		list, err = db.AllAs(ctx, q, factRow.fact, `SELECT `+db.List("k", inboxFactColumns)+`, f.received_at FROM (SELECT `+db.List("w", inboxFactColumns)+from+paged.Where()+
			` ORDER BY w.at, w.fact_id`+paged.Cut(f.Page)+`) k JOIN facts f ON f.fact_id = k.fact_id ORDER BY k.at, k.fact_id`, paged.Values()...)
		return err
	})
	return list, count, err
}

func factFilter(f Filter) *db.Filter {
	wanted := &db.Filter{}
	wanted.AnyText("w.fact_id", f.IDs)
	types := make([]string, len(f.Types))
	for i, t := range f.Types {
		types[i] = string(t)
	}
	wanted.AnyText("w.type", types)
	kinds := f.Kinds
	if len(kinds) == 0 && f.Key != "" {
		kinds = Kinds
	}
	var parts []string
	for _, kind := range kinds {
		switch {
		case kind == KindReady && f.Key == "":
			parts = append(parts, "w.waits_for = ''")
		case f.Key != "":
			parts = append(parts, "w.waits_for = "+wanted.Bind(kind+":"+f.Key))
		default: // all keys of this kind are between "kind:" and "kind;", because a semicolon follows a colon in ASCII
			parts = append(parts, "(w.waits_for >= "+wanted.Bind(kind+":")+" AND w.waits_for < "+wanted.Bind(kind+";")+")")
		}
	}
	if len(parts) > 0 {
		wanted.And("(" + strings.Join(parts, " OR ") + ")")
	}
	return wanted
}

type factRow struct {
	Fact

	Body     json.RawMessage `db:"body"`
	WaitsFor string          `db:"waits_for"`
}

func (r factRow) fact() (Fact, error) {
	r.Fact.Body = r.Body
	r.Kind, r.Key = kindOf(r.WaitsFor)
	return r.Fact, nil
}
