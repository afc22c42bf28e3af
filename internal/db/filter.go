package db

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Filter is the WHERE clause of a list with what is bound to it. The zero
// filter lets everything through; so does an empty list of values.
type Filter struct {
	all  []string
	args []any
}

// Bind keeps an argument and returns its placeholder.
func (f *Filter) Bind(arg any) string {
	f.args = append(f.args, arg)
	return "$" + strconv.Itoa(len(f.args))
}

// Is requires one value of a column.
func (f *Filter) Is(column string, value any) { f.And(column + " = " + f.Bind(value)) }

// And requires a condition of the caller's, whose arguments come from Bind.
func (f *Filter) And(condition string) { f.all = append(f.all, condition) }

// Clone returns a copy that can go on by itself.
func (f *Filter) Clone() *Filter { return &Filter{slices.Clone(f.all), f.Values()} }

// AnyText compares one value by = and several by a list: an index that leads
// with the column serves the first in its own order.
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

// Where is the clause with a space before it, or nothing without conditions.
func (f *Filter) Where() string {
	if len(f.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.all, " AND ")
}

// Values are the arguments for one statement: an engine may change them.
func (f *Filter) Values() []any { return slices.Clone(f.args) }

// Cut is the LIMIT of a page. It binds more: for the last statement.
func (f *Filter) Cut(p page.Page) string {
	return " LIMIT " + f.Bind(int64(p.Limit)) + " OFFSET " + f.Bind(int64(p.Offset))
}
