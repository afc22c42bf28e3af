package partner

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Config holds the settings of a Service.
type Config struct {
	Zone     *time.Location // programme's time zone; nil means UTC
	LinkBase string         // base URL of tracked links, such as "https://go.example.com"
	// Base returns the current base URL of tracked links. If Base is nil, LinkBase
	// is used.
	Base func(context.Context) (*url.URL, error)
	// WakeFacts applies the facts that have been released. The Service calls it
	// after a new link code has released facts that waited for it.
	WakeFacts func(context.Context)
}

// Service serves a partner's requests for their own data. Its methods return a
// *fault.Error for an error that the caller can correct.
type Service struct {
	store *Store
	clock clock.Clock
	zone  *time.Location
	base  func(context.Context) (*url.URL, error)
	wake  func(context.Context)
}

var errLinkBase = errors.New("not an http or https URL with a host and without a query")

// New returns a Service. It returns an error if LinkBase is not a valid base
// URL.
func New(store *Store, c clock.Clock, config Config) (*Service, error) {
	base, err := ParseBase(config.LinkBase)
	if err != nil {
		return nil, err
	}
	where := config.Base
	if where == nil {
		where = func(context.Context) (*url.URL, error) { return base, nil }
	}
	zone := config.Zone
	if zone == nil {
		zone = time.UTC
	}
	return &Service{store: store, clock: c, zone: zone, base: where, wake: config.WakeFacts}, nil
}

// ParseBase parses the base URL of tracked links, which must be an http or
// https URL without a query.
func ParseBase(text string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		return nil, fmt.Errorf("reading the base URL of links: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("reading the base URL of links: %q is %w", text, errLinkBase)
	}
	return base, nil
}
