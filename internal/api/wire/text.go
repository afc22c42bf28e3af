package wire

// NewestFirst describes most lists.
const NewestFirst = "Newest first."

// UnlessEmpty returns nil, which is null in JSON, for an empty text.
func UnlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
