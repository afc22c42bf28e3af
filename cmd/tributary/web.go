package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/wallet"
)

// webConfig returns the configuration of a programme that serves HTTP. serverURL
// is the address at which the server itself listens.
func (a *app) webConfig(web *config.Web, database config.Database, serverURL string) (programme.Config, error) {
	c := a.config()
	dead, err := web.DeadLink()
	if err != nil {
		return c, usageError{err}
	}
	c.LinkBase, c.PublicURL, c.DeadLink = cmp.Or(web.LinkBase, serverURL), web.PublicURL, dead
	c.CountryHeader, c.TrustedProxies, c.CORSOrigins = web.CountryHeader, web.TrustedProxy, web.CORSOrigin
	c.PartnerLimit = limitOf(web.RateLimit, web.RateLimitBurst)
	c.AddressLimit = limitOf(web.AddressRateLimit, web.AddressRateLimitBurst)
	c.BrokerLimit = limitOf(web.KeyRateLimit, web.KeyRateLimitBurst)
	c.Egress, c.PostbackBands = web.EgressAllow, web.PostbackAmounts == config.PostbackBands
	c.RegistrationClosed, c.ApproveTrafficSources = web.Registration == config.RegistrationClosed, web.ApproveTrafficSources
	c.RebateMin, c.RebateMax = web.RebateMinPercent.Percent, web.RebateMaxPercent.Percent
	c.RebatesExcept, c.RebateExpiry = web.RebatesExceptCountry, web.RebateExpiry
	c.ExportDir, c.XLSXRows = directory(database, web.ExportDir, defaultExportDir), web.Rows()
	c.Withdrawals = web.WithdrawalMethod
	c.Exchange = wallet.Exchange{Off: web.Transfers == "off", Spread: web.TransferSpread.Percent, DailyUSD: web.TransferLimit.Amount}
	return c, nil
}

// limitOf converts a rate limit from the options. A rate of 0 in the options
// means no limit, which is a negative rate in httpapi.Limit.
func limitOf(rate, burst int) httpapi.Limit {
	if rate == 0 {
		rate = -1
	}
	return httpapi.Limit{Rate: rate, Burst: burst}
}

// transport returns the transport for mails, and a sentence that describes it.
func transport(options *config.Mail, database config.Database) (to mail.Transport, said string, err error) {
	server, err := options.MailServer()
	if err != nil {
		return nil, "", usageError{err}
	}
	from, err := options.Sender(server)
	if err != nil {
		return nil, "", usageError{err}
	}
	if server != nil {
		smtp, err := mail.NewSMTP(server, from)
		if err != nil {
			return nil, "", err
		}
		return smtp, "Mails are sent through " + smtp.String(), nil
	}
	if options.MailDir != "" {
		if err := os.MkdirAll(options.MailDir, 0o700); err != nil { //nolint:gosec // the operator chose the path
			return nil, "", fmt.Errorf("creating --mail-dir: %w", err)
		}
	}
	dir := directory(database, options.MailDir, defaultMailDir)
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return mail.NewDirectory(dir, from), "Mails are written to " + dir, nil
}

// These are the default names of the directories for mails and exports. The
// server creates each directory when it writes the first file to it.
const (
	defaultMailDir   = "mail"
	defaultExportDir = "exports"
)

// directory returns the directory in an option. If the option is empty, it
// returns the directory defaultName, which is next to the SQLite file or, with
// PostgreSQL, in the working directory.
func directory(database config.Database, option, defaultName string) string {
	switch {
	case option != "":
		return option
	case database.Engine == db.SQLite:
		return filepath.Join(filepath.Dir(database.Address), defaultName)
	default:
		return defaultName
	}
}
