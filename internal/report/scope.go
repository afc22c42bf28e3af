package report

import (
	"regexp"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
)

// A lookup is another table by which a filter finds rows of t. Its fields are
// SQL: own is a column of t, key is the column of the other table with the same
// values, and partner is the other table's column with the partner.
type lookup struct{ own, table, key, partner string }

// within returns a condition on t: the lookup's table has a row with the same
// partner and key as t, and that row meets the given condition.
func (b *builder) within(l *lookup, condition string) string {
	if b.all {
		return "(t.partner_id, " + l.own + ") IN (SELECT " + l.partner + ", " + l.key + " FROM " + l.table + " WHERE " + b.known(l.partner) + " AND " + condition + ")"
	}
	return l.own + " IN (SELECT " + l.key + " FROM " + l.table + " WHERE " + b.mine(l.partner) + " AND " + condition + ")"
}

// mine returns the condition that a row belongs to the partner of the request. In
// a statement for all partners, only the programme itself is excluded, which is
// $1.
func (b *builder) mine(partner string) string {
	if b.all {
		return partner + " <> $1"
	}
	return partner + " = $1"
}

// known returns a condition that is true for every partner. With it, an index
// that begins with the partner finds rows by its other columns, with one search
// for each partner.
func (b *builder) known(partner string) string {
	return partner + " IN (SELECT m.partner_id FROM partners m)"
}

var partnerMarks = regexp.MustCompile(`@(mine|same|distinct|newest|all)\(([^(),]+(?:\([^()]*\))?)(?:, ([^()]+))?\)`)

// scoped replaces the marks that name the partner. See Source.
func (b *builder) scoped(sql string) string {
	return partnerMarks.ReplaceAllStringFunc(sql, func(found string) string {
		part := partnerMarks.FindStringSubmatch(found)
		switch {
		case part[1] == "mine":
			return b.mine(part[2])
		case part[1] == "distinct":
			return b.distinct(part[2])
		case part[1] == "newest" && b.newest:
			return "INDEXED BY " + part[2]
		case part[1] == "all" && b.all:
			return "AND " + part[2]
		case part[1] == "newest", part[1] == "all":
			return ""
		case b.all:
			return part[2] + " = " + part[3]
		default:
			return part[2] + " = $1"
		}
	})
}

// readsNewest reports whether SQLite needs a hint to read the rows of all
// partners from the index of the default order. Without statistics, it would read
// the whole table and sort it.
func (b *builder) readsNewest(d *Definition) bool {
	return b.all && !b.found && b.engine == db.SQLite && slices.Equal(b.by, d.Order)
}

// anySelective reports whether an index finds the few rows that meet the
// conditions.
func anySelective(conditions []condition) bool {
	return slices.ContainsFunc(conditions, func(c condition) bool { return c.finds })
}

func (b *builder) distinct(sql string) string {
	switch {
	case !b.all:
		return "count(DISTINCT " + sql + ")"
	case b.engine == db.Postgres:
		return "count(DISTINCT (t.partner_id, " + sql + "))"
	default:
		return "count(DISTINCT hex(t.partner_id) || ' ' || hex(" + sql + "))"
	}
}
