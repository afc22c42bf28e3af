package wallet

import (
	"strings"

	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
)

// Grouped spells an amount for people, to the cent, with commas between
// thousands: 1,234.56.
func Grouped(amount money.Amount) string {
	text := money.FormatFixed(money.RoundScaled(int64(amount), money.AmountPlaces, 2), 2)
	whole, rest, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	var out strings.Builder
	if strings.HasPrefix(text, "-") {
		out.WriteByte('-')
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String() + "." + rest
}

// shown is how much of a destination people see.
const shown = 4

// masked is a destination's end: enough to know it by, too little to use it.
func masked(destination string) string {
	runes := []rune(destination)
	if len(runes) <= 2*shown {
		return "..." + string(runes[max(0, len(runes)-shown/2):])
	}
	return "..." + string(runes[len(runes)-shown:])
}

// notice tells a partner that money is on its way out of its wallet.
func notice(owner *Owner, w *Withdrawal) mail.Message {
	letter := mail.Letter{
		Title: "A withdrawal was requested",
		Lines: []string{
			"From your wallet, on " + w.CreatedAt.Format("2 January 2006 at 15:04 UTC") + ":",
			Grouped(w.Amount) + " " + w.Currency + " by " + w.Method + " to " + masked(w.Destination),
		},
		Notes: []string{"If it was not you, change your password and tell us at once."},
	}
	message, partnerID := letter.Message("withdrawal_created", owner.Email), w.PartnerID
	message.PartnerID = &partnerID
	return message
}
