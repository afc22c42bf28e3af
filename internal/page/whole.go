package page

import "strings"

// Whole removes the zero fraction that spreadsheets and some JSON libraries
// write after a whole number: "45.0" becomes "45". It returns any other text
// unchanged.
func Whole(text string) string {
	whole, zeros, found := strings.Cut(text, ".")
	digits := strings.TrimPrefix(whole, "-")
	if !found || digits == "" || zeros == "" || strings.Trim(digits, "0123456789") != "" || strings.Trim(zeros, "0") != "" {
		return text
	}
	return whole
}
