package db

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Filter is the WHERE clause of a list, with its arguments. The zero Filter
// matches every row. A method with an empty list of values adds no condition.
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

// And adds a condition in SQL. Bind returns the placeholders of its arguments.
func (f *Filter) And(condition string) { f.all = append(f.all, condition) }

// Clone returns an independent copy.
func (f *Filter) Clone() *Filter { return &Filter{slices.Clone(f.all), f.Values()} }

// AnyText adds the condition that a column has one of several values. For a
// single value it uses =. An index on the column and others can then also
// provide the order.
func (f *Filter) AnyText(column string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		f.Is(column, values[0])
	default:
		f.And(column + " @any(" + f.Bind(values) + ")")
	}
}

// AnyID is AnyText for a column of ids.
func (f *Filter) AnyID(column string, values []id.UUID) {
	switch len(values) {
	case 0:
	case 1:
		f.Is(column, values[0])
	default:
		f.And(column + " @anyid(" + f.Bind(values) + ")")
	}
}

// Where returns the clause with a space before it, or "" if there are no
// conditions.
func (f *Filter) Where() string {
	if len(f.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.all, " AND ")
}

// Values returns a copy of the arguments for one statement. The copy is
// necessary because an engine may change the arguments.
func (f *Filter) Values() []any { return slices.Clone(f.args) }

// Cut returns the LIMIT of a page. It binds arguments, so call it only for the
// last statement that uses the filter.
func (f *Filter) Cut(p page.Page) string {
	return " LIMIT " + f.Bind(int64(p.Limit)) + " OFFSET " + f.Bind(int64(p.Offset))
}
