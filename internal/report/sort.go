package report

import (
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/page"
)

// sortKey is one expression of an ORDER BY clause.
type sortKey struct {
	sql        string
	kind       kind // kind of the values: text, integer, boolean or UUID
	descending bool
	nullable   bool
	nullsFirst bool // only in a reversed order
}

// unindexed is added to a number in ORDER BY, so that neither engine reads the
// rows in the order of an index.
const unindexed = " + 0"

// sortKeys returns the expressions by which a request is sorted. The order is
// the same on both engines, and null comes last in either direction. It ends
// with the row's key, in the direction of the last requested field, so that one
// index can serve both directions.
func (b *builder) sortKeys(d *Definition, by []page.Order) []sortKey {
	var keys []sortKey
	descending := false
	for _, o := range by {
		c := d.column(o.Field)
		if descending = o.Descending; c.Partner != nil {
			continue // every row has the same value in this column
		}
		kinds := c.Format.sortKinds()
		for i, sql := range b.orderKeys(c, b.sql(c)) {
			if b.found && (c.Format.kind == kindDate || c.Format.kind == kindInstant) {
				sql += unindexed // the index of this order would find the rows later than the index of the condition
			}
			keys = append(keys, sortKey{sql: sql, kind: kinds[i], descending: descending, nullable: c.Nullable})
		}
	}
	for _, name := range d.Source.Key {
		key := sortKey{sql: "t." + name, kind: d.keyKind(name), descending: descending}
		if !slices.ContainsFunc(keys, func(k sortKey) bool {
			return strings.TrimSuffix(strings.TrimSuffix(k.sql, unindexed), bytewise) == key.sql && k.descending == descending
		}) {
			keys = append(keys, key)
		}
	}
	return keys
}

// keysOfList returns the expressions by which the list of a request is sorted.
func (b *builder) keysOfList(d *Definition, q *query) []sortKey {
	if d.Groups != nil {
		return b.groupKeys(d, q.columns, q.page.Order)
	}
	return b.sortKeys(d, q.page.Order)
}

// sortKinds returns the kinds of the expressions that orderKeys returns.
func (f Format) sortKinds() []kind {
	if f.kind == kindDigits {
		return []kind{kindText, kindInteger}
	}
	return []kind{f.storedKind()}
}

// storedKind returns the kind of the values in the store.
func (f Format) storedKind() kind {
	switch {
	case f.kind.isTextual():
		return kindText
	case f.kind == kindUUID, f.kind == kindBoolean:
		return f.kind
	default:
		return kindInteger
	}
}

// keyKind returns the kind of a column of the source's key. A column that the
// report does not have is an integer.
func (d *Definition) keyKind(name string) kind {
	for i := range d.Columns {
		if c := &d.Columns[i]; c.SQL == "t."+name {
			return c.Format.storedKind()
		}
	}
	return kindInteger
}

// orderOf returns the ORDER BY clause of the keys.
func orderOf(keys []sortKey) string {
	terms := make([]string, len(keys))
	for i, k := range keys {
		terms[i] = k.sql
		if k.descending {
			terms[i] += " DESC"
		}
		switch {
		case k.nullsFirst:
			terms[i] += " NULLS FIRST"
		case k.nullable:
			terms[i] += " NULLS LAST"
		}
	}
	return " ORDER BY " + strings.Join(terms, ", ")
}

// reverseKeys returns the keys of the opposite order.
func reverseKeys(keys []sortKey) []sortKey {
	opposite := slices.Clone(keys)
	for i := range opposite {
		opposite[i].descending, opposite[i].nullsFirst = !keys[i].descending, keys[i].nullable
	}
	return opposite
}

// afterRow returns the condition that a row comes after the row with these
// values. If all keys have one direction and no nulls, it compares rows, so that
// both engines begin at the right place of an index.
func (b *builder) afterRow(keys []sortKey, values []any) string {
	if uniform(keys) {
		left, right := make([]string, len(keys)), make([]string, len(keys))
		for i, k := range keys {
			left[i], right[i] = k.sql, b.bindKey(k, values[i])
		}
		return "(" + strings.Join(left, ", ") + ")" + keys[0].compares() + "(" + strings.Join(right, ", ") + ")"
	}
	var ways, equal []string
	for i, k := range keys {
		bound := "NULL"
		if values[i] != nil {
			bound = b.bindKey(k, values[i])
		}
		if beyond := k.beyond(bound, values[i] == nil); beyond != "" {
			ways = append(ways, strings.Join(append(slices.Clone(equal), beyond), " AND "))
		}
		if values[i] == nil {
			equal = append(equal, k.sql+" IS NULL")
		} else {
			equal = append(equal, k.sql+" = "+bound)
		}
	}
	if len(ways) == 0 {
		return "1 = 0"
	}
	condition := "(" + strings.Join(ways, " OR ") + ")"
	if first := keys[0]; !first.nullable { // so that an index on the first key can serve
		condition += " AND " + first.sql + strings.TrimSpace(first.compares()) + "= " + b.bindKey(first, values[0])
	}
	return condition
}

func uniform(keys []sortKey) bool {
	return !slices.ContainsFunc(keys, func(k sortKey) bool { return k.nullable || k.descending != keys[0].descending })
}

func (k sortKey) compares() string {
	if k.descending {
		return " < "
	}
	return " > "
}

// beyond returns the condition that a row comes after a value if only this key
// is compared. It returns "" if no row can come after the value.
func (k sortKey) beyond(bound string, null bool) string {
	switch {
	case null && k.nullsFirst:
		return k.sql + " IS NOT NULL"
	case null:
		return ""
	case k.nullable && !k.nullsFirst:
		return "(" + k.sql + k.compares() + bound + " OR " + k.sql + " IS NULL)"
	default:
		return k.sql + k.compares() + bound
	}
}

// bindKey binds a value of a key. PostgreSQL would refuse an integer beyond the
// range of a small column, which a cursor that someone made up may have.
func (b *builder) bindKey(k sortKey, v any) string {
	if b.engine == db.Postgres && k.kind == kindInteger {
		return "CAST(" + b.bind(v) + " AS BIGINT)"
	}
	return b.bind(v)
}

func keysOf(keys []sortKey) string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = k.sql
	}
	return strings.Join(all, ", ")
}
