package identity

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/partner"
)

func (s *Registrations) confirmLetter(token string, p *PendingRegistration) *mail.Letter {
	return &mail.Letter{
		Title: "Confirm your e-mail address",
		Lines: []string{
			"Someone, most likely you, registered as a partner with this e-mail address: " + p.Described() + ".",
			"Confirm the address and choose a password to open your Personal Area.",
		},
		Action: "Confirm the address", Link: s.link(ConfirmPath, token),
		Notes: []string{
			"The link works once, within 48 hours, and only until we send a newer link.",
			"If you did not register, ignore this mail. No account is opened unless you use the link.",
		},
	}
}

// Described describes a registration in words, so that the owner of the mailbox
// recognises a registration that a stranger made.
func (p *PendingRegistration) Described() string {
	as := "introducing broker"
	if p.Programme == partner.Affiliate {
		as = "affiliate"
	}
	return as + ", country " + p.Country
}

func (s *Registrations) takenLetter() *mail.Letter {
	return &mail.Letter{
		Title: "You are already registered",
		Lines: []string{
			"Someone, most likely you, registered as a partner with this e-mail address.",
			"This address already has a Personal Area. Sign in as before. Nothing was changed.",
		},
		Action: "Set a new password, if you forgot yours", Link: s.link(ForgotPath, ""),
		Notes: []string{"If it was not you, do nothing."},
	}
}

func (s *Registrations) resetLetter(token string) *mail.Letter {
	return &mail.Letter{
		Title:  "Set a new password",
		Lines:  []string{"Someone, most likely you, requested a new password for your Personal Area."},
		Action: "Set a new password", Link: s.link(ResetPath, token),
		Notes: []string{"The link works once, within one hour. If it was not you, ignore this mail. Your password does not change."},
	}
}

func (s *Registrations) changedLetter(done *ResetDone) *mail.Letter {
	lines := []string{
		"The password of your Personal Area was changed by a link that we had sent to this address.",
		"Everyone who was signed in with the old password must sign in again.",
	}
	if done.KeysRevoked > 0 {
		lines = append(lines, fmt.Sprintf("Your API keys were revoked: %d. Create new ones for your programs.", done.KeysRevoked))
	}
	if done.Paused > 0 {
		lines = append(lines, fmt.Sprintf("Your webhooks and postbacks that were created or changed in the last 30 days were paused: %d. "+
			"Check their addresses before you resume them.", done.Paused))
	}
	if others := len(done.SetUps) - done.Paused; others > 0 {
		lines = append(lines, fmt.Sprintf("Webhooks, postbacks, links of referral agents and authenticator apps that still work as before: %d. "+
			"Check that you recognise each of them.", others))
	}
	return &mail.Letter{
		Title: "Your password was changed", Lines: lines,
		Action: "If it was not you, set another password at once", Link: s.link(ForgotPath, ""),
	}
}
