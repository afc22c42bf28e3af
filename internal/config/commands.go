package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// Web holds the options of the commands that serve the API.
type Web struct {
	LinkBase     string         `placeholder:"URL" help:"The beginning of partners' links, such as https://go.example.com. Default: the address on which this server listens."`
	PublicURL    string         `name:"public-url" placeholder:"URL" help:"The address at which people reach this server, such as https://partners.example.com. Links in mails begin with it. Default: --link-base."`
	TrustedProxy []netip.Prefix `placeholder:"CIDR" help:"A reverse proxy whose X-Forwarded-For names the caller's address, such as 10.0.0.0/8; may be repeated. The header is ignored from any other address."`
	Registration string         `placeholder:"WHO" enum:"open,closed" default:"open" help:"Who may register as a partner: open allows anyone who has a mailbox. With closed, partners are created only by the feed or by tributary partner create."`
	Rebates
	Egress
	Traffic
	Redirects
	Wallet
	Exports
	Limits
	Browsers
}

// RegistrationClosed is the value of Web.Registration that closes registration.
const RegistrationClosed = "closed"

// Serve holds the options of tributary serve.
type Serve struct {
	Listen string `placeholder:"ADDRESS" default:":8080" help:"Listen on this address: HOST:PORT, or :PORT for every address of the machine."`
	Role   string `placeholder:"ROLE" enum:"all,api,worker" default:"all" help:"The part of the work that this server does, if several servers share one PostgreSQL database: api serves requests and redirects, worker runs the jobs (mails, webhooks, rebates, exports and others) and serves only health checks, all does both."`
	Web
	Mail
}

// Validate checks the options. kong calls it.
func (c *Serve) Validate() error {
	return errors.Join(c.Web.check(), c.Mail.check())
}

// Demo holds the options of tributary demo.
type Demo struct {
	Listen string `placeholder:"ADDRESS" default:"127.0.0.1:8080" help:"Listen on this address: HOST:PORT, or :PORT for every address of the machine. The demo's password is public: choose an address that strangers cannot reach."`
	Web
	Mail
	Clients int    `placeholder:"N" default:"400" help:"Number of clients to generate."`
	Orders  int    `placeholder:"N" default:"60000" help:"Number of closed orders to generate."`
	Seed    uint64 `placeholder:"N" default:"1" help:"The seed of the random data. The same seed creates the same programme again."`
	Export  string `placeholder:"FILE" help:"Write the generated facts to this new file (or -) and exit. The facts include no levels, campaigns or rebates."`
}

// These constants limit the size of a demo, so that it fits into memory and starts
// within minutes.
const (
	maxDemoClients = 100_000
	maxDemoOrders  = 10_000_000
)

// Validate checks the options. kong calls it.
func (c *Demo) Validate() error {
	if c.Clients < 1 || c.Clients > maxDemoClients {
		return fmt.Errorf("--clients: write a number from 1 to %d", maxDemoClients)
	}
	if c.Orders < 1 || c.Orders > maxDemoOrders {
		return fmt.Errorf("--orders: write a number from 1 to %d", maxDemoOrders)
	}
	return errors.Join(c.Web.check(), c.Mail.check())
}

// These are the formats of files that can be imported.
const (
	FormatFacts = "facts"
	FormatMT4   = "mt4"
)

// Import holds the options of tributary import.
type Import struct {
	Format  string `placeholder:"FORMAT" enum:"facts,mt4" default:"facts" help:"The format of the files: facts (one JSON object per line) or mt4 (a MetaTrader 4 history in HTML, XLSX or CSV)."`
	Server  string `placeholder:"NAME" help:"mt4: the trading server that the history comes from."`
	Account string `placeholder:"NUMBER" help:"mt4: the account, for files that do not name one."`

	UTCOffset    string   `name:"utc-offset" placeholder:"OFFSET" help:"mt4: the offset or time zone of the server's clock, such as +02:00 or Europe/Athens. Default: UTC."`
	Encoding     string   `placeholder:"NAME" help:"mt4: the encoding of a file that is neither UTF-8 nor UTF-16, such as windows-1252."`
	DecimalComma bool     `help:"mt4: numbers in the file have the form 1.234,50, as Excel saves them in some countries."`
	DayFirst     bool     `help:"mt4: times in the file begin with the day, as in 02.06.2026 10:00."`
	Files        []string `arg:"" name:"file" help:"Files to import, in this order; - is standard input. They may be gzipped."`
}

// Validate checks the options. kong calls it.
func (c *Import) Validate() error {
	if c.Format == FormatMT4 && c.Server == "" {
		return errors.New("--server: name the trading server that the history comes from")
	}
	if c.Format != FormatMT4 && (c.Server != "" || c.Account != "" || c.UTCOffset != "" || c.Encoding != "" || c.DecimalComma || c.DayFirst) {
		return errors.New("--server, --account, --utc-offset, --encoding, --decimal-comma and --day-first can be used only with --format mt4")
	}
	stdin := 0
	for _, name := range c.Files {
		if name == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return errors.New("standard input (-) can be read only once")
	}
	return nil
}

// Partner groups the commands for partners.
type Partner struct {
	Create PartnerCreate `cmd:"" help:"Register a partner and print its uid on the last line."`
	Move   PartnerMove   `cmd:"" help:"Give a partner, with those below it, another parent or country."`
}

// PartnerCreate holds the options of tributary partner create.
type PartnerCreate struct {
	Email        string `required:"" placeholder:"EMAIL" help:"The e-mail with which the partner signs in."`
	Password     string `placeholder:"PASSWORD" help:"The partner's password. Default: a generated one, which is printed."`
	PasswordFile string `placeholder:"FILE" help:"Read the password from the first line of this file."`
	Code         string `placeholder:"CODE" help:"The code that clients sign up with. Default: a generated one."`
	Country      string `placeholder:"CC" default:"ZZ" help:"The partner's country, two letters (ISO 3166); ZZ is unknown."`
	Program      string `placeholder:"PROGRAM" enum:"ib,affiliate" default:"ib" help:"The partner's programme: ${enum}."`
	Currency     string `placeholder:"CODE" default:"USD" help:"The currency of the partner's rewards."`
	Parent       string `placeholder:"CODE" help:"The code of the partner that referred this one."`
	Verified     bool   `help:"Mark the partner as verified."`
}

// Validate checks the options. kong calls it.
func (c *PartnerCreate) Validate() error {
	if c.Password != "" && c.PasswordFile != "" {
		return errors.New("--password and --password-file cannot be used together")
	}
	return nil
}

// Key groups the commands for keys.
type Key struct {
	Create KeyCreate `cmd:"" help:"Make a key and print it on the last line. It cannot be shown again."`
	List   KeyList   `cmd:"" help:"List the keys, newest first, with their ids but not their secrets."`
	Revoke KeyRevoke `cmd:"" help:"Revoke a key at once."`
}

// KeyList holds the options of tributary key list.
type KeyList struct {
	Role string `placeholder:"ROLE" enum:"all,broker,partner" default:"all" help:"List only this role's keys: ${enum}."`
}

// KeyRevoke holds the options of tributary key revoke.
type KeyRevoke struct {
	ID string `arg:"" name:"id" help:"The key's id, which tributary key list shows. It is the part between the key's two underscores."`
}

// KeyCreate holds the options of tributary key create.
type KeyCreate struct {
	Role    string   `required:"" placeholder:"ROLE" enum:"broker,partner" help:"The key's role: broker (for the feed and the Broker API) or partner (for the Partner API)."`
	Partner string   `placeholder:"EMAIL" help:"The e-mail of the key's partner, for --role partner."`
	Scope   []string `placeholder:"SCOPE" help:"Limit the key to this scope; may be repeated to add scopes. For partner keys: read (read everything), write (change everything, but not read), or an area in which the key may do both: reports, rebates, campaigns, wallet, clients, promo, agents. For broker keys: feed, read, write."`
	Name    string   `placeholder:"TEXT" help:"A name that says what the key is for."`
	Expires Expiry   `placeholder:"WHEN" help:"When the key expires: 90d, 12h, or a day such as 2030-01-31. Default: never."`
}

// Expiry says when a key expires, either after a duration or at a moment.
type Expiry struct {
	After time.Duration
	At    time.Time
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Expiry) UnmarshalText(text []byte) error {
	const limit = 100 * 365 * 24 * time.Hour
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && time.Duration(n)*24*time.Hour <= limit && n > 0 {
			e.After = time.Duration(n) * 24 * time.Hour
			return nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 && d <= limit {
		e.After = d
		return nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, s); err == nil {
			e.At = at
			return nil
		}
	}
	return fmt.Errorf("%q: write a length of time such as 90d or 12h, or a day such as 2030-01-31", s)
}

// From returns the moment at which a key expires, or nil if it does not expire.
// created is the time at which the key was created.
func (e *Expiry) From(created time.Time) *time.Time {
	switch {
	case e.After > 0:
		at := created.Add(e.After)
		return &at
	case !e.At.IsZero():
		at := e.At.UTC()
		return &at
	default:
		return nil
	}
}

// Settings groups the commands for the settings in the store.
type Settings struct {
	Show SettingsShow `cmd:"" default:"1" help:"Print every setting with its present and future values."`
	Set  SettingsSet  `cmd:"" help:"Change a setting."`
}

// SettingsShow holds the options of tributary settings show.
type SettingsShow struct{}

// SettingsSet holds the options of tributary settings set.
type SettingsSet struct {
	Name  string `arg:"" name:"name" help:"The setting, as settings show prints it."`
	Value string `arg:"" name:"value" help:"Its new value."`
	From  Moment `placeholder:"WHEN" help:"When the value takes effect, if the setting is dated: a day in the programme's time zone, such as 2030-01-31, or a moment (RFC 3339). Default: now, or the beginning of time in a store without clients."`
}

// Moment is a point in time, given as a day or as an exact time.
type Moment struct {
	Given bool
	Day   clock.Day
	At    time.Time // exact moment; zero if a day was given
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Moment) UnmarshalText(text []byte) error {
	var err error
	m.Given = true
	if m.Day, err = clock.ParseDay(string(text)); err == nil {
		return nil
	}
	if m.At, err = time.Parse(time.RFC3339, string(text)); err != nil || m.At.Year() < 1900 || m.At.Year() > 9000 {
		return fmt.Errorf("%q: write a day such as 2030-01-31, or a moment such as 2030-01-31T00:00:00Z", text)
	}
	return nil
}

// In returns the moment. A day starts at midnight in the given time zone.
func (m *Moment) In(zone *time.Location) time.Time {
	if !m.At.IsZero() {
		return m.At.UTC()
	}
	return m.Day.Start(zone).UTC()
}

// PartnerMove holds the options of tributary partner move.
type PartnerMove struct {
	Partner  id.UUID   `arg:"" name:"partner" help:"The partner's id."`
	To       id.UUID   `placeholder:"UID" help:"Id of the new parent."`
	NoParent bool      `help:"The partner has no parent from then on."`
	Country  string    `placeholder:"CC" help:"The new country, two letters (ISO 3166)."`
	From     time.Time `placeholder:"TIME" help:"The new partners above earn the overrides of orders that close from this moment on, such as 2026-06-30T12:00:00Z. By default, the present moment. Later overrides that are already booked are corrected."`
	Reason   string    `required:"" placeholder:"TEXT" help:"Why the partner is changed. It goes into the audit log."`
	DryRun   bool      `help:"Change nothing, and print what would change."`
}

// Client groups the commands for clients.
type Client struct {
	Move     ClientMove     `cmd:"" help:"Move clients with their accounts to another partner."`
	Evidence ClientEvidence `cmd:"" help:"List what decided whose a client is, with times: clicks, typed codes, changes and moves."`
}

// ClientMove holds the options of tributary client move.
type ClientMove struct {
	Clients []id.UUID `arg:"" name:"client" help:"The clients' ids, at most 500."`
	To      id.UUID   `required:"" placeholder:"UID" help:"Id of the new partner. It gets the clients under its default link."`
	From    time.Time `placeholder:"TIME" help:"Orders that close from this moment on belong to the new partner, such as 2026-06-30T12:00:00Z. By default, the present moment. Later orders that are already booked are corrected."`
	Reason  string    `required:"" placeholder:"TEXT" help:"Why the clients are moved. It goes into the audit log."`
	DryRun  bool      `help:"Move nothing, and print what would change."`
}

// ClientEvidence holds the options of tributary client evidence.
type ClientEvidence struct {
	Client  id.UUID  `arg:"" name:"client" help:"The client's id."`
	Partner *id.UUID `placeholder:"UID" help:"Id of a partner who claims the client. Each line then says whether it decides for this partner, and a sentence sums up."`
	JSON    bool     `name:"json" help:"Print the answer as JSON, with all figures."`
}

// Plan groups the commands for reward plans.
type Plan struct {
	Show  PlanShow  `cmd:"" help:"Print the plan that is in force, as JSON."`
	Apply PlanApply `cmd:"" help:"Check a plan and put it in force from its own date."`
	Try   PlanTry   `cmd:"" help:"Compute what a plan would have paid for the orders of a past period, and book nothing."`
}

// PlanShow holds the options of tributary plan show.
type PlanShow struct{}

// PlanApply holds the options of tributary plan apply.
type PlanApply struct {
	DryRun bool `help:"Print what the plan changes and which orders it would reach, and store nothing."`

	File string `arg:"" name:"file" help:"The plan, in the format of plan show; - is standard input."`
}

// PlanTry holds the options of tributary plan try.
type PlanTry struct {
	File string    `arg:"" name:"file" help:"The plan, in the format of plan show; - is standard input."`
	From clock.Day `required:"" placeholder:"DAY" help:"The first day of the period, YYYY-MM-DD, in the programme's time zone."`
	To   clock.Day `required:"" placeholder:"DAY" help:"The last day of the period, at most a year after the first."`
	JSON bool      `name:"json" xor:"format" help:"Print the answer as JSON, with every partner."`
	CSV  bool      `name:"csv" xor:"format" help:"Print a line for every partner as CSV."`
}

// Replay holds the options of tributary replay.
type Replay struct {
	From clock.Day `required:"" placeholder:"DAY" help:"The first day of the period, YYYY-MM-DD, in the programme's time zone."`
	To   clock.Day `required:"" placeholder:"DAY" help:"The last day of the period, at most a year after the first."`
}

// Migrate groups the commands for the schema.
type Migrate struct {
	Up     MigrateUp     `cmd:"" help:"Bring the schema up to date. Every other command that writes does so too."`
	Status MigrateStatus `cmd:"" help:"List the migrations and when each was applied."`
}

// MigrateUp holds the options of tributary migrate up.
type MigrateUp struct{}

// MigrateStatus holds the options of tributary migrate status.
type MigrateStatus struct{}

// Backup holds the options of tributary backup.
type Backup struct {
	File string `arg:"" name:"file" help:"The file to write, which must not exist yet."`
}

// Restore holds the options of tributary restore.
type Restore struct {
	File  string `arg:"" name:"file" help:"The backup."`
	Force bool   `help:"Overwrite an existing database."`
}

// Verify holds the options of tributary verify.
type Verify struct{}

// Version holds the options of tributary version.
type Version struct{}
