package public

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
)

func addPasswordReset(r *httpapi.Router, s *identity.Registrations) {
	h := passwordResetAPI{s}
	r.Mount(wire.TagAuth,
		httpapi.POST(identity.ForgotPath, wire.Anyone, h.passwordReset, passwordReset),
		httpapi.POST(identity.ResetPath, wire.Anyone, h.passwordResetConfirm, passwordResetConfirm),
	)

	addPasswordResetPages(r, s)
}

type passwordResetAPI struct{ s *identity.Registrations }

type resetIn struct {
	Email string `json:"email" format:"email" required:"true" doc:"E-mail address of the partner. Case is ignored." example:"p@example.com"`
}

type resetConfirmIn struct {
	Token    string `json:"token" required:"true" maxLength:"token" doc:"Token from the link in the mail." example:"the-token-of-the-link"`
	Password string `json:"password" format:"password" required:"true" doc:"The new password, 8 to 128 characters." example:"correct horse"`
}

type resetOut struct {
	Status string `json:"status" enum:"reset_sent" doc:"Always reset_sent, whether or not a mail was sent."`
}

type resetDoneOut struct {
	Status      string          `json:"status" enum:"password_changed" doc:"Always password_changed."`
	KeysRevoked int             `json:"api_keys_revoked" doc:"Number of API keys that stopped working." example:"2"`
	Paused      int             `json:"paused" doc:"Number of webhooks and postbacks that were paused." example:"1"`
	SetUp       []wire.SetUpOut `json:"set_up" doc:"Items that keep working after the reset. The partner should check each of them."`
}

// resetLines returns the lines that the page shows after a reset. They say what the
// reset has changed, and what the partner should check.
func resetLines(done *identity.ResetDone) []string {
	lines := []string{"You can sign in with it now."}
	if done.KeysRevoked > 0 {
		lines = append(lines, fmt.Sprintf("Your API keys were revoked: %d. Create new ones for your programs.", done.KeysRevoked))
	}
	for i := range done.SetUps {
		u := &done.SetUps[i]
		line := "Still works: "
		if u.Paused {
			line = "Paused until you resume it: "
		}
		lines = append(lines, line+strings.TrimSpace(strings.ReplaceAll(u.Kind, "_", " ")+" "+u.Name+" "+u.Target))
	}
	return lines
}

// addPasswordResetPages declares two web pages. On the first page, a partner
// requests a reset. The link in the mail opens the second page.
func addPasswordResetPages(r *httpapi.Router, s *identity.Registrations) {
	ask := formPage{
		Title:  "Set a new password",
		Lines:  []string{"Enter the e-mail address that you sign in with. You will get a mail with a link."},
		Action: identity.ForgotPath + "page/", Field: fieldEmail, Button: "Send the mail",
	}
	set := formPage{
		Title:  "Set a new password",
		Lines:  []string{"Choose a password of 8 characters or more. Everyone who is signed in with the old password must sign in again."},
		Action: identity.ResetPath + "page/", Field: fieldPassword, Button: "Set the password",
	}
	gone := formPage{
		Title:  "This link no longer works",
		Lines:  []string{"It has already been used, or it is older than an hour. You can request a new link."},
		Action: ask.Action, Field: fieldEmail, Button: ask.Button,
	}
	addPage(r, "password_reset_page", identity.ForgotPath, func(context.Context, string) (*formPage, error) {
		return ask.withStatus(http.StatusOK), nil
	})
	addFormTarget(r, "password_reset_form", ask.Action, func(ctx context.Context, form formValues) (*formPage, error) {
		if !email.Valid(form.email) {
			again := ask.withStatus(http.StatusBadRequest)
			again.Fault = "Enter a valid e-mail address."
			return again, nil
		}
		err := s.AskReset(ctx, form.email, httpapi.ClientAddr(ctx).String())
		if message, status, told := formFault(err); told {
			again := ask.withStatus(status)
			again.Fault = message
			return again, nil
		}
		if err != nil {
			return nil, err
		}
		return &formPage{
			Title: "Check your mailbox",
			Lines: []string{"If this address belongs to a partner, a mail with a link is on its way. The link works for one hour."},
		}, nil
	})
	addPage(r, "password_reset_confirm_page", identity.ResetPath, func(ctx context.Context, token string) (*formPage, error) {
		works, err := s.Resettable(ctx, token)
		if err != nil {
			return nil, err
		}
		if !works {
			return gone.withStatus(http.StatusBadRequest), nil
		}
		shown := set.withStatus(http.StatusOK)
		shown.Token = token
		return shown, nil
	})
	addFormTarget(r, "password_reset_confirm_form", set.Action, func(ctx context.Context, form formValues) (*formPage, error) {
		done, err := s.Reset(ctx, form.token, form.password, httpapi.ClientAddr(ctx).String())
		if message, status, told := formFault(err); told {
			again := set.withStatus(status)
			again.Token, again.Fault = form.token, message
			return again, nil
		}
		if err != nil {
			return nil, err
		}
		return &formPage{
			Title: "Your password is set", Lines: resetLines(done), Links: []pageLink{{"Sign in", startPath}},
		}, nil
	})
}

var passwordReset = httpapi.Op{
	ID:      "password_reset",
	Unkeyed: true,
	Summary: "Request a password reset",
	Description: "Sends the partner a mail with a link for setting a new password. The link works for one hour. The response and " +
		"its timing are the same whether or not the e-mail belongs to a partner. A caller's address can cause at most 3 " +
		"such mails an hour to one mailbox, and all callers together at most 20. A request beyond these limits gets the " +
		"same response and sends no mail.",
	Request: map[string]string{"email": "p@example.com"},
	Example: json.RawMessage(`{"status":"reset_sent"}`),
	Errors:  []fault.Code{fault.Throttled},
}

func (h passwordResetAPI) passwordReset(ctx context.Context, in *resetIn) (*resetOut, error) {
	if err := h.s.AskReset(ctx, in.Email, httpapi.ClientAddr(ctx).String()); err != nil {
		return nil, err
	}
	return &resetOut{Status: "reset_sent"}, nil
}

var passwordResetConfirm = httpapi.Op{
	ID:      "password_reset_confirm",
	Unkeyed: true,
	Summary: "Set a new password",
	Description: "Sets a new password with the token from the mail. All sessions and API keys of the partner stop working, and " +
		"the partner is notified by e-mail. Webhooks and postbacks that were created or changed in the last 30 days are " +
		"paused. The response lists everything that is set up. `POST /api/security/set-up/resume/` resumes the items " +
		"that the partner recognises. The partner still needs its authenticator app, if it uses one. A token works once. " +
		"A token that is unknown, used or expired is a ValidationError on `token`. A password that is refused does not " +
		"use up the token.\n\n" +
		"The link in the mail is this path with `?token=`. In a browser, it shows a page with a form that sends this " +
		"request.",
	Request: map[string]string{"token": "the-token-of-the-link", "password": "correct horse"},
	Example: json.RawMessage(`{"status":"password_changed","api_keys_revoked":2,"paused":1,"set_up":[` + wire.SetUpExample + `true}]}`),
	Errors:  []fault.Code{fault.Throttled},
}

func (h passwordResetAPI) passwordResetConfirm(ctx context.Context, in *resetConfirmIn) (*resetDoneOut, error) {
	done, err := h.s.Reset(ctx, in.Token, in.Password, httpapi.ClientAddr(ctx).String())
	if err != nil {
		return nil, err
	}
	return &resetDoneOut{
		Status: "password_changed", KeysRevoked: done.KeysRevoked, Paused: done.Paused, SetUp: wire.SetUpsOf(done.SetUps),
	}, nil
}
