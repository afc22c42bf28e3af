package report

import "strings"

// bands are the upper bounds of the bands 0 to 5, in whole USD. Each band
// includes its upper bound. Band 6 has no upper bound.
var bands = []string{"0", "10", "50", "250", "1000", "5000"}

// band returns an SQL expression for the number of the band that contains an
// amount. The amount is in USD with 6 decimal places.
func band(sql string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, bound := range bands {
		b.WriteString(" WHEN " + sql + " <= " + bound)
		if bound != "0" {
			b.WriteString("000000")
		}
		b.WriteString(" THEN " + string(rune('0'+i)))
	}
	b.WriteString(" ELSE 6 END")
	return b.String()
}
