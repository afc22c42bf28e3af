package report

import "strings"

// bands are the upper bounds, in whole USD, of bands 0 to 5; 6 is above. A
// band includes its upper bound.
var bands = []string{"0", "10", "50", "250", "1000", "5000"}

// band shows an amount in USD (6 places) as a range, not as dollars.
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
