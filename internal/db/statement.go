package db

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// JSONRows encodes a list of keys with several parts for @rows. Parts are
// strings and integers. UUIDs are passed in the form of id.UUID.Hex.
func JSONRows[T any](list []T, parts func(T) []any) string {
	rows := make([][]any, len(list))
	for i, item := range list {
		rows[i] = parts(item)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("db: keys do not encode: %v", err)) // cannot happen, because strings and integers always encode
	}
	return string(text)
}

// Columns splits a list of column names.
func Columns(list string) []string { return strings.Fields(strings.ReplaceAll(list, ",", " ")) }

// Replacing returns an ON CONFLICT clause that replaces a row by the inserted
// one. It does not change the columns of the key and those in except.
func Replacing(key string, all []string, except ...string) string {
	skip := append(Columns(key), except...)
	var set []string
	for _, c := range all {
		if !slices.Contains(skip, c) {
			set = append(set, c+" = excluded."+c)
		}
	}
	return fmt.Sprintf("(%s) DO UPDATE SET %s", key, strings.Join(set, ", "))
}

// InsertSelect returns the beginning of a statement that inserts the rows of a
// query, up to FROM. values maps each column of the table to its SQL
// expression, so that no value is written by position. The columns are in
// alphabetical order.
func InsertSelect(table string, values map[string]string) string {
	columns := slices.Sorted(maps.Keys(values))
	expressions := make([]string, len(columns))
	for i, c := range columns {
		expressions[i] = values[c]
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s ", table, strings.Join(columns, ", "), strings.Join(expressions, ", "))
}
