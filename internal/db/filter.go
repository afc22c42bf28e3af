package db

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Filter builds the WHERE clause of a list and collects its arguments. The zero
// Filter matches every row. A method that is given no values adds no condition.
type Filter struct {
	all  []string
	args []any
}

// Bind adds an argument and returns its placeholder.
func (f *Filter) Bind(arg any) string {
	f.args = append(f.args, arg)
	return "$" + strconv.Itoa(len(f.args))
}

// Is adds the condition that a column has a value.
func (f *Filter) Is(column string, value any) { f.And(column + " = " + f.Bind(value)) }

// And adds a condition in SQL. Call Bind to get placeholders for its arguments.
func (f *Filter) And(condition string) { f.all = append(f.all, condition) }

// Clone returns a copy that is independent of f.
func (f *Filter) Clone() *Filter { return &Filter{slices.Clone(f.all), f.Values()} }

// AnyText adds the condition that a column has one of several values. A single
// value is compared with =, because an index that starts with the column can
// then also return the rows in order.
func (f *Filter) AnyText(column string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		f.Is(column, values[0])
	default:
		f.And(column + " @any(" + f.Bind(values) + ")")
	}
}

// AnyID is like AnyText, for a column of ids.
func (f *Filter) AnyID(column string, values []id.UUID) {
	switch len(values) {
	case 0:
	case 1:
		f.Is(column, values[0])
	default:
		f.And(column + " @anyid(" + f.Bind(values) + ")")
	}
}

// Where returns the WHERE clause with a leading space, or "" if there are no
// conditions.
func (f *Filter) Where() string {
	if len(f.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.all, " AND ")
}

// Values returns a copy of the arguments for one statement. The engine changes
// this copy.
func (f *Filter) Values() []any { return slices.Clone(f.args) }

// Cut returns the LIMIT and OFFSET clause of a page. It adds arguments, so call
// it only for the last statement that uses the filter.
func (f *Filter) Cut(p page.Page) string {
	return " LIMIT " + f.Bind(int64(p.Limit)) + " OFFSET " + f.Bind(int64(p.Offset))
}
