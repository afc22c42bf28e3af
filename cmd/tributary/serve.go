package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/process"
	"github.com/tributary-server/tributary/internal/programme"
)

// serve runs the server until ctx ends. If another command changes the
// programme's time zone, which is possible only before the first fact or click,
// the server restarts.
func serve(ctx context.Context, a *app) error {
	on := a.cli.Serve.Listen
	for {
		err := serveOnce(ctx, a, &on)
		if !errors.Is(err, programme.ErrZoneChanged) {
			return err
		}
		a.cli.TimeZone.Location = nil // use the new value in the database
		a.log.InfoContext(ctx, "restarting, because the programme's time zone has changed")
	}
}

// serveOnce runs the server at *listenAddress. If the system chose the port,
// serveOnce stores the address with this port in *listenAddress, so that a
// restart uses the same port.
func serveOnce(ctx context.Context, a *app, listenAddress *string) error {
	options := &a.cli.Serve
	database, err := a.cli.Database()
	if err != nil {
		return usageError{err}
	}
	role, err := roleOf(options.Role, database)
	if err != nil {
		return err
	}
	mails, where, err := transportOf(role, &options.Mail, database)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, *listenAddress)
	if err != nil {
		return err
	}
	*listenAddress = listener.Addr().String()
	isNew, ready := checkExists(database) != nil, &readiness{}
	c, err := a.webConfig(&options.Web, database, address(listener))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	c.Transport, c.Ready, c.Role = mails, ready.check, role
	p, err := a.build(ctx, database, c)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer p.Close()
	s := newServer(ctx, a, p.Programme, ready, listener)
	fmt.Fprintf(a.stdout, "Tributary %s listens on %s\n%s\n", release(), address(listener), where)
	if isNew {
		fmt.Fprintf(a.stdout, createdFormat, database.Address)
	}
	if role.ServesAPI() {
		if err := a.tellNext(ctx, p, database, address(listener)); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	a.log.InfoContext(ctx, "starting", "role", string(role), "database", string(database.Engine))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var work sync.WaitGroup
	work.Go(func() {
		if err := p.WatchZone(ctx); err != nil {
			stop(err)
		}
	})
	work.Go(func() {
		p.Settle(ctx)
		ready.Store(true)
		p.Run(ctx)
	})
	err = s.run(ctx)
	stop(nil)
	work.Wait()
	if errors.Is(context.Cause(ctx), programme.ErrZoneChanged) {
		return errors.Join(err, programme.ErrZoneChanged)
	}
	return err
}

// roleOf returns the role that an option names. SQLite allows only one server,
// because a second process would wait for the first one's writes and could not
// run on another machine.
func roleOf(option string, database config.Database) (process.Role, error) {
	role := process.Role(option)
	if role != process.All && database.Engine == db.SQLite {
		return role, usageError{fmt.Errorf("--role %s is not possible, because a SQLite database has only one server, and this server has to do everything."+
			" Leave --role out, or use PostgreSQL for several servers", role)}
	}
	return role, nil
}

// transportOf is like transport, but takes the server's role into account: a
// server that runs no jobs sends no mails.
func transportOf(role process.Role, options *config.Mail, database config.Database) (to mail.Transport, said string, err error) {
	if !role.RunsJobs() {
		return nil, "Servers with the role worker or all send the mails", nil
	}
	return transport(options, database)
}

// tellNext prints the operator's first steps if the programme has no partner
// yet.
func (a *app) tellNext(ctx context.Context, p *openProgramme, database config.Database, at string) error {
	some, err := p.Stores.Admin.AnyPartner(ctx)
	if err != nil || some {
		return err
	}
	option := ""
	if database.Engine == db.SQLite && database.Address != strings.TrimPrefix(config.DefaultDB, "sqlite:") {
		option = " --db sqlite:" + database.Address
	}
	_, err = fmt.Fprintf(a.stdout, `
The programme is empty. In another window:

    tributary partner create%[1]s --email partner@example.com --code abc123 --verified
    tributary key create%[1]s --role broker

The first command creates a partner. The second creates a key, with which your trading system can send facts to
%[2]s/broker/v1/events.
`, option, at)
	return err
}

// listen opens the port before anything else, so that the operator learns at
// once if the port is in use.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w. Choose another address with --listen", address, err)
	}
	return listener, nil
}

// address returns the URL of the listener, for a browser on this machine.
func address(listener net.Listener) string {
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return listener.Addr().String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
