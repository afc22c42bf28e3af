package partner

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddProfile declares how a partner reads and changes its profile.
func AddProfile(r *httpapi.Router, s *partner.Profiles) {
	h := profileAPI{s}
	r.Mount(wire.TagPartner,
		httpapi.GET("/api/partner/profile/", wire.Read, h.partnerProfile, partnerProfile),
		httpapi.PATCH("/api/partner/profile/", wire.Write, h.partnerProfileUpdate, partnerProfileUpdate),
	)
}

type profileAPI struct{ s *partner.Profiles }

type profileOut struct {
	Email     string     `json:"email" doc:"What the partner signs in with." example:"p@example.com"`
	Country   string     `json:"country" example:"TH"`
	Language  string     `json:"language" doc:"A BCP 47 tag." example:"en"`
	TimeZone  string     `json:"time_zone" doc:"An IANA name; days and periods of money go by the programme's own zone." example:"Asia/Bangkok"`
	FullName  string     `json:"full_name" example:"Ann Partner"`
	Phone     string     `json:"phone" example:"+66 2 123 4567"`
	Messenger string     `json:"messenger" doc:"Where to write to, in the partner's words." example:"Telegram @ann"`
	UpdatedAt *time.Time `json:"updated_at" doc:"null: never."`
}

type profileIn struct {
	Language  *string `json:"language" maxLength:"language" doc:"A BCP 47 tag: en, pt-BR." example:"en"`
	TimeZone  *string `json:"time_zone" maxLength:"label" doc:"An IANA name." example:"Asia/Bangkok"`
	FullName  *string `json:"full_name" maxLength:"title" example:"Ann Partner"`
	Phone     *string `json:"phone" maxLength:"phone" doc:"Digits, spaces and + - ( ) . /" example:"+66 2 123 4567"`
	Messenger *string `json:"messenger" maxLength:"name" example:"Telegram @ann"`
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
	Summary:     "The partner's profile",
	Description: "The partner's language, time zone and contact.",
	Example:     json.RawMessage(profileExample),
}

func (h profileAPI) partnerProfile(ctx context.Context, _ *struct{}) (*profileOut, error) {
	p, err := h.s.Profile(ctx, partnerOf(ctx))
	return profileOf(&p), err
}

var partnerProfileUpdate = httpapi.Op{
	ID:          "partner_profile_update",
	Summary:     "Change the profile",
	Description: "Fields that are not sent stay as they are; an empty text clears a field. E-mail and country cannot be changed here.",
	Request:     map[string]string{"language": "en", "time_zone": "Asia/Bangkok"},
	Example:     json.RawMessage(profileExample),
}

func (h profileAPI) partnerProfileUpdate(ctx context.Context, in *profileIn) (*profileOut, error) {
	p, err := h.s.Change(ctx, partnerOf(ctx), partner.ProfileChange{
		Language: in.Language, Zone: in.TimeZone, FullName: in.FullName, Phone: in.Phone, Messenger: in.Messenger,
	})
	return profileOf(&p), err
}
