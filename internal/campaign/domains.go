package campaign

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/text"
)

// Domains returns the domains for links, the default domain first. If there are
// none, it returns the server's own address.
func (s *Service) Domains(ctx context.Context) ([]Domain, error) {
	domains, err := s.store.Domains(ctx)
	if err != nil || len(domains) > 0 {
		return domains, err
	}
	return []Domain{{Domain: s.fallback.Host, Scheme: s.fallback.Scheme, IsDefault: true}}, nil
}

// Pages returns the landing pages to which links can lead.
func (s *Service) Pages(ctx context.Context) ([]Page, error) { return s.store.Pages(ctx) }

// base returns the URL with which links on a domain start. If the programme no
// longer has this domain, it returns that of the default domain.
func (s *Service) base(domains []Domain, domain string) *url.URL {
	base := *s.fallback
	for _, d := range domains {
		if d.Domain == domain || (d.IsDefault && domain == "") {
			return &url.URL{Scheme: d.Scheme, Host: d.Domain, Path: s.pathOf(d.Domain)}
		}
	}
	if domain != "" {
		return s.base(domains, "")
	}
	return &base
}

// pathOf returns the path before /a/. It is empty unless the domain is the
// server's own address.
func (s *Service) pathOf(domain string) string {
	if domain == s.fallback.Host {
		return s.fallback.Path
	}
	return ""
}

func (s *Service) address(ctx context.Context, partnerID id.UUID, list []Campaign) error {
	if len(list) == 0 {
		return nil
	}
	traffic, err := s.store.Traffic(ctx, partnerID)
	if err != nil {
		return err
	}
	domains, err := s.store.Domains(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		c.Base = Address(s.base(domains, ""), traffic, c.Code, 0)
		for j := range c.Links {
			c.Links[j].Address = Address(s.base(domains, c.Links[j].Domain), traffic, c.Code, c.Links[j].ID)
		}
	}
	return nil
}

func (s *Service) addressOne(ctx context.Context, c Campaign) (Campaign, error) {
	list := []Campaign{c}
	err := s.address(ctx, c.PartnerID, list)
	return list[0], err
}

// baseFor is how long the default domain is cached. After a change, partners'
// summaries can show the previous domain for this time.
const baseFor = 5 * time.Second

// DefaultBase returns the URL with which links on the default domain start.
func (s *Service) DefaultBase(ctx context.Context) (*url.URL, error) {
	s.remembered.Lock()
	defer s.remembered.Unlock()
	now := s.clock.Now()
	if s.remembered.base != nil && now.Before(s.remembered.until) && s.remembered.until.Sub(now) <= baseFor {
		return s.remembered.base, nil
	}
	domains, err := s.store.Domains(ctx)
	if err != nil {
		return nil, err
	}
	s.remembered.base, s.remembered.until = s.base(domains, ""), now.Add(baseFor)
	return s.remembered.base, nil
}

func (s *Service) forget() {
	s.remembered.Lock()
	defer s.remembered.Unlock()
	s.remembered.base = nil
}

var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$`)

// SetDomain adds or changes a domain. The first domain becomes the default. It
// returns ValidationError if domain, scheme or region is not valid.
func (s *Service) SetDomain(ctx context.Context, d Domain) (Domain, error) {
	d.Domain = strings.ToLower(strings.TrimSpace(d.Domain))
	var faults fault.Fields
	if text.Host.Exceeded(d.Domain) || !hostPattern.MatchString(d.Domain) {
		faults.Add("domain", "invalid", "Enter a host name. Add the port unless it is the default port of the scheme.")
	}
	if d.Scheme == "" {
		d.Scheme = "https"
	}
	if d.Scheme != "https" && d.Scheme != "http" {
		faults.Add("scheme", "invalid_choice", "Choose https or http.")
	}
	faults.Text("region", d.Region, text.Label)
	if err := faults.Err(); err != nil {
		return Domain{}, err
	}
	known, err := s.store.Domains(ctx)
	if err != nil {
		return Domain{}, err
	}
	others := false
	for _, k := range known {
		others = others || (k.Domain != d.Domain && k.IsDefault)
	}
	d.IsDefault = d.IsDefault || !others
	d.CreatedAt = s.clock.Now()
	defer s.forget()
	return d, s.store.SetDomain(ctx, d)
}

// RemoveDomain removes a domain. Links on this domain then use the default
// domain. It returns NotFound if there is no such domain. It returns
// ValidationError if the domain is the default and there are other domains.
func (s *Service) RemoveDomain(ctx context.Context, domain string) error {
	defer s.forget()
	return s.store.RemoveDomain(ctx, domain)
}

// SetPage adds or changes a landing page. It returns ValidationError if page,
// url or title is not valid.
func (s *Service) SetPage(ctx context.Context, p Page) (Page, error) {
	var faults fault.Fields
	if text.Label.Exceeded(p.Name) || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_/") != "" {
		faults.Add("page", "invalid", fmt.Sprintf("Use at most %d lower-case letters, digits, hyphens, underscores and slashes.", text.Label))
	}
	target, err := url.Parse(p.URL)
	if err != nil || text.Link.Exceeded(p.URL) || (target.Scheme != "https" && target.Scheme != "http") || target.Host == "" || target.User != nil {
		faults.Add("url", "invalid", fmt.Sprintf("Enter a complete http or https address of at most %d characters.", text.Link))
	}
	faults.Text("title", p.Title, text.Title)
	if err := faults.Err(); err != nil {
		return Page{}, err
	}
	p.CreatedAt = s.clock.Now()
	return p, s.store.SetPage(ctx, p)
}

// RemovePage removes a landing page. Links to this page then lead to the
// default page. It returns NotFound if there is no such page.
func (s *Service) RemovePage(ctx context.Context, name string) error {
	return s.store.RemovePage(ctx, name)
}
