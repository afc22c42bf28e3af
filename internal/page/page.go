// Package page selects a part of a list: its limit, offset and order.
package page

// These are the limits of every list, from the Partner API's conventions.
const (
	DefaultLimit = 100
	MaxLimit     = 1000 // a larger limit is reduced to this
)

// Order is one key of a sort order.
type Order struct {
	Field      string
	Descending bool
}

// Page says which rows of a list to return.
type Page struct {
	Limit  int
	Offset int
	Order  []Order // empty: the list's own order
}
