package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/mail"
)

type notice struct {
	title  string
	lines  []string
	detail string // appended to the title
}

func typeChanged(target SecurityType) notice {
	if target == Secure {
		return notice{title: "Your account is secure now", lines: []string{
			"From now on, every login and every sensitive operation requires a code from your authenticator app. All other sessions were ended.",
			"Programs can no longer log in with only your password. Give each of them an API key.",
		}}
	}
	return notice{title: "Your account is back to standard security", lines: []string{
		"To log in, you need only your password. For sensitive operations, you get codes by e-mail.",
	}}
}

var (
	totpAdded = notice{title: "An authenticator app was added", lines: []string{
		"You need it as soon as you make your account secure. Keep its recovery codes in a safe place. Each of them works once, if you cannot use the app.",
	}}
	totpRemoved = notice{title: "Your authenticator app was removed", lines: []string{
		"Its recovery codes no longer work. To log in, you need only your password. For sensitive operations, you get codes by e-mail.",
	}}
	passwordChanged = notice{title: "Your password was changed", lines: []string{
		"All sessions were ended.",
	}}
)

func recoveryUsed(left int) notice {
	text := fmt.Sprintf("%d of them are left.", left)
	switch left {
	case 0:
		text = "It was the last one. Remove your authenticator app and add it again to get others."
	case 1:
		text = "One of them is left."
	}
	return notice{
		title: "A recovery code was used", detail: text,
		lines: []string{"Instead of your authenticator app, one of your recovery codes was used. " + text},
	}
}

// mail returns the mail of a notice. The mail must not contain a number of six
// digits, because a person could mistake it for a code.
func (n notice) mail(ctx context.Context, settings *Security, at time.Time) mail.Message {
	when := audit.When(ctx, at)
	letter := mail.Letter{
		Title: n.title, Lines: append(slices.Clip(n.lines), when),
		Notes: []string{"If it was not you, reset your password at once."},
	}
	message := letter.Message("security_changed", settings.Email)
	message.PartnerID, message.Change = &settings.PartnerID, &mail.Change{Title: n.title, Detail: strings.TrimSpace(n.detail + " " + when)}
	return message
}
