package promo

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	free "github.com/tributary-server/tributary/internal/text"
)

// Link selects one of a partner's tracked links. Either LinkCode or CampaignCode
// must be set.
type Link struct {
	LinkCode     string
	CampaignCode string
	SubID        string // recorded with each click; may be empty
	Domain       string // one of the programme's domains; empty means the usual domain of the link
}

// Address returns the URL of a partner's tracked link. It returns
// ValidationError for link_code, campaign_code, sub_id or domain.
func (s *Service) Address(ctx context.Context, partnerID id.UUID, l Link) (*url.URL, error) {
	return s.address(ctx, partnerID, l, nil, "")
}

// address returns the URL of a link with a material, which may be nil. The link
// must lead to the given landing page, unless landing is empty.
func (s *Service) address(ctx context.Context, partnerID id.UUID, l Link, m *Material, landing string) (*url.URL, error) {
	var faults fault.Fields
	l.SubID = strings.TrimSpace(l.SubID)
	faults.Text("sub_id", l.SubID, free.FactText)
	switch {
	case l.LinkCode == "" && l.CampaignCode == "":
		faults.Add("link_code", "required", "Send either link_code or campaign_code.")
	case l.LinkCode != "" && l.CampaignCode != "":
		faults.Add("campaign_code", "invalid", "Send either link_code or campaign_code, not both.")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	var text string
	var err error
	if l.LinkCode != "" {
		text, err = s.linkOf(ctx, partnerID, l.LinkCode, landing)
	} else {
		text, err = s.campaignOf(ctx, partnerID, l.CampaignCode, landing)
	}
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if err := s.move(ctx, u, l.Domain); err != nil {
		return nil, err
	}
	more := url.Values{}
	if m != nil {
		more.Set("m", strconv.FormatInt(m.ID, 10))
	}
	if l.SubID != "" {
		more.Set("sub_id", l.SubID)
	}
	if len(more) > 0 {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+more.Encode(), "&")
	}
	return u, nil
}

// linkOf returns the address of the link with one of the partner's link codes.
// This link leads to the programme's default page.
func (s *Service) linkOf(ctx context.Context, partnerID id.UUID, code, landing string) (string, error) {
	found, err := s.store.Code(ctx, partnerID, code)
	switch {
	case errors.Is(err, ErrUnknown):
		return "", fault.Invalid("link_code", "does_not_exist", "You have no link with this code. Send one of yours.")
	case err != nil:
		return "", err
	case found.Blocked:
		return "", fault.Invalid("link_code", "blocked", "This link code is blocked, so its link leads nowhere. Send another one.")
	}
	if named, err := s.pageName(ctx, landing); err != nil || named != "" {
		return "", orElse(err, fault.Invalid("link_code", "no_link", "No link code leads to this page. Send the code of a campaign with a link to it."))
	}
	address, err := s.config.Address(ctx, code, found.Programme)
	return address.URL, err
}

func (s *Service) campaignOf(ctx context.Context, partnerID id.UUID, code, landing string) (string, error) {
	c, err := s.config.Campaigns.Get(ctx, partnerID, code)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return "", fault.Invalid("campaign_code", "does_not_exist", "You have no such campaign. Send the code of one of yours.")
	case err != nil:
		return "", err
	case c.Archived:
		return "", fault.Invalid("campaign_code", "archived", "This campaign is archived, so its links lead nowhere. Send another one.")
	case c.Blocked:
		return "", fault.Invalid("campaign_code", "blocked", "This campaign is blocked, so its links lead nowhere. Send another one.")
	}
	named, err := s.pageName(ctx, landing)
	if err != nil || named == "" {
		return c.Base, err
	}
	for i := range c.Links {
		if c.Links[i].Page == named {
			return c.Links[i].Address, nil
		}
	}
	return "", fault.Invalid("campaign_code", "no_link", `This campaign has no link to the page "`+named+`". Create the link first.`)
}

// pageName returns the name of the landing page with this address. The default
// page has the empty name. The error is NotFound if the programme no longer has
// the page.
func (s *Service) pageName(ctx context.Context, landing string) (string, error) {
	if landing == "" {
		return "", nil
	}
	pages, err := s.config.Campaigns.Pages(ctx)
	if err != nil {
		return "", err
	}
	at := pageOf(pages, landing)
	if at < 0 {
		return "", fault.New(fault.NotFound)
	}
	return pages[at].Name, nil
}

func orElse(err error, otherwise *fault.Error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (s *Service) move(ctx context.Context, u *url.URL, domain string) error {
	domain = strings.ToLower(strings.TrimSpace(domain))
	if domain == "" {
		return nil
	}
	domains, err := s.config.Campaigns.Domains(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(domains, func(d campaign.Domain) bool { return strings.EqualFold(d.Domain, domain) })
	if at < 0 {
		return fault.Invalid("domain", "does_not_exist", "The programme has no such domain. Send one from /api/campaigns/domains/.")
	}
	prefix := ""
	if domains[at].Domain == s.config.LinkBase.Host {
		prefix = strings.TrimSuffix(s.config.LinkBase.Path, "/")
	}
	u.Scheme, u.Host = domains[at].Scheme, domains[at].Domain
	u.Path, u.RawPath = prefix+u.Path[max(0, strings.LastIndex(u.Path, "/a/")):], ""
	return nil
}

// Embed has the code with which a partner shows a material on a page.
type Embed struct {
	HTML     string
	Markdown string
	BBCode   string
	Tracking string // tracked link in the code
}

// Embed returns the code for a material with one of the partner's links. It
// returns NotFound if partners may not use the material. It returns the errors
// of Address, and also ValidationError for campaign_code or link_code if the
// link does not lead to the material's page.
func (s *Service) Embed(ctx context.Context, partnerID id.UUID, materialID int64, l Link) (Embed, error) {
	m, err := s.usable(ctx, materialID)
	if err != nil {
		return Embed{}, err
	}
	content := ""
	if m.Kind == Landing || m.Kind == Text || m.Kind == Widget {
		f, err := s.store.File(ctx, m.ID, m.Version, false)
		if err != nil {
			return Embed{}, err
		}
		content = string(f.Content)
	}
	landing := ""
	if m.Kind == Landing {
		landing = content
	}
	link, err := s.address(ctx, partnerID, l, &m, landing)
	if err != nil {
		return Embed{}, err
	}
	return snippets(&m, link.String(), s.publicAddress(&m), content), nil
}
