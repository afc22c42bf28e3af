package db

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// JSONRows encodes a list of keys with several parts for @rows. Parts are
// strings and integers; UUIDs are passed as Hex.
func JSONRows[T any](list []T, parts func(T) []any) string {
	rows := make([][]any, len(list))
	for i, item := range list {
		rows[i] = parts(item)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("db: keys do not encode: %v", err)) // strings and integers always do
	}
	return string(text)
}

// Columns splits a list of column names.
func Columns(list string) []string { return strings.Fields(strings.ReplaceAll(list, ",", " ")) }

// Replacing returns the ON CONFLICT clause that overwrites a row with the
// inserted one, except for its key and the columns named.
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
