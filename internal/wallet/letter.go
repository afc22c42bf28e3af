package wallet

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
)

// Grouped formats an amount for people, with two decimal places and commas
// between thousands, as in 1,234.56.
func Grouped(amount money.Amount) string {
	return money.Group(money.FormatFixed(money.RoundScaled(int64(amount), money.AmountPlaces, 2), 2))
}

// wholeLength is the maximum number of characters of a destination in a mail.
// If a destination is longer, the mail shows only its start and its end.
const wholeLength = 64

// formatDestination returns a destination for the mail with a withdrawal's code.
// The mail shows the destination, so that the partner can notice a false one. It
// shows groups of four characters, so that no part looks like the code.
func formatDestination(destination string) string {
	runes := []rune(destination)
	if len(runes) > wholeLength {
		return inFours(runes[:wholeLength/2]) + " ... " + inFours(runes[len(runes)-wholeLength/2:])
	}
	return inFours(runes)
}

// inFours splits words that contain digits into groups of four characters.
func inFours(runes []rune) string {
	var out strings.Builder
	for len(runes) > 0 {
		end := slices.IndexFunc(runes, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		if end < 0 {
			end = len(runes)
		}
		word := runes[:end]
		for i, r := range word {
			if i > 0 && i%4 == 0 && slices.ContainsFunc(word, unicode.IsNumber) {
				out.WriteByte(' ')
			}
			out.WriteRune(r)
		}
		if end < len(runes) {
			out.WriteRune(runes[end])
			end++
		}
		runes = runes[end:]
	}
	return out.String()
}

// shown is the number of characters of a destination in the audit log and in
// notices.
const shown = 4

// lastCharacters returns the end of a destination. The partner can recognise the
// destination from it, but others cannot use it.
func lastCharacters(destination string) string {
	runes := []rune(destination)
	if len(runes) <= 2*shown {
		return "..." + string(runes[max(0, len(runes)-shown/2):])
	}
	return "..." + string(runes[len(runes)-shown:])
}

func notice(owner *Owner, w *Withdrawal) mail.Message {
	letter := mail.Letter{
		Title: "A withdrawal was requested",
		Lines: []string{
			"From your wallet, on " + w.CreatedAt.Format("2 January 2006 at 15:04 UTC") + ":",
			Grouped(w.Amount) + " " + w.Currency + " by " + w.Method + " to " + lastCharacters(w.Destination),
		},
		Notes: []string{"If it was not you, change your password and tell us at once."},
	}
	message, partnerID := letter.Message("withdrawal_created", owner.Email), w.PartnerID
	message.PartnerID = &partnerID
	return message
}
