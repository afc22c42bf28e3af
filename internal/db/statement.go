package db

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// JSONRows encodes keys of several parts for @rows. A part is a string or an
// integer. Pass a UUID as the result of id.UUID.Hex.
func JSONRows[T any](list []T, parts func(T) []any) string {
	rows := make([][]any, len(list))
	for i, item := range list {
		rows[i] = parts(item)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("db: cannot encode the keys: %v", err)) // cannot happen, because strings and integers can always be encoded
	}
	return string(text)
}

// Columns splits a list of columns that are separated by commas.
func Columns(list string) []string { return strings.Fields(strings.ReplaceAll(list, ",", " ")) }

// Replacing returns an ON CONFLICT clause that replaces the existing row with
// the inserted row. The columns of the key and the untouched columns keep their
// values.
func Replacing(key string, all []string, untouched ...string) string {
	skip := append(Columns(key), untouched...)
	var set []string
	for _, c := range all {
		if !slices.Contains(skip, c) {
			set = append(set, c+" = excluded."+c)
		}
	}
	return fmt.Sprintf("(%s) DO UPDATE SET %s", key, strings.Join(set, ", "))
}

// InsertSelect returns the beginning of a statement that inserts the rows of a
// query. The caller appends the rest of the query, from FROM onwards.
// expressions maps each column to its SQL expression, so that no value depends
// on its position. The columns are in alphabetical order.
func InsertSelect(table string, expressions map[string]string) string {
	columns := slices.Sorted(maps.Keys(expressions))
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = expressions[c]
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s ", table, strings.Join(columns, ", "), strings.Join(list, ", "))
}
