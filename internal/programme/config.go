package programme

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/process"
	"github.com/tributary-server/tributary/internal/wallet"
)

// Config holds the settings that an operator may choose. A zero value means the
// default.
type Config struct {
	Clock   clock.Clock  // default: the system's clock
	Logger  *slog.Logger // default: nothing is logged
	Version string       // version of the server; default "devel"

	// Zone is the time zone of the programme. The default is the zone in the database,
	// or UTC if the database has none. The zone can change until the first fact or
	// click makes it permanent.
	Zone           *time.Location
	ClickRetention time.Duration // how long clicks are stored; default 400 days

	LinkBase  string // base URL of partners' links; default "http://localhost:8080"
	PublicURL string // base URL of links in mails; default LinkBase

	DeadLink       *url.URL       // target of unknown, blocked and archived links; default: the default landing page
	CountryHeader  string         // request header in which a trusted proxy sends the visitor's country; if empty, countries are unknown
	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For header is trusted
	CORSOrigins    []string       // origins whose pages may call the API from a browser

	PartnerLimit, BrokerLimit, AddressLimit httpapi.Limit // default: the contract's limits

	// Role is the part of the work that this server does. The default is process.All,
	// and a server on SQLite must use the default.
	Role process.Role

	Ready func(context.Context) error // additional check for /readyz, which returns "not ready" while the check returns an error; nil means no such check

	Mails     mail.QuotaQueue // queue for mails; default: the store
	Transport mail.Transport  // sends queued mails; nil means that no mail is sent
	Egress    []netip.Prefix  // private networks to which the server may send webhooks and other requests for partners

	Passwords identity.Params // cost of hashing passwords and codes; default identity.DefaultParams
	ResetTime time.Duration   // minimum duration of a request for a password reset; see RegistrationConfig in package identity

	ExportDir string // directory for exports; default "exports"
	XLSXRows  int64  // maximum number of rows of a workbook that a request returns at once; see report.Options

	RegistrationClosed    bool // true if only the broker can register partners
	ApproveTrafficSources bool // true if the broker must approve traffic sources
	PostbackBands         bool // true if postbacks send the range in which the amount of a deposit lies, instead of the amount

	RebateMin, RebateMax money.Percent // percentages that partners can set for rebates; default 0 and 100
	RebatesExcept        []string      // ISO 3166 codes of countries whose partners cannot pay rebates
	RebateExpiry         time.Duration // time after which an unapproved rebate expires; default rebate.DefaultExpiry

	Withdrawals []wallet.Method // default: bank_transfer, card and crypto
	Exchange    wallet.Exchange // terms for transfers between currencies
}

const (
	defaultBase           = "http://localhost:8080"
	defaultClickRetention = 400 * 24 * time.Hour
	defaultExportDir      = "exports"
)

// settled is a Config with the defaults filled in and the addresses parsed.
type settled struct {
	Config

	linkBase, publicURL *url.URL
}

func (c Config) resolve() (settled, error) {
	r := settled{Config: c}
	if r.Clock == nil {
		r.Clock = clock.System()
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	r.Role = cmp.Or(r.Role, process.All)
	r.Version = cmp.Or(r.Version, "devel")
	r.ClickRetention = cmp.Or(r.ClickRetention, defaultClickRetention)
	r.ExportDir = cmp.Or(r.ExportDir, defaultExportDir)
	r.LinkBase = cmp.Or(r.LinkBase, defaultBase)
	var err error
	if r.linkBase, err = partner.ParseBase(r.LinkBase); err != nil {
		return r, err
	}
	r.publicURL = r.linkBase
	if c.PublicURL != "" {
		if r.publicURL, err = url.Parse(c.PublicURL); err != nil {
			return r, fmt.Errorf("reading the public address: %w", err)
		}
		if r.publicURL.Host == "" {
			return r, errors.New("the public address has no host: write an address such as https://partners.example.com")
		}
	}
	return r, nil
}
