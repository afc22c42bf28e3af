package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/registration"
)

type resetIn struct {
	Email string `json:"email" format:"email" required:"true" doc:"The partner's e-mail, in any case." example:"p@example.com"`
}

type resetConfirmIn struct {
	Token    string `json:"token" required:"true" maxLength:"200" doc:"From the link in the mail." example:"the-token-of-the-link"`
	Password string `json:"password" format:"password" required:"true" doc:"The new one: 8 to 128 characters." example:"correct horse"`
}

type resetOut struct {
	Status string `json:"status" enum:"reset_sent,password_changed"`
}

func addPasswordReset(r *drf.Router, s *registration.Service) {
	drf.Handle(r, drf.Op{
		Method: http.MethodPost, Path: registration.ForgotPath, ID: "password_reset", Tag: tagAuth, Access: drf.Public, Unkeyed: true,
		Summary: "Ask for a new password",
		Description: "Sends a partner a mail with a link by which it can set one within an hour. " +
			"Any e-mail gets the same answer in the same time, a partner's or not. " +
			"One caller's address causes at most 3 such mails an hour to a mailbox, and a mailbox gets at most 20 an hour from all callers: " +
			"a request beyond that gets the same answer and sends no mail.",
		Request: map[string]string{"email": "p@example.com"}, Example: json.RawMessage(`{"status":"reset_sent"}`),
		Errors: []fault.Code{fault.Throttled},
	}, func(ctx context.Context, in *resetIn) (*resetOut, error) {
		if err := s.AskReset(ctx, in.Email, drf.ClientAddr(ctx).String()); err != nil {
			return nil, err
		}
		return &resetOut{Status: "reset_sent"}, nil
	})

	drf.Handle(r, drf.Op{
		Method: http.MethodPost, Path: registration.ResetPath, ID: "password_reset_confirm", Tag: tagAuth, Access: drf.Public, Unkeyed: true,
		Summary: "Set a new password",
		Description: "Every token of the partner stops working, and a mail tells that the password was changed. " +
			"Codes from an authenticator app are asked for as before; keys work on. A token works once: one that is unknown, used or expired " +
			"is a ValidationError on `token`. A password that is refused does not use it up.\n\n" +
			"The link in the mail is this path with `?token=`: in a browser, a page with a form that calls it.",
		Request: map[string]string{"token": "the-token-of-the-link", "password": "correct horse"},
		Example: json.RawMessage(`{"status":"password_changed"}`),
		Errors:  []fault.Code{fault.Throttled},
	}, func(ctx context.Context, in *resetConfirmIn) (*resetOut, error) {
		if err := s.Reset(ctx, in.Token, in.Password, drf.ClientAddr(ctx).String()); err != nil {
			return nil, err
		}
		return &resetOut{Status: "password_changed"}, nil
	})
	addPasswordResetPages(r, s)
}

// addPasswordResetPages declares what the links in mails about passwords show.
func addPasswordResetPages(r *drf.Router, s *registration.Service) {
	ask := formPage{
		Title:  "Set a new password",
		Lines:  []string{"Write the e-mail address with which you sign in. You get a mail with a link."},
		Action: registration.ForgotPath + "page/", Field: fieldEmail, Button: "Send the mail",
	}
	set := formPage{
		Title:  "Set a new password",
		Lines:  []string{"Choose a password of 8 characters or more. Everybody who is signed in with the old one has to sign in again."},
		Action: registration.ResetPath + "page/", Field: fieldPassword, Button: "Set the password",
	}
	gone := formPage{
		Title:  "This link does not work any more",
		Lines:  []string{"It was used already, or it is older than an hour. You can ask for another one."},
		Action: ask.Action, Field: fieldEmail, Button: ask.Button,
	}
	addPage(r, "password_reset_page", registration.ForgotPath, func(context.Context, string) (*formPage, error) {
		return ask.with(http.StatusOK), nil
	})
	addFormTarget(r, "password_reset_form", ask.Action, func(ctx context.Context, form formValues) (*formPage, error) {
		if !email.Valid(form.email) {
			again := ask.with(http.StatusBadRequest)
			again.Fault = "Enter a valid e-mail address."
			return again, nil
		}
		err := s.AskReset(ctx, form.email, drf.ClientAddr(ctx).String())
		if message, status, told := formFault(err); told {
			again := ask.with(status)
			again.Fault = message
			return again, nil
		}
		if err != nil {
			return nil, err
		}
		return &formPage{
			Title: "Look into your mailbox",
			Lines: []string{"If this address is a partner's, a mail with a link is on its way. The link works for one hour."},
		}, nil
	})
	addPage(r, "password_reset_confirm_page", registration.ResetPath, func(ctx context.Context, token string) (*formPage, error) {
		works, err := s.Resettable(ctx, token)
		if err != nil {
			return nil, err
		}
		if !works {
			return gone.with(http.StatusNotFound), nil
		}
		shown := set.with(http.StatusOK)
		shown.Token = token
		return shown, nil
	})
	addFormTarget(r, "password_reset_confirm_form", set.Action, func(ctx context.Context, form formValues) (*formPage, error) {
		err := s.Reset(ctx, form.token, form.password, drf.ClientAddr(ctx).String())
		if message, status, told := formFault(err); told {
			again := set.with(status)
			again.Token, again.Fault = form.token, message
			return again, nil
		}
		if err != nil {
			return nil, err
		}
		return &formPage{
			Title: "Your password is set", Lines: []string{"You can sign in with it now."}, Links: []pageLink{{"Sign in", startPath}},
		}, nil
	})
}
