package verification

// Grouped groups numbers, so that none can be mistaken for a code.
func Grouped(text string) string { return ungrouped.ReplaceAllStringFunc(text, grouped) }
