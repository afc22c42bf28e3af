// Package campaign stores partners' campaigns. A campaign has tracked links and
// daily costs. The package also stores the programme's link domains and landing
// pages, which these links use. Packages internal/click and
// internal/report/performance count the traffic.
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

// These are the limits for each partner, campaign and link.
const (
	MaxCampaigns = 10_000 // per partner
	MaxLinks     = 1_000  // per campaign
	MaxTags      = 16
)

// These are the platforms and operating systems for which a link can be made.
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
	Code        string    `db:"campaign_code"` // unique in the programme; part of the campaign's links
	Title       string    `db:"title"`
	Description string    `db:"description"`
	Archived    bool      `db:"archived"`
	Blocked     bool      `db:"is_blocked"` // blocked by the broker; links then lead to the page for dead links
	CreatedAt   time.Time `db:"created_at"`
	Links       []Link    `db:"-"` // oldest first
	Base        string    `db:"-"` // address of the campaign itself, without the number of a link
}

// Link is a tracked link of a campaign.
type Link struct {
	PartnerID    id.UUID   `db:"partner_id"`
	ID           int64     `db:"link_id"`
	CampaignCode string    `db:"campaign_code"`
	Domain       string    `db:"domain"`
	Page         string    `db:"page"` // name of a landing page; empty means the default page
	Platform     string    `db:"platform"`
	OS           string    `db:"os"`
	Tags         []string  `db:"-"`
	CreatedAt    time.Time `db:"created_at"`
	Address      string    `db:"-"` // complete address; only the Service sets it
}

// Cost is a campaign's cost on a day, as reported by the partner.
type Cost struct {
	PartnerID    id.UUID      `db:"partner_id"`
	CampaignCode string       `db:"campaign_code"`
	Day          clock.Day    `db:"day"`
	AmountUSD    money.Amount `db:"amount_usd_e6"`
	Comment      string       `db:"comment"`
}

// Domain is a host that tracked links can have.
type Domain struct {
	Domain    string    `db:"domain"`
	Scheme    string    `db:"scheme"`
	Region    string    `db:"region"` // empty means all regions
	IsDefault bool      `db:"is_default"`
	CreatedAt time.Time `db:"created_at"`
}

// Page is a landing page of the broker to which links can lead.
type Page struct {
	Name      string    `db:"page"` // empty for the default page
	URL       string    `db:"url"`
	Title     string    `db:"title"`
	CreatedAt time.Time `db:"created_at"`
}

// Filter selects the campaigns that a list contains. Zero fields do not
// restrict the list.
type Filter struct {
	Archived *bool
	Search   string // text in titles and codes, ignoring case
	Page     page.Page
}

// Traffic holds the properties of a partner that all of the partner's tracked
// links contain.
type Traffic struct {
	Code      string // partner's default code
	Programme string
}

// Address returns the address of a tracked link. base has a scheme and a host.
// number is the number of the link, or 0 for the campaign itself.
func Address(base *url.URL, t Traffic, code string, number int64) string {
	segment := t.Code
	if t.Programme == "affiliate" {
		segment = "c_" + segment
	}
	address := base.String() + "/a/" + url.PathEscape(segment) + "?campaign=" + url.QueryEscape(code)
	if number != 0 {
		address += "&l=" + strconv.FormatInt(number, 10)
	}
	return address
}
