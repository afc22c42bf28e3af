package public

import (
	"context"
	"net/http"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/partner"
)

// addRegistrationPages declares the page behind the link in a registration's
// mail. Opening the page changes nothing, because programs that check mails
// follow links. The button on the page opens the account.
func addRegistrationPages(r *httpapi.Router, s *identity.Registrations, partners *partner.Service) {
	const action = identity.ConfirmPath + "page/"
	gone := formPage{
		Title: "This link does not work any more",
		Lines: []string{
			"It was used already, it was replaced by the link of a newer mail, or it is older than 48 hours.",
			"If your Personal Area is open, sign in. If it is not, register again.",
		},
		Links: []pageLink{{"Sign in", startPath}, {"Forgot your password?", identity.ForgotPath}},
	}
	// ask returns the page that asks for the password of a waiting
	// registration.
	ask := func(ctx context.Context, token string) (*formPage, error) {
		pending, waits, err := s.Waiting(ctx, token)
		if err != nil {
			return nil, err
		}
		if !waits || s.Closed() {
			return gone.with(http.StatusBadRequest), nil
		}
		return &formPage{
			Title: "Open your Personal Area",
			Lines: []string{
				"Choose a password for " + pending.Email + ". You register as: " + pending.Described() + ".",
				"If you did not register, close this page. Nothing happens without you.",
			},
			Action: action, Token: token, Field: fieldPassword, Button: "Open my Personal Area",
		}, nil
	}
	addPage(r, "registration_confirm_page", identity.ConfirmPath, ask)
	addFormTarget(r, "registration_confirm_form", action, func(ctx context.Context, form formValues) (*formPage, error) {
		opened, err := confirmed(ctx, s, form)
		if message, status, told := formFault(err); told {
			again, err := ask(ctx, form.token)
			if err != nil {
				return nil, err
			}
			again.Fault = message
			return again.with(status), nil
		}
		if err != nil {
			return nil, err
		}
		link, err := partners.DefaultLink(ctx, opened.PartnerID)
		if err != nil {
			return nil, err
		}
		return openedPage(opened.Email, link.URL), nil
	})
}

// openedPage says that the account is open and what comes next.
func openedPage(email, link string) *formPage {
	return &formPage{
		Title: "Your Personal Area is open",
		Lines: []string{"Clients come to you by this link. Share it, and you earn by their orders:"},
		Shown: link,
		Next: []string{
			"Sign in with " + email + " and the password that you just chose.",
			"Look at what your clients bring in: the summary and the reports show new clients and orders as they come in.",
			"Make an API key for each of your programs, so that none of them needs your password.",
			"The broker verifies partners. Rebates and withdrawals open once it has verified you.",
		},
		Links: []pageLink{{"Sign in", startPath}},
	}
}

// confirmed opens the account of a registration with the values of a form.
func confirmed(ctx context.Context, s *identity.Registrations, form formValues) (*identity.Registered, error) {
	c, err := s.Prepare(ctx, form.token, form.password, httpapi.ClientAddr(ctx).String())
	if err != nil {
		return nil, err
	}
	return s.Confirm(ctx, c)
}
