package verify

import (
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
)

// sides is a check that two queries have the same sums for each key. Each query
// selects the keys and then the values, and the check adds up the rows of each
// key. If only one query has a key, the sums of the other are zero.
//
// The check reads each query once and groups both together. A join of two sums
// could take quadratic time, because the engine may compute one sum again for
// each row of the other. SQLite does this on the right side of a FULL JOIN, for
// which it builds no index. PostgreSQL does this if its statistics predict
// almost no groups.
type sides struct {
	invariant   int
	title       string
	keys        string // the first two keys identify a wrong row in the report
	values      string
	left, right string
	// These conditions may use left_rows and right_rows, the numbers of rows on each
	// side. They may also use the sums of the values on each side.
	where string // condition for the keys to compare; empty means all
	or    string // condition under which there is a fault even if all values are equal
}

// amounts are two columns: an amount in the account's currency and the amount
// in USD.
const amounts = "amount, usd"

const (
	ofLeft    = "left_rows > 0"                   // for queries where another check finds the keys that are only on the right
	onOneSide = "left_rows = 0 OR right_rows = 0" // for values where a sum of zero differs from a missing row
)

// check returns the query. For a wrong key it shows the first value that
// differs, on both sides.
func (s sides) check() check {
	values := db.Columns(s.values)
	each := func(separator, of string) string {
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = strings.ReplaceAll(of, "@", v)
		}
		return strings.Join(parts, separator)
	}
	names := append(db.Columns(s.keys), "''")[:2]
	wrong := "(" + each(" OR ", "left_@ <> right_@")
	if s.or != "" {
		wrong += " OR " + s.or
	}
	wrong += ")"
	if s.where != "" {
		wrong += " AND " + s.where
	}
	return check{s.invariant, s.title, fmt.Sprintf(`WITH both_sides (side, %[1]s, %[2]s) AS (
			SELECT 1, l.* FROM (%[3]s) l
			UNION ALL SELECT 2, r.* FROM (%[4]s) r)
		SELECT %[5]s, (CASE %[6]s ELSE 'rows' END) || ' ' || (CASE WHEN left_rows = 0 THEN 'none' %[7]s ELSE CAST(left_rows AS text) END),
			CASE WHEN right_rows = 0 THEN 'none' %[8]s ELSE CAST(right_rows AS text) END
		FROM (SELECT %[1]s, sum(CASE side WHEN 1 THEN 1 ELSE 0 END) AS left_rows, sum(CASE side WHEN 2 THEN 1 ELSE 0 END) AS right_rows,
			%[9]s FROM both_sides GROUP BY %[1]s) added_up
		WHERE %[10]s`,
		s.keys, s.values, s.left, s.right, strings.Join(names, ", "),
		each(" ", "WHEN left_@ <> right_@ THEN '@'"),
		each(" ", "WHEN left_@ <> right_@ THEN CAST(left_@ AS text)"),
		each(" ", "WHEN left_@ <> right_@ THEN CAST(right_@ AS text)"),
		each(", ", "sum(CASE side WHEN 1 THEN @ ELSE 0 END) AS left_@, sum(CASE side WHEN 2 THEN @ ELSE 0 END) AS right_@"), wrong)}
}
