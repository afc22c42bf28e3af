package performance

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

func keyColumn(by click.Dimension) *report.Column {
	c := &report.Column{Name: string(by), Format: report.Text, Nullable: true}
	switch by {
	case click.ByLink:
		c.Format = report.Integer
	case click.ByDay:
		c.Format = report.Date
	case click.ByHour:
		c.Format = report.Hour
	default:
	}
	return c
}

func (r *Report) keyColumns() []*report.Column {
	var columns []*report.Column
	for _, by := range r.By {
		columns = append(columns, keyColumn(by))
	}
	return columns
}

func figureColumns(prefix string) []*report.Column {
	columns := make([]*report.Column, len(Columns))
	for i := range Columns {
		c := Columns[i].Column
		c.Name = prefix + c.Name
		columns[i] = &c
	}
	return columns
}

func (r *Report) setKey(row *report.Row, key []string) error {
	for i, by := range r.By {
		var err error
		var number int64
		switch {
		case key[i] == "":
			row.SetNull(i)
			continue
		case by == click.ByLink:
			number, err = strconv.ParseInt(key[i], 10, 64)
		case by == click.ByDay:
			var day clock.Day
			day, err = clock.ParseDay(key[i])
			number = int64(day)
		case by == click.ByHour:
			var at time.Time
			at, err = time.Parse(hourLayout, key[i])
			number = at.Unix() / 3600
		default:
			row.SetText(i, key[i])
			continue
		}
		if err != nil {
			return fmt.Errorf("reading a group's %s: %w", by, err)
		}
		row.SetNumber(i, number)
	}
	return nil
}

// setFigures sets the columns that show figures, starting with the given column of
// the row.
func setFigures(row *report.Row, first int, f *Figures) {
	for i := range Columns {
		if n, known := Columns[i].Value(f); known {
			row.SetNumber(first+i, n)
		} else {
			row.SetNull(first + i)
		}
	}
}

// JSON returns a page of the report, with the totals.
func (r *Report) JSON(shown page.Page) ([]byte, error) {
	first := min(shown.Offset, len(r.Rows))
	row := r.jsonRow(r.keyColumns())
	body := []byte(`{"data":[`)
	for i := range r.Rows[first:min(first+shown.Limit, len(r.Rows))] {
		if i > 0 {
			body = append(body, ',')
		}
		group := &r.Rows[first+i]
		if err := r.setKey(row, group.Key); err != nil {
			return nil, err
		}
		r.setJSON(row, len(r.By), group)
		body = row.AppendObject(body)
	}
	totals := r.jsonRow([]*report.Column{{Name: "count", Format: report.Integer}})
	totals.SetNumber(0, int64(len(r.Rows)))
	r.setJSON(totals, 1, &r.Totals)
	return append(totals.AppendObject(append(body, `],"totals":`...)), '}'), nil
}

// jsonRow returns a row with the given columns, followed by the figures. If Compare
// is set, the row also has the figures of the previous period as an object.
func (r *Report) jsonRow(first []*report.Column) *report.Row {
	columns := slices.Concat(first, figureColumns(""))
	if r.Compare {
		columns = append(columns, &report.Column{Name: "previous", Format: report.Object})
	}
	return report.NewRow(columns)
}

func (r *Report) setJSON(row *report.Row, first int, of *Row) {
	setFigures(row, first, &of.Figures)
	if r.Compare {
		before := report.NewRow(figureColumns(""))
		setFigures(before, 0, &of.Before)
		row.SetText(first+len(Columns), string(before.AppendObject(nil)))
	}
}

// Write writes the whole report as CSV or XLSX. The figures of the previous
// period are in columns with names that begin with previous_.
func (r *Report) Write(out io.Writer, output report.Output, bom bool) error {
	columns := append(r.keyColumns(), figureColumns("")...)
	if r.Compare {
		columns = append(columns, figureColumns("previous_")...)
	}
	return report.WriteRows(out, output, bom, columns, func(write func(*report.Row) error) error {
		row := report.NewRow(columns)
		for i := range r.Rows {
			if err := r.setKey(row, r.Rows[i].Key); err != nil {
				return err
			}
			setFigures(row, len(r.By), &r.Rows[i].Figures)
			if r.Compare {
				setFigures(row, len(r.By)+len(Columns), &r.Rows[i].Before)
			}
			if err := write(row); err != nil {
				return err
			}
		}
		return nil
	})
}
