package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Limits holds the options that limit how many requests a caller may send.
type Limits struct {
	RateLimit             int `placeholder:"N" default:"50" help:"Average number of calls per second for each partner; 0 is no limit."`
	RateLimitBurst        int `placeholder:"N" default:"0" help:"Number of calls that each partner may send at once; 0 is ten times --rate-limit."`
	AddressRateLimit      int `placeholder:"N" default:"50" help:"Average number of calls per second from each address without valid credentials; 0 is no limit. An IPv6 address counts as its /64 network."`
	AddressRateLimitBurst int `placeholder:"N" default:"0" help:"Number of calls that each address may send at once; 0 is ten times --address-rate-limit."`
	KeyRateLimit          int `placeholder:"N" default:"500" help:"Average number of calls per second for each broker key; 0 is no limit."`
	KeyRateLimitBurst     int `placeholder:"N" default:"0" help:"Number of calls that each broker key may send at once; 0 is ten times --key-rate-limit."`
}

const maxRate = 1_000_000

func (l *Limits) check() error {
	for name, n := range map[string]int{
		"rate-limit": l.RateLimit, "rate-limit-burst": l.RateLimitBurst,
		"address-rate-limit": l.AddressRateLimit, "address-rate-limit-burst": l.AddressRateLimitBurst,
		"key-rate-limit": l.KeyRateLimit, "key-rate-limit-burst": l.KeyRateLimitBurst,
	} {
		if n < 0 || n > maxRate {
			return fmt.Errorf("--%s: write a whole number from 0 to %d", name, maxRate)
		}
	}
	return nil
}

// Browsers holds the options for web pages that may call the API.
type Browsers struct {
	CORSOrigin []string `name:"cors-origin" placeholder:"ORIGIN" help:"Let pages of this origin, such as https://app.example.com, call the API from a browser with a token or key; may be repeated. Default: no other origin."`
}

func (b *Browsers) check() error {
	for _, origin := range b.CORSOrigin {
		if err := checkOrigin(origin); err != nil {
			return fmt.Errorf("--cors-origin: %q is not an origin: %w", origin, err)
		}
	}
	return nil
}

// checkOrigin returns an error unless text is an origin exactly as browsers send it.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "*"):
		return errors.New("list each origin: wildcards are not supported")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return errors.New("write a scheme and a host, such as https://app.example.com")
	case u.Scheme+"://"+u.Host != text:
		return errors.New("write only the scheme and the host, without a path or a final slash")
	case strings.ToLower(u.Host) != u.Host:
		return errors.New("write the origin in lower case, as browsers do")
	case u.Port() != "" && u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme]:
		return errors.New("omit the default port of the scheme, as browsers do")
	}
	return nil
}
