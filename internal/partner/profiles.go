package partner

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/text"
)

// These are the defaults for a partner who has not chosen a language or a time
// zone.
const (
	DefaultLanguage = "en"
	DefaultZone     = "UTC"
)

// Profile is the data that partners enter about themselves, together with their
// e-mail and country.
type Profile struct {
	Email   string // e-mail with which the partner signs in
	Country string

	Language  string // BCP 47 tag
	Zone      string // IANA time zone for display; days and money periods use the programme's time zone
	FullName  string
	Phone     string
	Messenger string    // how to reach the partner in a messenger app; any text
	UpdatedAt time.Time // time of the last change; zero if there was none
}

// ProfileChange is a change to a profile. A nil field leaves its value
// unchanged.
type ProfileChange struct {
	Language, Zone, FullName, Phone, Messenger *string
}

// Profiles reads and changes the profiles of partners.
type Profiles struct {
	store ProfileStore
	clock clock.Clock
	audit audit.Log
}

// NewProfiles returns a Profiles.
func NewProfiles(store ProfileStore, clk clock.Clock, log audit.Log) *Profiles {
	return &Profiles{store, clk, log}
}

// Profile returns a partner's profile. It returns NotFound if there is no such
// partner.
func (s *Profiles) Profile(ctx context.Context, partnerID id.UUID) (Profile, error) {
	p, found, err := s.store.Find(ctx, partnerID)
	if err == nil && !found {
		err = fault.New(fault.NotFound)
	}
	return p, err
}

// Change changes a partner's profile and returns the new profile. It returns
// ValidationError if a value is invalid, and NotFound if there is no such
// partner.
func (s *Profiles) Change(ctx context.Context, partnerID id.UUID, c ProfileChange) (Profile, error) {
	if err := c.check(); err != nil {
		return Profile{}, err
	}
	p, found, err := s.store.Update(ctx, partnerID, func(ctx context.Context, p *Profile) error {
		changed := c.apply(p)
		if len(changed) == 0 {
			return nil
		}
		p.UpdatedAt = s.clock.Now()
		return s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "profile.updated", Details: map[string]any{"fields": changed}})
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound)
	}
	return p, err
}

// apply applies the change to p. It returns the names of the changed fields.
func (c *ProfileChange) apply(p *Profile) []string {
	var changed []string
	for _, f := range []struct {
		name string
		from *string
		to   *string
	}{
		{"language", c.Language, &p.Language},
		{"time_zone", c.Zone, &p.Zone},
		{"full_name", c.FullName, &p.FullName},
		{"phone", c.Phone, &p.Phone},
		{"messenger", c.Messenger, &p.Messenger},
	} {
		if f.from != nil && *f.from != *f.to {
			*f.to = *f.from
			changed = append(changed, f.name)
		}
	}
	return changed
}

func (c *ProfileChange) check() error {
	var faults fault.Fields
	if c.Language != nil {
		tag, err := language.Parse(*c.Language)
		if err != nil || text.Language.Exceeded(*c.Language) || tag == language.Und || len(tag.Extensions()) > 0 {
			faults.Add("language", "invalid", "Must be a language tag, such as en or pt-BR.")
		} else {
			spelled := tag.String()
			c.Language = &spelled
		}
	}
	if c.Zone != nil && !validZone(*c.Zone) {
		faults.Add("time_zone", "invalid", "Must be the name of a time zone, such as Europe/Athens.")
	}
	for _, f := range []struct {
		name  string
		value *string
		limit text.Limit
	}{{"full_name", c.FullName, text.Title}, {"phone", c.Phone, text.Phone}, {"messenger", c.Messenger, text.Name}} {
		if f.value != nil {
			faults.Text(f.name, *f.value, f.limit)
		}
	}
	if c.Phone != nil && strings.Trim(*c.Phone, "0123456789 +-()./") != "" {
		faults.Add("phone", "invalid", "Only digits, spaces and + - ( ) . / are allowed.")
	}
	return faults.Err()
}

// validZone reports whether name is an IANA time zone. It rejects "Local",
// because Go interprets it as the zone of this machine, and the empty name,
// because Go interprets it as UTC.
func validZone(name string) bool {
	if name == "" || name == "Local" || text.Label.Exceeded(name) {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
