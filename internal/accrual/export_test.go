package accrual

import "github.com/tributary-server/tributary/internal/feed"

// Rules is the number of types of facts for which the books have a rule.
var Rules = len(rules)

// Ruled reports whether the books have a rule for a fact's type and body.
func Ruled(f *feed.Fact) bool { return ruleOf(f) != nil }

// Claims returns the order in which the facts of a batch are applied. The facts
// in first are sorted. The facts in later are in the order of their lines.
func Claims(facts []feed.Fact) (first, later []int) { return claims(facts) }
