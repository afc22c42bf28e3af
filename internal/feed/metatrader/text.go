package metatrader

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// cellText returns a cell's text without leading and trailing space. It replaces
// every kind of space with an ASCII space. This includes the single byte 0xA0,
// which is a no-break space in the code pages.
func cellText(cell string) string {
	simple := true
	for i := 0; i < len(cell) && simple; i++ {
		simple = cell[i] > ' ' && cell[i] < utf8.RuneSelf
	}
	if simple {
		return cell
	}
	out := make([]byte, 0, len(cell))
	for i := 0; i < len(cell); {
		r, size := utf8.DecodeRuneInString(cell[i:])
		switch {
		case unicode.IsSpace(r), r == utf8.RuneError && size == 1 && cell[i] == 0xA0:
			out = append(out, ' ')
		default:
			out = append(out, cell[i:i+size]...)
		}
		i += size
	}
	return strings.TrimSpace(string(out))
}

func quote(text string) string { return strconv.QuoteToGraphic(free.Clip(text)) }

func printable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// dropZeroFraction removes the ".0" that some programs write after whole numbers.
func dropZeroFraction(text string) string {
	digits, zeros, point := strings.Cut(text, ".")
	if point && isDigits(digits) && zeros != "" && strings.Trim(zeros, "0") == "" {
		return digits
	}
	return text
}

// ungroup removes the thousands separators from a number. These are spaces in
// MetaTrader ("-17 846.90") and commas in spreadsheets ("-17,846.90"). It
// refuses groups that do not have three digits. It also refuses a comma in a
// number without a point, because the comma could be a decimal comma.
func ungroup(text string) (string, bool) {
	separator := " "
	if strings.Contains(text, ",") {
		separator = ","
		if !strings.Contains(text, ".") {
			return "", false
		}
	}
	if !strings.Contains(text, separator) {
		return text, true
	}
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	units, fraction, point := strings.Cut(text, ".")
	groups := strings.Split(units, separator)
	for i, group := range groups {
		if !isDigits(group) || len(group) > 3 || (i > 0 && len(group) != 3) {
			return "", false
		}
	}
	number := sign + strings.Join(groups, "")
	if point {
		number += "." + fraction
	}
	return number, true
}

// swapMarks exchanges points and commas, so that "1.234,50" becomes "1,234.50".
func swapMarks(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '.':
			return ','
		case ',':
			return '.'
		}
		return r
	}, text)
}

// yearFirst turns "02.06.2026 10:00" into "2026.06.02 10:00". It also accepts
// slashes, dashes, and days or months of one digit. It returns any other text
// unchanged.
func yearFirst(text string) string {
	date, clock, _ := strings.Cut(text, " ")
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '.' || r == '/' || r == '-' })
	if len(parts) != 3 || len(parts[2]) != 4 || len(parts[0]) > 2 || len(parts[1]) > 2 {
		return text
	}
	for i, part := range parts {
		if !isDigits(part) {
			return text
		}
		if i < 2 && len(part) == 1 {
			parts[i] = "0" + part
		}
	}
	return parts[2] + "." + parts[1] + "." + parts[0] + " " + clock
}

// denoise removes the rounding error of a binary fraction from a number in a
// spreadsheet. For example, 56.900000000000006 becomes 56.9, and -1.5E-11
// becomes 0. It rounds to 15 significant digits, as Excel does, and to 10
// decimal places, because no field has more. If the text is not a number,
// denoise returns it unchanged.
func denoise(text string) string {
	const significant, most = 15, 10
	digits, negative := strings.CutPrefix(text, "-")
	exponent := 0
	if mantissa, power, found := strings.Cut(strings.ToLower(digits), "e"); found {
		n, err := strconv.Atoi(power)
		if err != nil || n < -64 || n > 64 {
			return text
		}
		digits, exponent = mantissa, n
	}
	units, fraction, point := strings.Cut(digits, ".")
	if len(digits) > 64 || !isDigits(units) || (point && !isDigits(fraction)) {
		return text
	}
	// The absolute value of the number is now 0.D x 10^behind, where D are its
	// significant digits.
	all := strings.TrimLeft(units+fraction, "0")
	behind := len(units) + exponent - (len(units) + len(fraction) - len(all))
	if keep := min(significant, behind+most); keep < len(all) {
		all, behind = roundDigits(all, keep, behind)
	}
	if all == "" {
		return "0"
	}
	sign := ""
	if negative {
		sign = "-"
	}
	return sign + "0." + all + "e" + strconv.Itoa(behind)
}

// roundDigits rounds the number 0.D x 10^behind, where D are the given digits,
// to the first keep digits. It rounds halves away from zero.
func roundDigits(digits string, keep, behind int) (string, int) {
	if keep < 0 {
		return "", 0
	}
	up := digits[keep] >= '5'
	kept := []byte(digits[:keep])
	for i := len(kept) - 1; up && i >= 0; i-- {
		if up = kept[i] == '9'; up {
			kept[i] = '0'
		} else {
			kept[i]++
		}
	}
	if up {
		kept, behind = append([]byte{'1'}, kept...), behind+1
	}
	return strings.TrimRight(string(kept), "0"), behind
}

// parseTime parses a time such as "2016.09.22 04:15:24". The seconds may be
// missing. It also accepts dashes or slashes in the date and a T before the
// time, because other programs write them.
func parseTime(text string, zone *time.Location) (time.Time, bool) {
	const date = len("2006.01.02")
	if len(text) < date+len(" 4:15") || len(text) > 32 {
		return time.Time{}, false
	}
	normal := []byte(text)
	for _, i := range []int{4, 7} {
		if normal[i] == '-' || normal[i] == '/' {
			normal[i] = '.'
		}
	}
	if normal[date] == 'T' {
		normal[date] = ' '
	}
	form := "2006.01.02 15:04:05"
	if strings.Count(text, ":") == 1 {
		form = "2006.01.02 15:04"
	}
	at, err := time.ParseInLocation(form, string(normal), zone)
	if err != nil {
		return time.Time{}, false
	}
	return at.Round(time.Second), true
}

// parseSerial parses a spreadsheet's serial time and rounds it to the second. A
// serial time is a number of days since the spreadsheet's day 0. shift is the
// number of days from 1899-12-30 to day 0.
func parseSerial(text string, shift int64, zone *time.Location) (time.Time, bool) {
	const places, unit, secondsADay = 10, 10_000_000_000, 86_400
	const lastDay = 2_958_465
	n, err := money.ParseScaled(denoise(text), places)
	if err != nil || n < unit || n/unit > lastDay {
		return time.Time{}, false
	}
	seconds := (n%unit*secondsADay + unit/2) / unit
	return time.Date(1899, time.December, int(30+n/unit+shift), 0, 0, int(seconds), 0, zone), true
}
