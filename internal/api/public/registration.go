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

// AddRegistration declares the operations and pages for registration and for
// the reset of a forgotten password.
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
	Email     string `json:"email" format:"email" required:"true" doc:"E-mail address that the link is sent to. The partner logs in with this address." example:"p@example.com"`
	Password  string `json:"password" format:"password" doc:"Password that is checked but not stored. The partner gets the password that is sent with the confirmation." example:"correct horse"`
	Country   string `json:"country" required:"true" minLength:"2" maxLength:"2" doc:"Country of the partner, ISO 3166 alpha-2." example:"ZA"`
	Programme string `json:"programme" alias:"program" enum:"ib,affiliate" required:"true" doc:"ib for an introducing broker, affiliate for an affiliate." example:"ib"`
}

type registrationOut struct {
	Status    string    `json:"status" enum:"confirmation_sent" doc:"Always confirmation_sent, whether or not a mail was sent."`
	Email     string    `json:"email" doc:"E-mail address from the request." example:"p@example.com"`
	ExpiresAt time.Time `json:"expires_at" doc:"When the link in the mail stops working."`
}

type confirmIn struct {
	Token    string `json:"token" required:"true" maxLength:"token" doc:"Token from the link in the mail." example:"the-token-of-the-link"`
	Password string `json:"password" format:"password" required:"true" doc:"Password of the new partner, 8 to 128 characters." example:"correct horse"`
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
	Description: "Sends a mail with a link that opens the Personal Area. The link works for 48 hours. The partner does not exist " +
		"until the registration is confirmed. The person who reads the mailbox chooses the password on the page that the " +
		"link opens. A `password` in this request is checked but not stored. A newer registration of the same e-mail " +
		"replaces the older registrations, whose links stop working.\n\n" +
		"The response does not reveal whether the e-mail already belongs to a partner. Only the mail does. A caller's " +
		"address can cause at most 3 mails an hour to one mailbox, and all callers together at most 20. A request beyond " +
		"these limits gets the same response, sends no mail and replaces nothing.\n\n" +
		"The request is refused with 403 if the broker has closed registration (`--registration closed`).",
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
	Description: "Creates the partner and opens its Personal Area with this password. After the response, the partner can log in " +
		"and its default link works. A token that is unknown, used, expired or replaced by a newer one is a " +
		"ValidationError on `token`. An e-mail that has become a partner's in the meantime is a ValidationError on " +
		"`email`. A password that is refused does not use up the token.\n\n" +
		"The link in the mail is this path with `?token=`. In a browser, it shows a page with a form that sends this " +
		"request.",
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
