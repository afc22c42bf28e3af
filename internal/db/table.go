package db

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// Table is a table with rows of type T, which is a struct or a pointer to a
// struct. ColumnsOf describes the tags of its fields.
type Table[T any] struct {
	name    string
	columns []string
}

// NewTable returns the table with this name. Exclude the columns of T that the
// table does not have, or that this Table never writes.
func NewTable[T any](name string, excluded ...string) Table[T] {
	return Table[T]{name, ColumnsOf[T](excluded...)}
}

// ColumnsOf returns the columns of T in the order of its fields, without the
// excluded ones. The db tag of a field is the name of its column, as in
// `db:"at"`. A tag can also have one of these forms:
//
//   - "-": the field has no column.
//   - ",inline": the fields of this struct are columns of the row, as for an
//     embedded struct.
//   - "paid,inline": the same, but the names of these columns begin with paid.
//   - "at,null": the zero value is stored as NULL.
//   - "tags,json": the value is stored as JSON text.
//
// A nil pointer is stored as NULL, and a time in microseconds.
//
// ColumnsOf panics if an exported field has no tag, if two fields have the same
// column, or if a type cannot be stored. Assign its result to a package
// variable, so that any test of the package detects the panic.
func ColumnsOf[T any](excluded ...string) []string {
	of := reflect.TypeFor[T]()
	return mappingOf(of).names(of, excluded)
}

// Of returns the table's columns for a SELECT, such as "d.partner_id, d.at" for
// the alias d. An empty alias adds no prefix.
func (t Table[T]) Of(alias string) string { return List(alias, t.columns) }

// Insert inserts rows. It returns an error if one of the rows exists already.
func (t Table[T]) Insert(ctx context.Context, q Querier, rows ...T) error {
	return t.InsertOn(ctx, q, "", rows...)
}

// InsertOn inserts rows. The SQL in onConflict follows ON CONFLICT in the
// statement, and can be the result of Replacing.
func (t Table[T]) InsertOn(ctx context.Context, q Querier, onConflict string, rows ...T) error {
	if len(rows) == 0 {
		return nil
	}
	m := mappingOf(reflect.TypeFor[T]())
	fields := make([]*field, len(t.columns))
	for i, name := range t.columns {
		fields[i] = m.columns[name]
	}
	return q.Bulk(ctx, BulkInsert{
		Table: t.name, Columns: t.columns, Conflict: onConflict, Rows: len(rows),
		Row: func(i int, dst []any) {
			row := m.row(reflect.ValueOf(&rows[i]).Elem())
			for c, f := range fields {
				dst[c] = f.value(row)
			}
		},
	})
}

// Set returns the assignments of an UPDATE, such as "title = $1, body = $2".
// Each column is set to its value in row. Set adds these values to f as
// arguments.
func (t Table[T]) Set(f *Filter, row T, columns ...string) string {
	m := mappingOf(reflect.TypeFor[T]())
	of := m.row(reflect.ValueOf(&row).Elem())
	set := make([]string, len(columns))
	for i, name := range columns {
		if m.columns[name] == nil {
			panic(fmt.Sprintf("db: a row of %s has no column %s to set", t.name, name))
		}
		set[i] = name + " = " + f.Bind(m.columns[name].value(of))
	}
	return strings.Join(set, ", ")
}

// Replacing returns an ON CONFLICT clause that replaces the existing row with
// the inserted row. The columns of the key and the untouched columns keep their
// values.
func (t Table[T]) Replacing(key string, untouched ...string) string {
	return Replacing(key, t.columns, untouched...)
}

// List returns columns for a SELECT, such as "d.partner_id, d.at" for the alias
// d.
func List(alias string, columns []string) string {
	if alias == "" {
		return strings.Join(columns, ", ")
	}
	return alias + "." + strings.Join(columns, ", "+alias+".")
}

// All returns the rows of a query. Each column of the result fills the field of
// T with the same column. A column that belongs to no field is an error. A
// field that has no column in the result is zero. If T is not a struct, the
// query must return one column.
func All[T any](ctx context.Context, q Querier, query string, args ...any) ([]T, error) {
	var list []T
	err := read(ctx, q, func() *T {
		list = append(list, *new(T))
		return &list[len(list)-1]
	}, func() error { return nil }, query, args)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// AllAs reads rows of type R in the same way as All, and passes each row
// through convert.
func AllAs[R, T any](ctx context.Context, q Querier, convert func(R) (T, error), query string, args ...any) ([]T, error) {
	var list []T
	err := Each(ctx, q, func(row R) error {
		item, err := convert(row)
		list = append(list, item)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Each calls fn for each row of a query as soon as the row has been read. It
// reads rows in the same way as All. fn must not run statements on q, because
// the query is still running.
func Each[T any](ctx context.Context, q Querier, fn func(T) error, query string, args ...any) error {
	var row T
	return read(ctx, q, func() *T {
		row = *new(T)
		return &row
	}, func() error { return fn(row) }, query, args)
}

// One returns the first row of a query. If there is no row, found is
// false. It reads the row in the same way as All.
func One[T any](ctx context.Context, q Querier, query string, args ...any) (row T, found bool, err error) {
	err = read(ctx, q, func() *T {
		if found {
			return nil
		}
		return &row
	}, func() error {
		found = true
		return nil
	}, query, args)
	return row, found && err == nil, err
}

// OneOr does the same as One, but returns errMissing if there is no row.
func OneOr[T any](ctx context.Context, q Querier, errMissing error, query string, args ...any) (T, error) {
	row, found, err := One[T](ctx, q, query, args...)
	if err == nil && !found {
		err = errMissing
	}
	return row, err
}

// read scans each row into the value that next returns, and then calls scanned.
// It stops when next returns nil.
func read[T any](ctx context.Context, q Querier, next func() *T, scanned func() error, query string, args []any) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	s, err := newScanner(reflect.TypeFor[T](), rows)
	if err != nil {
		return fmt.Errorf("%w in %q", err, query)
	}
	for rows.Next() {
		to := next()
		if to == nil {
			break
		}
		if err := s.scan(rows, reflect.ValueOf(to).Elem()); err != nil {
			return err
		}
		if err := scanned(); err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}

type scanner struct {
	m       *mapping
	fields  []*field
	cells   []cell
	targets []any
}

func newScanner(of reflect.Type, rows Rows) (*scanner, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	m := mappingOf(of)
	s := &scanner{m, make([]*field, len(names)), make([]cell, len(names)), make([]any, len(names))}
	seen := make([]bool, len(m.fields))
	for i, name := range names {
		f := m.columns[name]
		if m.scalar && len(names) == 1 {
			f = m.fields[0]
		}
		if f == nil || seen[f.at] {
			return nil, fmt.Errorf("%w: column %d is %q in a row for %s", errColumn, i+1, name, of)
		}
		seen[f.at] = true
		s.fields[i], s.cells[i].field = f, f
		s.targets[i] = &s.cells[i]
	}
	return s, nil
}

func (s *scanner) scan(rows Rows, v reflect.Value) error {
	row := s.m.row(v)
	for i, f := range s.fields {
		to := f.valueIn(row)
		if f.direct {
			s.targets[i] = to.Addr().Interface()
		} else {
			s.cells[i].to = to
		}
	}
	return rows.Scan(s.targets...)
}
