package db

import (
	"regexp"
	"sync"
	"sync/atomic"
)

var (
	anyList     = regexp.MustCompile(`@any\((\$\d+)\)`)
	anyIDList   = regexp.MustCompile(`@anyid\((\$\d+)\)`)
	rowList     = regexp.MustCompile(`@rows\((\$\d+)\)`)
	uuidText    = regexp.MustCompile(`@uuid\(([^)]*)\)`)
	placeholder = regexp.MustCompile(`\$(\d+)`)
	rewritten   sync.Map // rewritten statements, by engine and original text
	kept        atomic.Int64
)

const maxKept = 2000

type rewriteKey struct {
	engine Engine
	query  string
}

// Rewrite converts a statement to the syntax of an engine. It replaces the
// placeholders and the special forms that Querier describes.
func Rewrite(engine Engine, query string) string {
	key := rewriteKey{engine, query}
	if done, ok := rewritten.Load(key); ok {
		return done.(string) //nolint:forcetypeassert // the map has only strings
	}
	var out string
	if engine == SQLite {
		out = anyList.ReplaceAllString(query, "IN (SELECT value FROM json_each($1))")
		out = anyIDList.ReplaceAllString(out, "IN (SELECT unhex(value) FROM json_each($1))")
		out = rowList.ReplaceAllString(out, "json_each($1) AS k")
		out = uuidText.ReplaceAllString(out, "unhex($1)")
		out = placeholder.ReplaceAllString(out, "?$1")
	} else {
		out = anyList.ReplaceAllString(query, "= ANY($1)")
		out = anyIDList.ReplaceAllString(out, "= ANY($1)")
		out = rowList.ReplaceAllString(out, "jsonb_array_elements(CAST($1 AS text)::jsonb) AS k(value)")
		out = uuidText.ReplaceAllString(out, "CAST($1 AS uuid)")
	}
	// Reports create many different statements. When the cache is full, further
	// statements are rewritten at every use.
	if kept.Add(1) <= maxKept {
		rewritten.Store(key, out)
	}
	return out
}
