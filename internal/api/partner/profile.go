package partner

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddProfile declares the operations on a partner's profile.
func AddProfile(r *httpapi.Router, s *partner.Profiles) {
	h := profileAPI{s}
	r.Mount(wire.TagPartner,
		httpapi.GET("/api/partner/profile/", wire.Read, h.partnerProfile, partnerProfile),
		httpapi.PATCH("/api/partner/profile/", wire.Write, h.partnerProfileUpdate, partnerProfileUpdate),
	)
}

type profileAPI struct{ s *partner.Profiles }

type profileOut struct {
	Email     string     `json:"email" doc:"E-mail address that the partner logs in with." example:"p@example.com"`
	Country   string     `json:"country" doc:"Country of the partner, ISO 3166 alpha-2." example:"TH"`
	Language  string     `json:"language" doc:"Language of the partner, a BCP 47 tag such as en or pt-BR." example:"en"`
	TimeZone  string     `json:"time_zone" doc:"IANA name of the partner's time zone. The days of reports and rebate periods follow the programme's time zone instead." example:"Asia/Bangkok"`
	FullName  string     `json:"full_name" doc:"Name of the partner. May be empty." example:"Ann Partner"`
	Phone     string     `json:"phone" doc:"Phone number of the partner. May be empty." example:"+66 2 123 4567"`
	Messenger string     `json:"messenger" doc:"How to reach the partner by messenger, in the partner's own words. May be empty." example:"Telegram @ann"`
	UpdatedAt *time.Time `json:"updated_at" doc:"When the profile was last changed. Null if it was never changed."`
}

type profileIn struct {
	Language  *string `json:"language" maxLength:"language" doc:"Language of the partner, a BCP 47 tag such as en or pt-BR." example:"en"`
	TimeZone  *string `json:"time_zone" maxLength:"label" doc:"IANA name of the partner's time zone." example:"Asia/Bangkok"`
	FullName  *string `json:"full_name" maxLength:"title" doc:"Name of the partner." example:"Ann Partner"`
	Phone     *string `json:"phone" maxLength:"phone" doc:"Phone number. It may contain digits, spaces and the characters + - ( ) . /" example:"+66 2 123 4567"`
	Messenger *string `json:"messenger" maxLength:"name" doc:"How to reach the partner by messenger." example:"Telegram @ann"`
}

const profileExample = `{"email":"p@example.com","country":"TH","language":"en","time_zone":"Asia/Bangkok","full_name":"Ann Partner",` +
	`"phone":"+66 2 123 4567","messenger":"Telegram @ann","updated_at":"2026-06-30T12:00:00Z"}`

func profileOf(p *partner.Profile) *profileOut {
	out := &profileOut{
		Email: p.Email, Country: p.Country, Language: p.Language, TimeZone: p.Zone, FullName: p.FullName, Phone: p.Phone, Messenger: p.Messenger,
	}
	if !p.UpdatedAt.IsZero() {
		out.UpdatedAt = &p.UpdatedAt
	}
	return out
}

var partnerProfile = httpapi.Op{
	ID:          "partner_profile",
	Summary:     "Get the profile",
	Description: "Returns the partner's language, time zone and contact details.",
	Example:     json.RawMessage(profileExample),
}

func (h profileAPI) partnerProfile(ctx context.Context, _ *struct{}) (*profileOut, error) {
	p, err := h.s.Profile(ctx, partnerOf(ctx))
	return profileOf(&p), err
}

var partnerProfileUpdate = httpapi.Op{
	ID:      "partner_profile_update",
	Summary: "Update the profile",
	Description: "Changes the fields that are sent. An empty text clears a field. The e-mail address and the country cannot be " +
		"changed here.",
	Request: map[string]string{"language": "en", "time_zone": "Asia/Bangkok"},
	Example: json.RawMessage(profileExample),
}

func (h profileAPI) partnerProfileUpdate(ctx context.Context, in *profileIn) (*profileOut, error) {
	p, err := h.s.Change(ctx, partnerOf(ctx), partner.ProfileChange{
		Language: in.Language, Zone: in.TimeZone, FullName: in.FullName, Phone: in.Phone, Messenger: in.Messenger,
	})
	return profileOf(&p), err
}
