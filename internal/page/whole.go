package page

import "strings"

// Whole removes the zeros after the decimal point of a whole number: "45.0" becomes
// "45". Spreadsheets and some JSON libraries add such zeros. Whole returns any other
// text unchanged.
func Whole(text string) string {
	whole, zeros, found := strings.Cut(text, ".")
	digits := strings.TrimPrefix(whole, "-")
	if !found || digits == "" || zeros == "" || strings.Trim(digits, "0123456789") != "" || strings.Trim(zeros, "0") != "" {
		return text
	}
	return whole
}
