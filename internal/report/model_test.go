package report_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

type cell struct {
	null   bool
	number int64  // value by which the cell is sorted if text is empty
	text   string // value by which requests filter and sort
	wire   string // JSON value
	short  bool   // whether JSON shows only the beginning of text, which is a UID
	digits bool   // whether text is sorted as a number
}

func null() cell { return cell{null: true, wire: "null"} }

func text(s string) cell {
	return cell{text: s, wire: string(object.EncodeText(s))}
}

// account returns the cell of an account number. Such cells are sorted as numbers. If
// two numbers are equal, the one with fewer leading zeros comes first: 99 before 0099.
func account(s string) cell {
	c := text(s)
	c.digits = true
	return c
}

func optionalText(r programmetest.ReportRow, column string) cell {
	if r[column] == nil {
		return null()
	}
	return text(r.Text(column))
}

func integer(n int64) cell { return cell{number: n, wire: strconv.FormatInt(n, 10)} }

func boolean(v bool) cell {
	if v {
		return cell{number: 1, wire: "true"}
	}
	return cell{number: 0, wire: "false"}
}

func uid(u id.UUID) cell { return cell{text: u.String(), wire: `"` + u.String() + `"`} }

func short(u id.UUID) cell {
	return cell{text: u.String(), wire: `"` + u.String()[:8] + `"`, short: true}
}

func day(r programmetest.ReportRow, column string) cell {
	if r[column] == nil {
		return null()
	}
	n := r.Int(column)
	return cell{number: n, wire: `"` + time.Unix(n*86400, 0).UTC().Format("2006-01-02") + `"`}
}

func moment(r programmetest.ReportRow, column string) cell {
	if r[column] == nil {
		return null()
	}
	n := r.Int(column)
	return cell{number: n, wire: `"` + time.UnixMicro(n).UTC().Format(time.RFC3339) + `"`}
}

// decimal returns n / 10^scale with a number of decimal places, rounded half to
// even. It uses big numbers and text, unlike the code under test.
func decimal(n *big.Int, scale, places int) string {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-places)), nil)
	quotient, rest := new(big.Int).QuoRem(new(big.Int).Abs(n), unit, new(big.Int))
	if c := rest.Lsh(rest, 1).Cmp(unit); c > 0 || c == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	digits := fmt.Sprintf("%0*s", places+1, quotient)
	out := digits[:len(digits)-places] + "." + digits[len(digits)-places:]
	if n.Sign() < 0 && quotient.Sign() > 0 {
		out = "-" + out
	}
	return strings.TrimSuffix(out, ".")
}

// numeric returns a format for JSON numbers, which have no trailing zeros.
func numeric(places, shown int) func(*big.Int) string {
	return func(n *big.Int) string {
		return strings.TrimSuffix(strings.TrimRight(decimal(n, places, shown), "0"), ".")
	}
}

func quotedDecimal(places, shown int) func(*big.Int) string {
	return func(n *big.Int) string { return `"` + decimal(n, places, shown) + `"` }
}

var (
	lots        = numeric(8, 8)
	lotsText    = quotedDecimal(8, 7)
	mlnUSD      = numeric(10, 4)
	mlnUSDText  = quotedDecimal(10, 4)
	money2      = quotedDecimal(6, 2)
	moneyNumber = numeric(6, 2)
	count       = func(n *big.Int) string { return n.String() }
)

func numberCell(r programmetest.ReportRow, column string, format func(*big.Int) string) cell {
	n := r.Int(column)
	return cell{number: n, wire: format(big.NewInt(n))}
}

// row is a row of a report in the model, with the record from which it was made.
type row struct {
	cells map[string]cell
	key   []cell
	from  programmetest.ReportRow
}

type sheet struct {
	visible []string // names of the shown columns, in order
	rows    []row
	order   string // default order
	limit   int
	totals  func(rows []row) string // returns the JSON of the totals, without count
	unpaged bool
}

func total(rows []row, column string, format func(*big.Int) string) string {
	sum := new(big.Int)
	for _, r := range rows {
		sum.Add(sum, big.NewInt(r.from.Int(column)))
	}
	return format(sum)
}

func different(rows []row, column string) string {
	seen := map[id.UUID]bool{}
	for _, r := range rows {
		seen[r.from.UID(column)] = true
	}
	return strconv.Itoa(len(seen))
}

func onlyOf(rows []row, value string) string {
	if len(rows) == 0 {
		return "[]"
	}
	return "[" + text(value).wire + "]"
}

func keys(list string) []string { return strings.Fields(strings.ReplaceAll(list, ",", " ")) }

func (s *sheet) json(r row) string {
	var b strings.Builder
	for _, name := range s.visible {
		c, ok := r.cells[name]
		if !ok {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", name, c.wire)
	}
	return "{" + b.String() + "}"
}

// compare sorts account numbers by value and other texts by their bytes. Null
// comes last in either direction.
func compare(a, b cell, descending bool) int {
	switch {
	case a.null || b.null:
		return slices.Index([]bool{false, true}, a.null) - slices.Index([]bool{false, true}, b.null)
	case descending:
		a, b = b, a
	}
	if a.digits && b.digits {
		x, _ := new(big.Int).SetString(a.text, 10)
		y, _ := new(big.Int).SetString(b.text, 10)
		return cmp.Or(x.Cmp(y), cmp.Compare(len(a.text), len(b.text)))
	}
	if c := strings.Compare(a.text, b.text); c != 0 {
		return c
	}
	return int(max(-1, min(1, a.number-b.number)))
}

// sortRows sorts rows by the requested fields and then by key, in the direction
// of the last requested field.
func (s *sheet) sortRows(rows []row, ordering string) []row {
	if ordering == "" {
		ordering = s.order
	}
	out := slices.Clone(rows)
	slices.SortFunc(out, func(a, b row) int {
		descending := false
		for name := range strings.SplitSeq(ordering, ",") {
			name, descending = strings.TrimPrefix(name, "-"), strings.HasPrefix(name, "-")
			if c := compare(a.cells[name], b.cells[name], descending); c != 0 {
				return c
			}
		}
		for i := range a.key {
			if c := compare(a.key[i], b.key[i], descending); c != 0 {
				return c
			}
		}
		return 0
	})
	return out
}
