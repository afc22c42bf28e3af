package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Tracking holds the options for storing clicks.
type Tracking struct {
	ClickRetention Span `placeholder:"DURATION" default:"400d" help:"How long clicks are stored, such as 400d; their sums are stored forever. It must be at least the attribution window (see tributary settings)."`
}

// CheckTracking returns an error if clicks would be deleted before they could
// be attributed. longest is the longest attribution window that applies now or
// later.
func (t *Tracking) CheckTracking(longest time.Duration) error {
	if t.ClickRetention.Duration < longest {
		return fmt.Errorf("--click-retention is %s, shorter than the attribution window of %s: clicks would be deleted while registrations can still be "+
			"attributed to them. Give %s or longer", clock.FormatSpan(t.ClickRetention.Duration), clock.FormatSpan(longest), clock.FormatSpan(longest))
	}
	return nil
}

// Redirects holds the options for tracked links.
type Redirects struct {
	DeadLinkURL   string `name:"dead-link-url" placeholder:"URL" help:"The page to which unknown, blocked and archived links lead. Their clicks are not stored. Default: the default landing page."`
	CountryHeader string `placeholder:"HEADER" help:"The header in which a trusted proxy sends the visitor's country as two letters, such as CF-IPCountry. Without it, the countries of clicks are unknown."`
}

// DeadLink returns --dead-link-url, or nil if it is not given.
func (r *Redirects) DeadLink() (*url.URL, error) {
	if r.DeadLinkURL == "" {
		return nil, nil //nolint:nilnil // no URL is given
	}
	u, err := url.Parse(r.DeadLinkURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("--dead-link-url: write an http or https address, such as https://www.example.com/")
	}
	return u, nil
}

func (r *Redirects) check() error {
	if strings.Trim(r.CountryHeader, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return errors.New("--country-header: write the name of a header, such as CF-IPCountry")
	}
	_, err := r.DeadLink()
	return err
}

// Span is a duration that is given in days or in shorter units.
type Span struct{ time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	var err error
	s.Duration, err = clock.ParseSpan(string(text))
	return err
}
