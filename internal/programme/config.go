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
	"github.com/tributary-server/tributary/internal/wallet"
)

// Config is what an operator may choose. Zero values mean the defaults.
type Config struct {
	Clock   clock.Clock  // default: the system's
	Logger  *slog.Logger // default: nothing is logged
	Version string       // of the server; default "devel"

	// Zone is given to a store that has no time zone yet. A store whose zone
	// is fixed refuses another one. Default: the store's, at first UTC.
	Zone           *time.Location
	ClickRetention time.Duration // how long clicks are kept one by one; default 400 days

	LinkBase  string // the base URL of partners' links; default "http://localhost:8080"
	PublicURL string // the base URL of links in mails; default LinkBase

	DeadLink       *url.URL       // where links that count for no partner lead; default: the default landing page
	CountryHeader  string         // the header in which a trusted proxy names a visitor's country; default: countries are unknown
	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For is believed
	CORSOrigins    []string       // origins whose pages may call the API from a browser

	PartnerLimit, BrokerLimit, AddressLimit httpapi.Limit // default: the contract's

	Ready func(context.Context) error // an error keeps /readyz from answering 200; default: no check

	Mails     mail.QuotaQueue // where mails are queued; default: in the store
	Transport mail.Transport  // sends the mails queued in the store; default: none are sent
	Egress    []netip.Prefix  // networks that the server may call for partners although they are not public

	Passwords identity.Params // the cost of hashing passwords and codes; default identity.DefaultParams
	ResetTime time.Duration   // how long a request for a password reset takes at least: see identity.RegistrationConfig

	ExportDir string // the directory of workbooks made in the background; default "exports"
	XLSXRows  int64  // the most rows of a workbook that is made while its caller waits: see report.Options

	RegistrationClosed    bool // strangers cannot register
	ApproveTrafficSources bool // the broker must approve traffic sources, too
	PostbackBands         bool // postbacks send a deposit's range, not its amount

	RebateMin, RebateMax money.Percent // the percents that partners can set; default 0 to 100
	RebatesExcept        []string      // the countries (ISO 3166) whose partners have no rebates
	RebateExpiry         time.Duration // default rebate.DefaultExpiry

	Withdrawals []wallet.Method // default: bank_transfer, card and crypto
	Exchange    wallet.Exchange // the terms on which partners move money between currencies
}

const (
	defaultBase           = "http://localhost:8080"
	defaultClickRetention = 400 * 24 * time.Hour
	defaultExportDir      = "exports" // made with the first export
)

// settled is a Config with its defaults filled in and its addresses parsed.
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
			return r, errors.New("the public address names no host: write one as in https://partners.example.com")
		}
	}
	return r, nil
}
