package page

import "strings"

// Whole returns text without the zero fraction that spreadsheets and some JSON
// libraries write behind a whole number: "45.0" becomes "45". Any other text
// comes back unchanged.
func Whole(text string) string {
	whole, zeros, found := strings.Cut(text, ".")
	digits := strings.TrimPrefix(whole, "-")
	if !found || digits == "" || zeros == "" || strings.Trim(digits, "0123456789") != "" || strings.Trim(zeros, "0") != "" {
		return text
	}
	return whole
}
