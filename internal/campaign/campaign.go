// Package campaign stores partners' campaigns with their tracked links and
// daily costs. It also stores the programme's link domains and landing pages,
// which the links use. Packages internal/click and internal/report/performance
// count the traffic.
package campaign

import (
	"net/url"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// These are the limits on the number of campaigns, links and tags.
const (
	MaxCampaigns = 10_000 // maximum number of a partner's campaigns
	MaxLinks     = 1_000  // maximum number of a campaign's links
	MaxTags      = 16
)

// These are the platforms and operating systems that a link can be made for.
const (
	PlatformWeb    = "web"
	PlatformMobile = "mobile"
	OSAll          = "all"
	OSAndroid      = "android"
	OSIOS          = "ios"
)

// Campaign is a campaign of a partner.
type Campaign struct {
	PartnerID   id.UUID   `db:"partner_id"`
	Code        string    `db:"campaign_code"` // unique in the programme, because the campaign's links contain it
	Title       string    `db:"title"`
	Description string    `db:"description"`
	Archived    bool      `db:"archived"`
	Blocked     bool      `db:"is_blocked"` // set by the broker; the campaign's links then lead to the page for dead links
	CreatedAt   time.Time `db:"created_at"`
	Links       []Link    `db:"-"` // the oldest first
	Base        string    `db:"-"` // address of the campaign itself, without a link's number
}

// Link is a tracked link of a campaign.
type Link struct {
	PartnerID    id.UUID   `db:"partner_id"`
	ID           int64     `db:"link_id"`
	CampaignCode string    `db:"campaign_code"`
	Domain       string    `db:"domain"`
	Page         string    `db:"page"` // name of the landing page; empty means the default page
	Platform     string    `db:"platform"`
	OS           string    `db:"os"`
	Tags         []string  `db:"-"`
	CreatedAt    time.Time `db:"created_at"`
	Address      string    `db:"-"` // complete address; set by the Service
}

// Cost is the cost of a campaign on one day, as the partner has reported it.
type Cost struct {
	PartnerID    id.UUID      `db:"partner_id"`
	CampaignCode string       `db:"campaign_code"`
	Day          clock.Day    `db:"day"`
	AmountUSD    money.Amount `db:"amount_usd_e6"`
	Comment      string       `db:"comment"`
}

// Domain is a host for tracked links.
type Domain struct {
	Domain    string    `db:"domain"`
	Scheme    string    `db:"scheme"`
	Region    string    `db:"region"` // region where the domain is used; empty means all regions
	IsDefault bool      `db:"is_default"`
	CreatedAt time.Time `db:"created_at"`
}

// Page is one of the broker's landing pages.
type Page struct {
	Name      string    `db:"page"` // empty for the default page
	URL       string    `db:"url"`
	Title     string    `db:"title"`
	CreatedAt time.Time `db:"created_at"`
}

// Filter selects the campaigns in a list. A field with the zero value excludes
// no campaigns.
type Filter struct {
	Archived *bool
	Search   string // text to find in titles and codes; letter case is ignored
	Page     page.Page
}

// Traffic holds the data of a partner that is part of every tracked link of the
// partner.
type Traffic struct {
	Code      string // the partner's default link code
	Programme string
}

// Address returns the address of a tracked link. base gives its scheme, host
// and path prefix. linkID is 0 for the link of the campaign itself.
func Address(base *url.URL, t Traffic, code string, linkID int64) string {
	segment := t.Code
	if t.Programme == "affiliate" {
		segment = "c_" + segment
	}
	address := base.String() + "/a/" + url.PathEscape(segment) + "?campaign=" + url.QueryEscape(code)
	if linkID != 0 {
		address += "&l=" + strconv.FormatInt(linkID, 10)
	}
	return address
}
