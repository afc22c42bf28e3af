package db

import (
	"encoding/json"
	"fmt"
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
