package verification_test

import (
	"fmt"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/verification"
)

func TestPlainCode(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"482913":                               "482913",
		" 482 913\r\n":                         "482913",
		"482\u00a0913":                         "482913", // no-break space
		"482\u202f913\u2009":                   "482913", // narrow and thin spaces
		"\u3000482\u2003913":                   "482913", // ideographic and em spaces
		"482-913":                              "482913",
		"482\u2011913":                         "482913", // non-breaking hyphen
		"\u200e482913\u200f":                   "482913", // direction marks
		"\u202a482913\u202c":                   "482913", // embedding
		"\u2068482913\u2069":                   "482913", // isolate
		"\ufeff48\u200b29\u200d13":             "482913", // byte order mark, zero width
		"\uff14\uff18\uff12\uff19\uff11\uff13": "482913", // full width
		"\u0664\u0668\u0662\u0669\u0661\u0663": "482913", // Arabic
		"\u06f4\u06f8\u06f2\u06f9\u06f1\u06f3": "482913", // Persian
		"\u096a\u096e\u0968\u096f\u0967\u0969": "482913", // Devanagari
		"\u0e54\u0e58\u0e52\u0e59\u0e51\u0e53": "482913", // Thai
		"\U0001d7d2\U0001d7d6\U0001d7d0\U0001d7d7\U0001d7cf\U0001d7d1": "482913", // mathematical bold
		"8KFR-x2nd-WQ4T-hjm7":        "8kfrx2ndwq4thjm7",
		"8kfr x2nd\u2013wq4t\nhjm7":  "8kfrx2ndwq4thjm7",
		"":                           "",
		"\u200e \u00a0":              "",
		"48291\u00bd":                "482911\u20442", // one half is not a digit, so the code stays wrong
		"482913\xff":                 "482913",
		"4\ufe0f\u20e38\ufe0f\u20e3": "48", // digits as emoji (keycaps)
	} {
		require.Equal(t, want, verification.PlainCode(given), "%+q", given)
	}
}

// TestEveryDigitIsRead checks that the digits of every script have the right
// values.
func TestEveryDigitIsRead(t *testing.T) {
	t.Parallel()
	read := func(zero rune) (out string) {
		for i := range rune(10) {
			out += verification.PlainCode(fmt.Sprintf("%c", zero+i))
		}
		return out
	}
	scripts := 0
	for _, span := range unicode.Nd.R16 {
		for zero := rune(span.Lo); zero <= rune(span.Hi); zero += 10 {
			require.Equal(t, "0123456789", read(zero), "%U", zero)
			scripts++
		}
	}
	for _, span := range unicode.Nd.R32 {
		for zero := rune(span.Lo); zero <= rune(span.Hi); zero += 10 {
			require.Equal(t, "0123456789", read(zero), "%U", zero)
			scripts++
		}
	}
	require.Greater(t, scripts, 60)
}
