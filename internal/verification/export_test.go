package verification

// Grouped writes long numbers in text as codeMail does.
func Grouped(text string) string { return longNumber.ReplaceAllStringFunc(text, groupDigits) }
