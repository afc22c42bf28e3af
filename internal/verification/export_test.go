package verification

// Grouped spells numbers so that none is taken for a code.
func Grouped(text string) string { return ungrouped.ReplaceAllStringFunc(text, grouped) }
