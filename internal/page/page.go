// Package page holds how a list is cut: limit, offset and order.
package page

// The limits of every list, from the Partner API's conventions.
const (
	DefaultLimit = 100
	MaxLimit     = 1000 // a larger limit is cut to this
)

// Order is one key to sort by.
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
