// Package page selects a part of a list by its limit, offset and sort order.
package page

// These are the limits of every list, as the Partner API's conventions define
// them.
const (
	DefaultLimit = 100
	MaxLimit     = 1000 // a larger limit is reduced to MaxLimit
)

// Order is one field of a sort order.
type Order struct {
	Field      string
	Descending bool
}

// Page says which rows of a list to return.
type Page struct {
	Limit  int
	Offset int
	Order  []Order // empty means the list's own order
}
