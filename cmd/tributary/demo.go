package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/web"
)

// demoPassword may be public, because the data of the demo is invented.
const demoPassword = "tributary-demo" //nolint:gosec // the password is published, and the data is invented

func runDemo(ctx context.Context, a *app) (err error) {
	if a.cli.Demo.Export != "" {
		return a.exportDemo(ctx)
	}
	listener, err := listen(ctx, a.cli.Demo.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	database, remove, err := a.demoDatabase()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	mails, where, err := transport(&a.cli.Demo.Mail, database)
	if err != nil {
		return err
	}
	ready := &readiness{}
	c, err := a.webConfig(&a.cli.Demo.Web, database, address(listener))
	if err != nil {
		return err
	}
	c.Transport, c.Ready = mails, ready.check
	base, err := partner.ParseBase(c.LinkBase)
	if err != nil {
		return usageError{err}
	}
	open := a.build
	if a.cli.DB != "" || a.cli.DBFile != "" {
		open = a.openOrCreate
	}
	p, err := open(ctx, database, c)
	if err != nil {
		return err
	}
	defer p.Close()
	fresh, err := p.Stores.Inbox.Fresh(ctx)
	if err != nil {
		return fmt.Errorf("checking whether the database is empty: %w", err)
	}
	if err := a.makeProgramme(ctx, p, base); err != nil {
		return err
	}
	main := demo.MainPartner()
	if err := p.Identity.SetPassword(ctx, main.UID, demoPassword); err != nil {
		return fmt.Errorf("setting the password of the demo's partner: %w", err)
	}
	key, err := demoKey(ctx, p.Programme, fresh)
	if err != nil {
		return err
	}
	if err := p.Identity.Prepare(ctx); err != nil {
		return err
	}
	debug.FreeOSMemory() // creating the data needs more memory than serving it
	s := newServer(ctx, a, p.Programme, ready, listener)
	ready.Store(true)
	fmt.Fprintf(a.stdout, demoWelcome, address(listener), main.Email, demoPassword, key, where, demoSignIn(main.Email))
	return workAndServe(ctx, p.Programme, s)
}

// workAndServe serves the demo and runs its jobs until ctx ends.
func workAndServe(ctx context.Context, p *programme.Programme, s *server) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { p.Run(ctx) })
	err := s.run(ctx)
	stop()
	work.Wait()
	return err
}

// demoKey creates a key for the demo's broker at the first start. A later start
// cannot show this key again, so demoKey then returns a sentence that says so.
func demoKey(ctx context.Context, p *programme.Programme, fresh bool) (key string, err error) {
	if !fresh {
		return "was printed at the first start (tributary key create --role broker creates another)", nil
	}
	key, _, err = p.Identity.CreateKey(ctx, identity.NewKey{Role: caller.Broker, Name: "demo"})
	if err != nil {
		return "", fmt.Errorf("creating the key of the demo's broker: %w", err)
	}
	return key, nil
}

// demoSignIn returns the path of the page for partners, followed by # and the
// demo's login. The page puts the login into its form. A browser never sends
// the part after # to a server. If the binary does not contain the page,
// demoSignIn returns the root, which redirects to the page of the API.
func demoSignIn(login string) string {
	if !web.Embedded().Built() {
		return "/"
	}
	return "/sign-in#" + url.Values{"login": {login}, "password": {demoPassword}}.Encode()
}

// demoWelcome is a format string. Its arguments are the server's address, a
// login, its password, the broker's key, a sentence that says where mails go, and
// the path of the page for partners.
const demoWelcome = `
Tributary serves a made-up programme on %[1]s

  a partner     login %[2]s  password %[3]s
  a broker key  %[4]s

%[5]s.

Three things to try:

  1. In a browser, the partner's page with this login filled in, and the API's page:

     %[1]s%[6]s
     %[1]s/api/schema/

  2. The partner's summary, its rewards day by day with their totals, and what its campaigns brought:

     TOKEN=$(curl -s %[1]s/api/auth/ -d login=%[2]s -d password=%[3]s | sed 's/.*"token": *"\([^"]*\)".*/\1/')
     curl -s -H "Authorization: JWT $TOKEN" %[1]s/api/partner/summary/
     curl -s -H "Authorization: JWT $TOKEN" '%[1]s/api/reports/rewards/?limit=3'
     curl -s -H "Authorization: JWT $TOKEN" '%[1]s/api/reports/performance/?group_by=campaign_code&compare=previous'

  3. The rewards as a spreadsheet:

     curl -s -H "Authorization: JWT $TOKEN" '%[1]s/api/reports/rewards/?format=csv' -o rewards.csv

Press Ctrl-C to stop the demo.
`

// demoDatabase returns the database in --db. Without --db, it creates a database
// in a temporary directory, and cleanup removes this directory.
func (a *app) demoDatabase() (database config.Database, cleanup func() error, err error) {
	if a.cli.DB != "" || a.cli.DBFile != "" {
		database, err = a.cli.Database()
		if err != nil {
			return database, nil, usageError{err}
		}
		return database, func() error { return nil }, nil
	}
	dir, err := os.MkdirTemp("", "tributary-demo-")
	if err != nil {
		return database, nil, fmt.Errorf("creating a directory for the demo: %w", err)
	}
	database = config.Database{Engine: db.SQLite, Address: filepath.Join(dir, "demo.db")}
	return database, func() error { return os.RemoveAll(dir) }, nil
}

// makeProgramme fills an empty database with the demo. If the database already
// has a demo, it only changes the address of the demo's links. It refuses any
// other database, so that invented trades cannot get into a real programme.
func (a *app) makeProgramme(ctx context.Context, p *openProgramme, base *url.URL) error {
	fresh, err := p.Stores.Inbox.Fresh(ctx)
	if err != nil {
		return fmt.Errorf("checking whether the database is empty: %w", err)
	}
	if !fresh {
		owner, found, err := p.Identity.PartnerByEmail(ctx, demo.MainPartner().Email)
		if err == nil && (!found || owner != demo.MainPartner().UID) {
			err = errors.New("the database in --db belongs to another programme. Give the demo an empty database")
		}
		if err != nil {
			return err
		}
		return openDomain(ctx, p.Programme, base)
	}
	made := a.demoOptions()
	if _, err := p.Stores.Plans.Add(ctx, demo.Plan(), made.Now); err != nil {
		return err
	}
	var levels []partner.LevelChange
	for _, l := range demo.Levels(made) {
		levels = append(levels, partner.LevelChange{PartnerID: l.PartnerUID, From: l.From, Level: l.Level})
	}
	if err := p.Stores.Admin.SetLevels(ctx, levels); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Making up a programme with %s orders...\n", money.GroupInt(int64(made.Orders)))
	if err := fillLibrary(ctx, p.Programme); err != nil {
		return err
	}
	if err := openDomain(ctx, p.Programme, base); err != nil {
		return err
	}
	return a.tell(ctx, p.databases, made, base)
}
