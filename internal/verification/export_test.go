package verification

// Grouped exposes grouped to the tests.
func Grouped(text string) string { return ungrouped.ReplaceAllStringFunc(text, grouped) }
