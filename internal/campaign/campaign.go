// Package campaign holds partners' campaigns: what a partner advertises, the
// tracked links it sends traffic through, and what each day cost. It also holds
// the programme's domains and landing pages that those links use. The traffic
// itself is counted by internal/click and internal/report/performance.
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

// Limits on what a partner may make.
const (
	MaxCampaigns = 10_000 // per partner
	MaxLinks     = 1_000  // per campaign
	MaxTags      = 16
)

// Platforms and operating systems that a link can be for.
const (
	PlatformWeb    = "web"
	PlatformMobile = "mobile"
	OSAll          = "all"
	OSAndroid      = "android"
	OSIOS          = "ios"
)

// Campaign is one campaign of a partner.
type Campaign struct {
	PartnerID   id.UUID   `db:"partner_id"`
	Code        string    `db:"campaign_code"` // unique in the programme; links carry it
	Title       string    `db:"title"`
	Description string    `db:"description"`
	Archived    bool      `db:"archived"`
	Blocked     bool      `db:"is_blocked"` // blocked by the broker: its links lead to the page of dead links
	CreatedAt   time.Time `db:"created_at"`
	Links       []Link    `db:"-"` // the oldest first
	Base        string    `db:"-"` // the address of the campaign itself, without a link's number
}

// Link is a tracked link of a campaign.
type Link struct {
	PartnerID    id.UUID   `db:"partner_id"`
	ID           int64     `db:"link_id"`
	CampaignCode string    `db:"campaign_code"`
	Domain       string    `db:"domain"`
	Page         string    `db:"page"` // a name among the programme's pages; empty: the default page
	Platform     string    `db:"platform"`
	OS           string    `db:"os"`
	Tags         []string  `db:"-"`
	CreatedAt    time.Time `db:"created_at"`
	Address      string    `db:"-"` // the complete address; set by the service
}

// Cost is what a campaign cost on a day, as the partner reports it.
type Cost struct {
	PartnerID    id.UUID      `db:"partner_id"`
	CampaignCode string       `db:"campaign_code"`
	Day          clock.Day    `db:"day"`
	AmountUSD    money.Amount `db:"amount_usd_e6"`
	Comment      string       `db:"comment"`
}

// Domain is a host that tracked links may use.
type Domain struct {
	Domain    string    `db:"domain"`
	Scheme    string    `db:"scheme"`
	Region    string    `db:"region"` // empty: all regions
	IsDefault bool      `db:"is_default"`
	CreatedAt time.Time `db:"created_at"`
}

// Page is a named landing page of the broker's, which links lead to.
type Page struct {
	Name      string    `db:"page"` // empty: the default page
	URL       string    `db:"url"`
	Title     string    `db:"title"`
	CreatedAt time.Time `db:"created_at"`
}

// Filter narrows a list of campaigns; zero fields let everything through.
type Filter struct {
	Archived *bool
	Search   string // in titles and codes, ignoring case
	Page     page.Page
}

// Traffic is what all tracked links of one partner begin with.
type Traffic struct {
	Code      string // the partner's default code
	Programme string
}

// Address builds a tracked link. domain is a scheme and a host; number 0 means
// no particular link.
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
