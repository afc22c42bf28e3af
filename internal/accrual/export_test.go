package accrual

import "github.com/tributary-server/tributary/internal/feed"

// Rules is how many types of facts the books have a rule for.
var Rules = len(rules)

// Ruled reports whether the books have a rule for a fact's type and body.
func Ruled(f *feed.Fact) bool { return ruleOf(f) != nil }

// Claims returns the order in which the facts of a batch are taken: those that
// are sorted, then those that come after them in the order of their lines.
func Claims(facts []feed.Fact) (first, later []int) { return claims(facts) }
