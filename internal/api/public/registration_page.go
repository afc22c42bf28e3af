package public

import (
	"context"
	"net/http"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/partner"
)

// addRegistrationPages declares the web page that the link in the mail opens. Opening
// the page changes nothing, because programs that scan mails open links too. The
// page's button confirms the registration.
func addRegistrationPages(r *httpapi.Router, s *identity.Registrations, partners *partner.Service) {
	const action = identity.ConfirmPath + "page/"
	gone := formPage{
		Title: "This link no longer works",
		Lines: []string{
			"It has already been used, a newer mail has replaced it, or it is older than 48 hours.",
			"If your Personal Area is open, sign in. If it is not, register again.",
		},
		Links: []pageLink{{"Sign in", startPath}, {"Forgot your password?", identity.ForgotPath}},
	}
	// ask returns the page where the person chooses a password.
	ask := func(ctx context.Context, token string) (*formPage, error) {
		pending, waits, err := s.Waiting(ctx, token)
		if err != nil {
			return nil, err
		}
		if !waits || s.Closed() {
			return gone.withStatus(http.StatusBadRequest), nil
		}
		return &formPage{
			Title: "Open your Personal Area",
			Lines: []string{
				"Choose a password for " + pending.Email + ". You register as: " + pending.Described() + ".",
				"If you did not register, close this page. No account is opened unless you choose a password.",
			},
			Action: action, Token: token, Field: fieldPassword, Button: "Open my Personal Area",
		}, nil
	}
	addPage(r, "registration_confirm_page", identity.ConfirmPath, ask)
	addFormTarget(r, "registration_confirm_form", action, func(ctx context.Context, form formValues) (*formPage, error) {
		opened, err := confirmRegistration(ctx, s, form)
		if message, status, told := formFault(err); told {
			again, err := ask(ctx, form.token)
			if err != nil {
				return nil, err
			}
			again.Fault = message
			return again.withStatus(status), nil
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

func openedPage(email, link string) *formPage {
	return &formPage{
		Title: "Your Personal Area is open",
		Lines: []string{"Clients register through this link. Share it, and you earn from their orders:"},
		Shown: link,
		Next: []string{
			"Sign in with " + email + " and the password that you just chose.",
			"Open the summary and the reports. They show new clients and orders as soon as they arrive.",
			"Create an API key for each of your programs, so that none of them needs your password.",
			"You can use rebates and withdrawals once the broker has verified you.",
		},
		Links: []pageLink{{"Sign in", startPath}},
	}
}

func confirmRegistration(ctx context.Context, s *identity.Registrations, form formValues) (*identity.Registered, error) {
	c, err := s.Prepare(ctx, form.token, form.password, httpapi.ClientAddr(ctx).String())
	if err != nil {
		return nil, err
	}
	return s.Confirm(ctx, c)
}
