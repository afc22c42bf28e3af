package object

import (
	"bytes"
	"encoding/json"
)

// Encode returns JSON in the form that the API uses. It does not escape HTML, and
// does not end with a line break.
func Encode(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // the error names the type and the field
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// EncodeText is like Encode for a string, and cannot fail.
func EncodeText(s string) []byte {
	text, err := Encode(s)
	if err != nil {
		panic(err) // every string can be encoded
	}
	return text
}
