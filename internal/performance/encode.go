package performance

import (
	"strconv"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// JSON returns a page of the report: {"data": [...], "totals": {"count": n,
// ...}}.
func (r *Report) JSON(shown page.Page) []byte {
	body := []byte(`{"data":[`)
	first := min(shown.Offset, len(r.Rows))
	last := min(first+shown.Limit, len(r.Rows))
	for i := range r.Rows[first:last] {
		if i > 0 {
			body = append(body, ',')
		}
		row := &r.Rows[first+i]
		body = append(body, '{')
		for j, by := range r.By {
			body = append(appendName(body, string(by)), keyJSON(by, row.Key[j])...)
			body = append(body, ',')
		}
		body = append(r.appendFigures(body, row), '}')
	}
	body = append(body, `],"totals":{"count":`...)
	body = append(strconv.AppendInt(body, int64(len(r.Rows)), 10), ',')
	return append(r.appendFigures(body, &r.Totals), `}}`...)
}

func appendName(dst []byte, name string) []byte {
	return append(append(append(dst, '"'), name...), '"', ':')
}

// keyJSON returns a group's value: null for none, a link as a number.
func keyJSON(by click.Dimension, value string) []byte {
	switch {
	case value == "":
		return []byte("null")
	case by == click.ByLink:
		return []byte(value)
	}
	return object.EncodeText(value)
}

func (r *Report) appendFigures(dst []byte, row *Row) []byte {
	dst = appendFigures(dst, &row.Figures)
	if !r.Compare {
		return dst
	}
	return append(appendFigures(append(dst, `,"previous":{`...), &row.Before), '}')
}

func appendFigures(dst []byte, f *Figures) []byte {
	for i := range Columns {
		c := &Columns[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendName(dst, c.Name)
		switch text := c.Text(f); {
		case text == "":
			dst = append(dst, "null"...)
		case c.Format == Money:
			dst = append(append(append(dst, '"'), text...), '"')
		default:
			dst = append(dst, text...)
		}
	}
	return dst
}

// keyCells are the cell kinds of the groups' values that are not text.
var keyCells = map[click.Dimension]report.CellKind{
	click.ByLink: report.NumberCell, click.ByDay: report.DayCell, click.ByHour: report.HourCell,
}

// Table returns the whole report for CSV and XLSX. The figures of the period
// before are in columns that begin with previous_.
func (r *Report) Table() *report.Table {
	t := &report.Table{}
	for _, by := range r.By {
		t.Columns = append(t.Columns, string(by))
	}
	prefixes := []string{""}
	if r.Compare {
		prefixes = append(prefixes, "previous_")
	}
	for _, prefix := range prefixes {
		for i := range Columns {
			t.Columns = append(t.Columns, prefix+Columns[i].Name)
		}
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		var cells []report.Cell
		for j, by := range r.By {
			cells = append(cells, report.Cell{Text: row.Key[j], Kind: keyCells[by]})
		}
		for _, f := range []*Figures{&row.Figures, &row.Before}[:len(prefixes)] {
			for j := range Columns {
				kind := report.NumberCell
				if Columns[j].Format == Money {
					kind = report.MoneyCell
				}
				cells = append(cells, report.Cell{Text: Columns[j].Text(f), Kind: kind})
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}
