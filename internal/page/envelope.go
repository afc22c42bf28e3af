package page

// List is the form in which the API returns a list. Data is never null. Totals
// covers all rows that match the filters, even those that are not on this page.
type List[Row, Totals any] struct {
	Data   []Row  `json:"data" doc:"The rows of this page."`
	Totals Totals `json:"totals" doc:"Totals of all rows that match the filters."`
}

// Count is the type of Totals for a list without sums.
type Count struct {
	Count int64 `json:"count" doc:"Number of rows that match the filters, on all pages together."`
}

// NewList returns a list. It replaces nil with an empty list of rows.
func NewList[Row, Totals any](data []Row, totals Totals) *List[Row, Totals] {
	if data == nil {
		data = []Row{}
	}
	return &List[Row, Totals]{Data: data, Totals: totals}
}

// ListOf returns a list with one row for each item.
func ListOf[Item, Row, Totals any](items []Item, row func(*Item) *Row, totals Totals) *List[Row, Totals] {
	data := make([]Row, len(items))
	for i := range items {
		data[i] = *row(&items[i])
	}
	return NewList(data, totals)
}
