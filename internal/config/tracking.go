package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Tracking is what becomes of clicks.
type Tracking struct {
	AttributionWindow Span `placeholder:"TIME" default:"30d" help:"How long after a click a registration still belongs to it, such as 30d or 12h. Give every command the same."` //nolint:lll // a tag is one line
	ClickRetention    Span `placeholder:"TIME" default:"400d" help:"How long clicks are kept one by one; their sums stay. Not shorter than the attribution window."`             //nolint:lll // a tag is one line
}

// CheckTracking says what is wrong with the times.
func (t *Tracking) CheckTracking() error {
	if t.ClickRetention.Duration < t.AttributionWindow.Duration {
		return errors.New("--click-retention: not shorter than --attribution-window")
	}
	return nil
}

// Redirects is how tracked links are followed.
type Redirects struct {
	DeadLinkURL   string `name:"dead-link-url" placeholder:"URL" help:"Where links lead that count for nobody: unknown, blocked or archived ones. Without it, to the default landing page."`                 //nolint:lll // a tag is one line
	CountryHeader string `placeholder:"HEADER" help:"The header in which a trusted proxy says which country a visitor is in, two letters, such as CF-IPCountry. Without it, clicks' countries are unknown."` //nolint:lll // a tag is one line
}

// DeadLink is --dead-link-url; nil: not given.
func (r *Redirects) DeadLink() (*url.URL, error) {
	if r.DeadLinkURL == "" {
		return nil, nil //nolint:nilnil // not given
	}
	u, err := url.Parse(r.DeadLinkURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("--dead-link-url: write an http or https address, as in https://www.example.com/")
	}
	return u, nil
}

func (r *Redirects) check() error {
	if strings.Trim(r.CountryHeader, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return errors.New("--country-header: the name of a header, as in CF-IPCountry")
	}
	_, err := r.DeadLink()
	return err
}

// Span is a length of time, in days or shorter.
type Span struct{ time.Duration }

// maxSpan is how many days a Span may have.
const maxSpan = 36_500

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 32); err == nil && n > 0 && n <= maxSpan {
			s.Duration = time.Duration(n) * 24 * time.Hour
			return nil
		}
	}
	if d, err := time.ParseDuration(string(text)); err == nil && d >= time.Minute && d <= maxSpan*24*time.Hour {
		s.Duration = d
		return nil
	}
	return fmt.Errorf("%q: write 30d, or 12h", text)
}
