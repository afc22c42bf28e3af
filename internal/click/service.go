package click

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// Code is a link code with its owner.
type Code struct {
	linkcode.Code

	PartnerID id.UUID
	Blocked   bool // whether the code itself or its partner is blocked
}

// Codes looks up link codes and blocked sub_ids. SQLCodes implements it, and
// tests use a type with one code.
type Codes interface {
	// Codes returns the link codes for which linkcode.Fold returns one of the
	// given folds.
	Codes(ctx context.Context, folds []string) ([]Code, error)
	BlockedSubIDs(ctx context.Context, partnerID id.UUID) ([]string, error)
}

// Targets looks up the pages to which campaigns' links lead. campaign.Store
// implements it, and tests use a type with one campaign.
type Targets interface {
	Campaign(ctx context.Context, partnerID id.UUID, code string) (campaign.Campaign, error)
	Pages(ctx context.Context) ([]campaign.Page, error)
}

// Config has the settings of a Service.
type Config struct {
	Zone *time.Location // the programme's time zone, which decides the day of a click
	// Dead is the page for links that belong to no partner. If Dead is nil,
	// these links lead to the default landing page.
	Dead *url.URL
	// Home is the page for all links as long as the programme has no landing
	// page.
	Home *url.URL
}

// Service follows tracked links.
type Service struct {
	recorder *Recorder
	signer   Signer
	codes    Codes
	targets  Targets
	clock    clock.Clock
	zone     *time.Location
	gone     *target // page for dead links; nil means the default landing page
	home     *target

	owners    *cache[string, *Code]
	campaigns *cache[campaignKey, *campaign.Campaign]
	blocked   *cache[id.UUID, map[string]bool]
	pages     *cache[struct{}, map[string]*target]
}

type campaignKey struct {
	partnerID id.UUID
	code      string
}

// These are the maximum sizes of the caches.
const (
	cachedCodes     = 10_000
	cachedCampaigns = 500
	cachedPartners  = 1_000
)

// New returns a Service. The caller must close the recorder.
func New(recorder *Recorder, signer Signer, codes Codes, targets Targets, c clock.Clock, config Config) *Service {
	s := &Service{
		recorder: recorder, signer: signer, codes: codes, targets: targets, clock: c, zone: config.Zone, home: newTarget(config.Home.String()),
		owners: newCache[string, *Code](c, cachedCodes), campaigns: newCache[campaignKey, *campaign.Campaign](c, cachedCampaigns),
		blocked: newCache[id.UUID, map[string]bool](c, cachedPartners), pages: newCache[struct{}, map[string]*target](c, 1),
	}
	if config.Dead != nil {
		s.gone = newTarget(config.Dead.String())
	}
	return s
}

// At returns a copy of the service with another clock, because each visitor of
// the demo has a clock of their own.
func (s *Service) At(c clock.Clock) *Service {
	at := *s
	at.clock = c
	return &at
}

// Request is one request to a tracked link.
type Request struct {
	Code    string // decoded part of the path; see linkcode.FromPath
	Query   string // query string of the URL
	Kind    Kind   // Counted, unless the request is a prefetch or a HEAD request
	Country string // country in a proxy's header
	Visitor
}

// maxAgent is the number of bytes of a user agent that are examined.
const maxAgent = 512

// Follow stores the click and returns the address to which the link leads. A
// link leads to the page for dead links, and nothing is stored, if its code is
// unknown or blocked, if its campaign is blocked or archived, or if its sub_id
// is blocked. Follow ignores a campaign or link that the partner does not have.
//
// It returns ErrBusy if too many clicks arrive at once. After any error, the
// click is not stored, and the visitor should try again.
func (s *Service) Follow(ctx context.Context, r Request) (location string, err error) {
	if len(r.Agent) > maxAgent {
		r.Agent = r.Agent[:maxAgent]
	}
	if r.Kind == Counted && IsBot(r.Agent) {
		r.Kind = Bot
	}
	v := read(r.Query)
	pages, err := s.pages.get(struct{}{}, func() (map[string]*target, error) { return s.readPages(ctx) })
	if err != nil {
		return "", err
	}
	code, err := s.owner(ctx, clean(r.Code, maxText))
	if err != nil {
		return "", err
	}
	if code == nil || code.Blocked {
		return s.dead(pages), nil
	}
	c, err := s.campaign(ctx, code.PartnerID, v.campaign)
	if err != nil {
		return "", err
	}
	if c != nil && (c.Archived || c.Blocked) {
		return s.dead(pages), nil
	}
	if v.sub != "" {
		blocked, err := s.blockedSubs(ctx, code.PartnerID)
		if err != nil {
			return "", err
		}
		if blocked[v.sub] {
			return s.dead(pages), nil
		}
	}
	kept, page := s.newClick(code, c, &r, v, pages)
	if err := s.recorder.Add(ctx, kept, r.Visitor); err != nil {
		return "", err
	}
	return page.withQuery(s.addedQuery(&kept, v)), nil
}

// newClick returns the click to store for a request, and the page to which the
// link leads. c is nil if the link has no campaign.
func (s *Service) newClick(code *Code, c *campaign.Campaign, r *Request, v *visit, pages map[string]*target) (kept Click, page *target) {
	now := s.clock.Now()
	kept = Click{
		PartnerID: code.PartnerID, UID: id.New(), At: now, Hour: HourOf(now, s.zone), Kind: r.Kind,
		Source: Source{LinkCode: code.Text, SubID: v.sub, Country: country(r.Country), Platform: platform(r.Agent), MaterialID: v.material},
		Params: v.params(),
	}
	if page = pages[""]; page == nil {
		page = s.home
	}
	if c == nil {
		return kept, page
	}
	kept.CampaignCode = c.Code
	for i := range c.Links {
		if l := &c.Links[i]; l.ID == v.link {
			kept.LinkID, kept.Platform, kept.Tags = l.ID, l.Platform, strings.Join(l.Tags, ",")
			if named := pages[l.Page]; named != nil {
				page = named
			}
		}
	}
	return kept, page
}

func (s *Service) dead(pages map[string]*target) string {
	for _, page := range []*target{s.gone, pages[""]} {
		if page != nil {
			return page.String()
		}
	}
	return s.home.String()
}

func (s *Service) readPages(ctx context.Context) (map[string]*target, error) {
	list, err := s.targets.Pages(ctx)
	if err != nil {
		return nil, err
	}
	pages := map[string]*target{}
	for _, p := range list {
		if address, err := url.Parse(p.URL); err == nil && address.Host != "" {
			pages[p.Name] = newTarget(p.URL)
		}
	}
	return pages, nil
}

// owner returns the link code in a path segment, or nil if there is no such
// code.
func (s *Service) owner(ctx context.Context, segment string) (*Code, error) {
	if segment == "" {
		return nil, nil //nolint:nilnil // an empty segment is not a code
	}
	return s.owners.get(segment, func() (*Code, error) {
		found, err := s.codes.Codes(ctx, []string{linkcode.Fold(segment)})
		if err != nil {
			return nil, err
		}
		i := linkcode.Match(segment, len(found), func(i int) linkcode.Code { return found[i].Code })
		if i < 0 {
			return nil, nil
		}
		return &found[i], nil
	})
}

func (s *Service) campaign(ctx context.Context, partnerID id.UUID, code string) (*campaign.Campaign, error) {
	if code == "" {
		return nil, nil //nolint:nilnil // the link has no campaign
	}
	return s.campaigns.get(campaignKey{partnerID, code}, func() (*campaign.Campaign, error) {
		c, err := s.targets.Campaign(ctx, partnerID, code)
		if errors.Is(err, campaign.ErrUnknown) {
			return nil, nil // the cache then also remembers that a campaign does not exist
		}
		return &c, err
	})
}

func (s *Service) blockedSubs(ctx context.Context, partnerID id.UUID) (map[string]bool, error) {
	return s.blocked.get(partnerID, func() (map[string]bool, error) {
		list, err := s.codes.BlockedSubIDs(ctx, partnerID)
		if err != nil {
			return nil, err
		}
		blocked := make(map[string]bool, len(list))
		for _, sub := range list {
			blocked[sub] = true
		}
		return blocked, nil
	})
}
