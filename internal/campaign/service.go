package campaign

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/text"
)

// Service creates and changes campaigns. An error that the caller can correct
// is a *fault.Error.
type Service struct {
	store    Store
	clock    clock.Clock
	fallback *url.URL // beginning of links while the programme has no domains

	remembered struct {
		sync.Mutex
		base  *url.URL
		until time.Time
	}
}

// New returns a Service. Links start with fallback while the programme has no
// domains.
func New(store Store, c clock.Clock, fallback *url.URL) *Service {
	return &Service{store: store, clock: c, fallback: fallback}
}

// Draft has the values of a new campaign.
type Draft struct {
	Title       string
	Description string
	Archived    bool
}

// Change changes a campaign. A nil field stays as it is.
type Change struct {
	Title       *string
	Description *string
	Archived    *bool
}

// List returns one page of a partner's campaigns, and how many campaigns match
// f.
func (s *Service) List(ctx context.Context, partnerID id.UUID, f Filter) (list []Campaign, count int64, err error) {
	if list, count, err = s.store.Campaigns(ctx, partnerID, f); err != nil {
		return nil, 0, err
	}
	return list, count, s.address(ctx, partnerID, list)
}

// Get returns a campaign, or NotFound if the partner has no such campaign.
func (s *Service) Get(ctx context.Context, partnerID id.UUID, code string) (Campaign, error) {
	c, err := s.store.Campaign(ctx, partnerID, code)
	if err != nil {
		return Campaign{}, err
	}
	return s.addressOne(ctx, c)
}

// codeAlphabet leaves out letters that look like digits.
const (
	codeAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	codeLength   = 8
	codeTries    = 10
)

func newCode() string {
	random := make([]byte, codeLength)
	_, _ = rand.Read(random) // rand.Read never returns an error
	for i := range random {
		random[i] = codeAlphabet[int(random[i])%len(codeAlphabet)]
	}
	return string(random)
}

// Create creates a campaign. It returns ValidationError if title or description
// is not valid.
func (s *Service) Create(ctx context.Context, partnerID id.UUID, d Draft) (Campaign, error) {
	if err := checkTexts(&d.Title, &d.Description); err != nil {
		return Campaign{}, err
	}
	c := Campaign{PartnerID: partnerID, Title: d.Title, Description: d.Description, Archived: d.Archived, CreatedAt: s.clock.Now()}
	for range codeTries {
		c.Code = newCode()
		err := s.store.AddCampaign(ctx, &c, MaxCampaigns)
		if errors.Is(err, ErrCodeTaken) {
			continue
		}
		if err != nil {
			return Campaign{}, err
		}
		return s.addressOne(ctx, c)
	}
	return Campaign{}, fmt.Errorf("finding a free code: %w", ErrCodeTaken)
}

// Update changes a campaign. An archived campaign must be unarchived first, in
// a request that changes nothing else. Otherwise, Update returns
// PermissionDenied. It returns NotFound if the partner has no such campaign,
// and ValidationError if a value is not valid.
func (s *Service) Update(ctx context.Context, partnerID id.UUID, code string, change Change) (Campaign, error) {
	if err := checkTexts(change.Title, change.Description); err != nil {
		return Campaign{}, err
	}
	c, err := s.store.UpdateCampaign(ctx, partnerID, code, func(c *Campaign) error {
		if c.Archived && (change.Archived == nil || *change.Archived || change.Title != nil || change.Description != nil) {
			return archivedError()
		}
		if change.Title != nil {
			c.Title = *change.Title
		}
		if change.Description != nil {
			c.Description = *change.Description
		}
		if change.Archived != nil {
			c.Archived = *change.Archived
		}
		return nil
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.addressOne(ctx, c)
}

func checkTexts(title, description *string) error {
	var faults fault.Fields
	if title != nil {
		if *title = strings.TrimSpace(*title); *title == "" {
			faults.Add("title", "blank", "This field may not be blank.")
		}
		faults.Text("title", *title, text.Title)
	}
	if description != nil {
		faults.Lines("description", *description, text.Body)
	}
	return faults.Err()
}

// AddLink creates a tracked link. The link's domain and page must exist in the
// programme. AddLink returns NotFound if the partner has no such campaign,
// PermissionDenied if the campaign is archived, and ValidationError if domain,
// page, platform, os or tags is not valid.
func (s *Service) AddLink(ctx context.Context, l Link) (Link, error) {
	domains, err := s.Domains(ctx)
	if err != nil {
		return Link{}, err
	}
	pages, err := s.store.Pages(ctx)
	if err != nil {
		return Link{}, err
	}
	if err := checkLink(&l, domains, pages); err != nil {
		return Link{}, err
	}
	l.CreatedAt = s.clock.Now()
	err = s.store.AddLink(ctx, &l, MaxLinks, func(c *Campaign) error {
		if c.Archived {
			return archivedError()
		}
		return nil
	})
	if err != nil {
		return Link{}, err
	}
	campaigns := []Campaign{{Code: l.CampaignCode, Links: []Link{l}}}
	err = s.address(ctx, l.PartnerID, campaigns)
	return campaigns[0].Links[0], err
}

func checkLink(l *Link, domains []Domain, pages []Page) error {
	var faults fault.Fields
	l.Domain = strings.ToLower(strings.TrimSpace(l.Domain))
	if !slices.ContainsFunc(domains, func(d Domain) bool { return d.Domain == l.Domain }) {
		faults.Add("domain", "does_not_exist", "The programme has no such domain. Send one from /api/campaigns/domains/.")
	}
	if l.Page != "" && !slices.ContainsFunc(pages, func(p Page) bool { return p.Name == l.Page }) {
		faults.Add("page", "does_not_exist", "The programme has no such page. Send one from /api/campaigns/pages/.")
	}
	if len(l.Tags) > MaxTags {
		faults.Add("tags", "max_items", fmt.Sprintf("Ensure this list has no more than %d items.", MaxTags))
	}
	for i, tag := range l.Tags {
		if tag == "" || text.Tag.Exceeded(tag) || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			faults.Add(fmt.Sprintf("tags.%d", i), "invalid", fmt.Sprintf("Send a tag of 1 to %d Latin letters and digits.", text.Tag))
		}
		if slices.Contains(l.Tags[:i], tag) {
			faults.Add(fmt.Sprintf("tags.%d", i), "duplicate", "This tag occurs twice. Send it once.")
		}
	}
	return faults.Err()
}

// lastCost is 2099-12-31, the last day that a report can include.
const lastCost = clock.Day(47_481)

// maxCost is small enough that a sum of costs cannot overflow.
const maxCost = money.Amount(1_000_000_000_000_000) // one billion USD

// Costs returns a campaign's costs, the newest day first. It returns NotFound
// if the partner has no such campaign.
func (s *Service) Costs(ctx context.Context, partnerID id.UUID, code string, from, to clock.Day) ([]Cost, error) {
	if _, err := s.store.Campaign(ctx, partnerID, code); err != nil {
		return nil, err
	}
	return s.store.Costs(ctx, partnerID, code, from, to)
}

// SetCosts replaces a campaign's costs on the given days. It returns NotFound
// if the partner has no such campaign, PermissionDenied if the campaign is
// archived, and ValidationError if a cost is not valid.
func (s *Service) SetCosts(ctx context.Context, partnerID id.UUID, code string, costs []Cost) error {
	var faults fault.Fields
	seen := map[clock.Day]bool{}
	for i := range costs {
		c := &costs[i]
		if c.AmountUSD < 0 || c.AmountUSD > maxCost {
			faults.Add(fmt.Sprintf("costs.%d.amount_usd", i), "invalid", "Send an amount between 0 and 1,000,000,000.")
		}
		if c.Day < 0 || c.Day > lastCost {
			faults.Add(fmt.Sprintf("costs.%d.day", i), "invalid", "Send a day between 1970 and 2099.")
		}
		if seen[c.Day] {
			faults.Add(fmt.Sprintf("costs.%d.day", i), "duplicate", "This day occurs twice. Send it once.")
		}
		seen[c.Day] = true
		c.PartnerID, c.CampaignCode = partnerID, code
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return s.store.SetCosts(ctx, partnerID, code, costs, func(c *Campaign) error {
		if c.Archived {
			return archivedError()
		}
		return nil
	})
}
