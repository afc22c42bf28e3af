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
	Email string `json:"email" format:"email" required:"true" doc:"E-mail address of the partner; case is ignored." example:"p@example.com"`
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
	SetUp       []wire.SetUpOut `json:"set_up" doc:"Everything that is set up and outlives the password. The partner should check each item."`
}

// resetLines say what the new password changed, and what the partner should
// check.
func resetLines(done *identity.ResetDone) []string {
	lines := []string{"You can sign in with it now."}
	if done.KeysRevoked > 0 {
		lines = append(lines, fmt.Sprintf("Your API keys were revoked: %d. Make new ones for your programs.", done.KeysRevoked))
	}
	for i := range done.SetUps {
		u := &done.SetUps[i]
		line := "Still set up: "
		if u.Paused {
			line = "Paused until you resume it: "
		}
		lines = append(lines, line+strings.TrimSpace(strings.ReplaceAll(u.Kind, "_", " ")+" "+u.Name+" "+u.Target))
	}
	return lines
}

// addPasswordResetPages declares the pages behind the links in password mails.
func addPasswordResetPages(r *httpapi.Router, s *identity.Registrations) {
	ask := formPage{
		Title:  "Set a new password",
		Lines:  []string{"Write the e-mail address with which you sign in. You get a mail with a link."},
		Action: identity.ForgotPath + "page/", Field: fieldEmail, Button: "Send the mail",
	}
	set := formPage{
		Title:  "Set a new password",
		Lines:  []string{"Choose a password of 8 characters or more. Everyone who is signed in with the old password must sign in again."},
		Action: identity.ResetPath + "page/", Field: fieldPassword, Button: "Set the password",
	}
	gone := formPage{
		Title:  "This link does not work any more",
		Lines:  []string{"It was used already, or it is older than an hour. You can ask for another one."},
		Action: ask.Action, Field: fieldEmail, Button: ask.Button,
	}
	addPage(r, "password_reset_page", identity.ForgotPath, func(context.Context, string) (*formPage, error) {
		return ask.with(http.StatusOK), nil
	})
	addFormTarget(r, "password_reset_form", ask.Action, func(ctx context.Context, form formValues) (*formPage, error) {
		if !email.Valid(form.email) {
			again := ask.with(http.StatusBadRequest)
			again.Fault = "Enter a valid e-mail address."
			return again, nil
		}
		err := s.AskReset(ctx, form.email, httpapi.ClientAddr(ctx).String())
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
	addPage(r, "password_reset_confirm_page", identity.ResetPath, func(ctx context.Context, token string) (*formPage, error) {
		works, err := s.Resettable(ctx, token)
		if err != nil {
			return nil, err
		}
		if !works {
			return gone.with(http.StatusBadRequest), nil
		}
		shown := set.with(http.StatusOK)
		shown.Token = token
		return shown, nil
	})
	addFormTarget(r, "password_reset_confirm_form", set.Action, func(ctx context.Context, form formValues) (*formPage, error) {
		done, err := s.Reset(ctx, form.token, form.password, httpapi.ClientAddr(ctx).String())
		if message, status, told := formFault(err); told {
			again := set.with(status)
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
	Summary: "Ask for a new password",
	Description: "Sends a partner a mail with a link to set a new password within an hour. " +
		"The answer and its time are the same whether or not the e-mail is a partner's. " +
		"One caller's address causes at most 3 such mails an hour to a mailbox, and a mailbox gets at most 20 an hour from all callers: " +
		"a request beyond that gets the same answer and sends no mail.",
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
	Description: "Every session and every API key of the partner stops working, and the partner gets a mail that says the " +
		"password was changed. " +
		"Webhooks and postbacks that were made or changed in the last 30 days are paused, and the answer lists everything that is set up: " +
		"`POST /api/security/set-up/resume/` resumes those that the partner knows. " +
		"Codes from an authenticator app are asked for as before. A token works once: one that is unknown, used or expired " +
		"is a ValidationError on `token`. A password that is refused does not use it up.\n\n" +
		"The link in the mail is this path with `?token=`: in a browser, a page with a form that calls it.",
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
