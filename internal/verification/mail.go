package verification

import (
	"regexp"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
)

// codeMail returns the mail with a code. The code is the only number of six
// digits in the mail, so that programs can find it.
func codeMail(partnerID id.UUID, to, summary, code string) mail.Message {
	letter := mail.Letter{
		Title: "Your verification code",
		Lines: []string{"This code is for: " + longNumber.ReplaceAllStringFunc(summary, groupDigits)},
		Code:  code,
		Notes: []string{
			"It works once, within 10 minutes, and for nothing else. Do not share it with anyone.",
			"If you did not request it, someone else is signed in as you: change your password.",
		},
	}
	message := letter.Message("verification_code", to)
	message.PartnerID = &partnerID
	return message
}

// longNumber matches a number that a program could mistake for a code.
var longNumber = regexp.MustCompile(`\d{6,}`)

func groupDigits(digits string) string { return strings.ReplaceAll(money.Group(digits), ",", " ") }
