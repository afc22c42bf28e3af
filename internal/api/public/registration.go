package public

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddRegistration declares how a stranger becomes a partner, and how a partner
// that forgot its password sets a new one.
func AddRegistration(r *httpapi.Router, s *identity.Registrations, partners *partner.Service) {
	h := registrationAPI{s, partners}
	r.Mount(wire.TagRegistration,
		httpapi.POST("/api/registration/", wire.Anyone, h.registrationCreate, registrationCreate),
		httpapi.Prepared(identity.ConfirmPath, wire.Anyone, h.registrationPrepare, h.registrationConfirm, registrationConfirm),
	)

	addRegistrationPages(r, s, partners)
	addPasswordReset(r, s)
}

type registrationAPI struct {
	s        *identity.Registrations
	partners *partner.Service
}

type registrationIn struct {
	Email     string `json:"email" format:"email" required:"true" doc:"E-mail address that the link is sent to. The partner will log in with it." example:"p@example.com"`
	Password  string `json:"password" format:"password" doc:"Checked if sent, but not stored. The account gets the password that is sent with the confirmation." example:"correct horse"`
	Country   string `json:"country" required:"true" minLength:"2" maxLength:"2" doc:"Country of the partner, ISO 3166 alpha-2." example:"ZA"`
	Programme string `json:"programme" alias:"program" enum:"ib,affiliate" required:"true" doc:"ib for an introducing broker, affiliate for an affiliate." example:"ib"`
}

type registrationOut struct {
	Status    string    `json:"status" enum:"confirmation_sent" doc:"Always confirmation_sent, whether or not a mail was sent."`
	Email     string    `json:"email" doc:"E-mail address that the mail is sent to." example:"p@example.com"`
	ExpiresAt time.Time `json:"expires_at" doc:"When the link in the mail stops working."`
}

type confirmIn struct {
	Token    string `json:"token" required:"true" maxLength:"token" doc:"Token from the link in the mail." example:"the-token-of-the-link"`
	Password string `json:"password" format:"password" required:"true" doc:"Password for the new account, 8 to 128 characters." example:"correct horse"`
}

type openedOut struct {
	PartnerUID  id.UUID              `json:"partner_uid" doc:"Id of the new partner."`
	Email       string               `json:"email" doc:"E-mail address that the partner logs in with." example:"p@example.com"`
	Country     string               `json:"country" doc:"Country of the partner, ISO 3166 alpha-2." example:"ZA"`
	Programme   string               `json:"programme" enum:"ib,affiliate" doc:"ib for an introducing broker, affiliate for an affiliate."`
	LinkCode    string               `json:"link_code" doc:"Code of the partner's default link." example:"abc123"`
	DefaultLink *wire.LinkAddressOut `json:"default_link" doc:"The partner's default link."`
}

var registrationCreate = httpapi.Op{
	ID:      "registration_create",
	Unkeyed: true,
	Status:  http.StatusAccepted,
	Summary: "Register as a partner",
	Description: "Sends a mail with a link that opens the Personal Area within 48 hours. Until then there is no partner. " +
		"The person who reads the mailbox chooses the password on the page of that link: a `password` sent here is checked and not stored. " +
		"A newer registration of the same e-mail replaces the older ones, whose links stop working.\n\n" +
		"The answer does not reveal whether the e-mail already belongs to a partner; the mail does. " +
		"One caller's address causes at most 3 mails an hour to a mailbox, and a mailbox gets at most 20 an hour from all callers. " +
		"A request beyond that gets the same answer, sends no mail and replaces nothing.\n\n" +
		"Where the broker has closed registration (`--registration closed`), this answers 403.",
	Request: map[string]string{"email": "p@example.com", "country": "ZA", "programme": "ib"},
	Example: json.RawMessage(`{"status":"confirmation_sent","email":"p@example.com","expires_at":"2026-07-02T12:00:00Z"}`),
	Errors:  []fault.Code{fault.PermissionDenied, fault.Throttled},
}

func (h registrationAPI) registrationCreate(ctx context.Context, in *registrationIn) (*registrationOut, error) {
	expires, err := h.s.Register(ctx, identity.RegistrationRequest{
		Email: in.Email, Password: in.Password, Country: in.Country, Programme: in.Programme, Address: httpapi.ClientAddr(ctx).String(),
	})
	if err != nil {
		return nil, err
	}
	return &registrationOut{Status: "confirmation_sent", Email: in.Email, ExpiresAt: expires}, nil
}

var registrationConfirm = httpapi.Op{
	ID:      "registration_confirm",
	Status:  http.StatusCreated,
	Summary: "Confirm a registration",
	Description: "Opens the Personal Area with this password: once this has answered, the partner can log in and its default link works. " +
		"A token that is unknown, used, replaced by a newer one or expired is a ValidationError on `token`, " +
		"an e-mail that became a partner's in the meantime one on `email`. A password that is refused does not use the token up.\n\n" +
		"The link in the mail is this path with `?token=`: in a browser, a page with a form that calls it.",
	Request: map[string]string{"token": "the-token-of-the-link", "password": "correct horse"},
	Example: json.RawMessage(`{"partner_uid":"0197c0de-0000-7000-8000-000000000001","email":"p@example.com","country":"ZA","programme":"ib",` +
		`"link_code":"abc123","default_link":{"full_default_link":"https://go.example.com/a/abc123","domain":"go.example.com","code":"abc123"}}`),
	Errors: []fault.Code{fault.PermissionDenied, fault.Throttled},
}

func (h registrationAPI) registrationPrepare(ctx context.Context, in *confirmIn) (identity.Confirmation, error) {
	return h.s.Prepare(ctx, in.Token, in.Password, httpapi.ClientAddr(ctx).String())
}

func (h registrationAPI) registrationConfirm(ctx context.Context, _ *confirmIn, c identity.Confirmation) (*openedOut, error) {
	opened, err := h.s.Confirm(ctx, c)
	if err != nil {
		return nil, err
	}
	link, err := h.partners.DefaultLink(ctx, opened.PartnerID)
	if err != nil {
		return nil, err
	}
	return &openedOut{
		PartnerUID: opened.PartnerID, Email: opened.Email, Country: opened.Country, Programme: opened.Programme,
		LinkCode: opened.Code, DefaultLink: wire.LinkAddressOf(&link),
	}, nil
}
