package object

import (
	"bytes"
	"encoding/json"
)

// Encode returns JSON as the API sends it, without escapes for HTML and
// without a line break at the end.
func Encode(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // it names the type and the field
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// EncodeText is like Encode for a text, and always succeeds.
func EncodeText(s string) []byte {
	text, err := Encode(s)
	if err != nil {
		panic(err) // every string can be encoded
	}
	return text
}
