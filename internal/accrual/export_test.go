package accrual

import "github.com/tributary-server/tributary/internal/feed"

// Rules is the number of types of facts for which the books have a rule.
var Rules = len(rules)

// Ruled reports whether the books have a rule for a fact's type and body.
func Ruled(f *feed.Fact) bool { return ruleOf(f) != nil }

// SplitEarliest exports splitEarliest for the tests.
func SplitEarliest(facts []feed.Fact) (first, later []int) { return splitEarliest(facts) }
