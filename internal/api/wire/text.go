package wire

// UnlessEmpty returns a pointer to text. It returns nil, which is null in JSON,
// if text is empty.
func UnlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
