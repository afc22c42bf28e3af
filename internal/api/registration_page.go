package api

import (
	"context"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/registration"
)

// addRegistrationPages declares what the link in a registration's mail shows.
// To look at it changes nothing: programs that check mails follow links. The
// page's button does.
func addRegistrationPages(r *drf.Router, s *registration.Service, partners *partner.Service) {
	const action = registration.ConfirmPath + "page/"
	gone := formPage{
		Title: "This link does not work any more",
		Lines: []string{"It was used already, or it has expired. If your Personal Area is open, sign in. If not, register again."},
	}
	addPage(r, "registration_confirm_page", registration.ConfirmPath, func(ctx context.Context, token string) (*formPage, error) {
		waits, err := s.Confirmable(ctx, token)
		if err != nil {
			return nil, err
		}
		if !waits {
			return gone.with(http.StatusNotFound), nil
		}
		return &formPage{
			Title:  "Open your Personal Area",
			Lines:  []string{"One step is left: confirm that this e-mail address is yours."},
			Action: action, Token: token, Button: "Confirm",
		}, nil
	})
	addFormTarget(r, "registration_confirm_form", action, func(ctx context.Context, form formValues) (*formPage, error) {
		opened, err := s.Confirm(ctx, form.token, drf.ClientAddr(ctx).String())
		if message, status, told := formFault(err); told {
			return (&formPage{Title: "Your Personal Area could not be opened", Fault: message}).with(status), nil
		}
		if err != nil {
			return nil, err
		}
		link, err := partners.DefaultLink(ctx, opened.PartnerID)
		if err != nil {
			return nil, err
		}
		return &formPage{
			Title: "Your Personal Area is open",
			Lines: []string{"You can sign in with " + opened.Email + " and your password. Clients come to you by this link:"},
			Shown: link.URL,
		}, nil
	})
}
