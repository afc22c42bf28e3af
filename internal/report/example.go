package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Example returns an example of the JSON response, with one row and its totals.
// The code for real responses writes the example too, so both have the same
// form.
func (d *Definition) Example() json.RawMessage {
	row := d.exampleRow()
	text := row.AppendObject(nil)
	if d.Single {
		return text
	}
	text = append([]byte(`{"data":[`), append(text, ']')...)
	if d.Unpaged {
		return append(text, '}')
	}
	text = append(text, `,"totals":{"count":1`...)
	for i := range d.Totals {
		t := &d.Totals[i]
		v := d.example(t.Name, t.Format)
		text = append(appendString(append(text, ','), t.Name), ':')
		if t.Partner != nil {
			text = append(v.appendJSON(append(text, '['), &t.Format), ']')
			continue
		}
		text = v.appendJSON(text, &t.Format)
	}
	return append(text, "}}"...)
}

// ExampleCSV returns the same example as CSV.
func (d *Definition) ExampleCSV() string {
	row := d.exampleRow()
	var names []string
	for _, c := range shownColumns(row.columns) {
		names = append(names, c.Name)
	}
	return strings.Join(names, ",") + "\r\n" + string(row.appendCSV(nil))
}

// ExampleValues returns an example of the list of filter values.
func (d *Definition) ExampleValues() json.RawMessage {
	text := []byte{'{'}
	for i, c := range d.Filterable() {
		if i > 0 {
			text = append(text, ',')
		}
		v := d.example(c.Name, c.Format)
		text = append(appendString(text, c.Name), `:[`...)
		if !v.null {
			text = v.appendJSON(text, &c.Format)
		}
		text = append(text, ']')
	}
	return append(text, '}')
}

// exampleRow returns a row with the example of every column. If the report has
// groups, the row has only one of the columns to group by.
func (d *Definition) exampleRow() *Row {
	grouped := "country"
	if d.Groups != nil && !d.groups(grouped) {
		grouped = d.Groups[0]
	}
	var row Row
	for i := range d.Columns {
		c := &d.Columns[i]
		if d.groups(c.Name) && c.Name != grouped {
			continue
		}
		v := d.example(c.Name, c.Format)
		if c.Derive != nil {
			v.text = string(v.appendText(nil, &c.Format))
		}
		row.columns, row.values = append(row.columns, c), append(row.values, v)
	}
	return &row
}

// example returns the example of a column or total. It panics if there is no
// valid example, so that the test that generates the API document fails.
func (d *Definition) example(name string, f Format) value {
	if d.ForBroker() {
		name = ownName(name)
	}
	text, known := reportExamples[d.OperationID()+"."+name]
	if !known {
		var explained word
		explained, known = dictionary[name]
		text = explained.example
	}
	v, err := readExample(text, f)
	if !known || err != nil {
		panic(fmt.Sprintf("report: the column %s of %s needs an example in dictionary.go: %v", name, d.ID, err))
	}
	return v
}

func readExample(text string, f Format) (v value, err error) {
	if text == "null" {
		v.null = true
		return v, nil
	}
	switch f.kind {
	case kindInteger:
		err = json.Unmarshal([]byte(text), &v.number)
	case kindDecimal:
		v.number, err = money.ParseScaled(text, f.scale)
	case kindBoolean:
		err = json.Unmarshal([]byte(text), &v.flag)
	case kindUUID:
		v.uuid, err = id.Parse(text)
	case kindDate:
		var day clock.Day
		day, err = clock.ParseDay(text)
		v.number = int64(day)
	case kindInstant:
		var at time.Time
		at, err = time.Parse(time.RFC3339, text)
		v.number = at.UnixMicro()
	default:
		v.text = text
	}
	return v, err
}
