package sqldb

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// filter is the WHERE clause of a list with what is bound to it. The zero
// filter lets everything through; so does an empty list of values.
type filter struct {
	all  []string
	args []any
}

func (f *filter) bind(arg any) string {
	f.args = append(f.args, arg)
	return "$" + strconv.Itoa(len(f.args))
}

func (f *filter) is(column string, value any) { f.all = append(f.all, column+" = "+f.bind(value)) }

// anyText compares one value by = and several by a list: an index that leads
// with the column serves the first in its own order.
func (f *filter) anyText(column string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		f.is(column, values[0])
	default:
		f.all = append(f.all, column+" @any("+f.bind(values)+")")
	}
}

func (f *filter) anyID(column string, values []id.UUID) {
	switch len(values) {
	case 0:
	case 1:
		f.is(column, values[0])
	default:
		f.all = append(f.all, column+" @anyid("+f.bind(values)+")")
	}
}

func (f *filter) where() string {
	if len(f.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.all, " AND ")
}

// values are the arguments for one statement: an engine may change them.
func (f *filter) values() []any { return slices.Clone(f.args) }

// cut is the LIMIT of a page. It binds more: for the last statement.
func (f *filter) cut(p page.Page) string {
	return " LIMIT " + f.bind(int64(p.Limit)) + " OFFSET " + f.bind(int64(p.Offset))
}
