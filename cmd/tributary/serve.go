package main

import (
	"context"
	"fmt"
	"net"
	"sync"
)

func serve(ctx context.Context, a *app) error {
	options := &a.cli.Serve
	database, err := a.cli.Database()
	if err != nil {
		return usageError{err}
	}
	mails, where, err := transport(&options.Mail, database)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, options.Listen)
	if err != nil {
		return err
	}
	p, err := a.openStore(ctx, database)
	if err != nil {
		listener.Close()
		return err
	}
	defer p.Close()
	s, err := newServer(ctx, a, p, &options.Web, listener)
	if err != nil {
		listener.Close()
		return err
	}
	fmt.Fprintf(a.stdout, "Tributary %s listens on %s\n%s\n", release(), address(listener), where)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	work.Go(func() {
		a.settle(ctx, p)
		s.ready.Store(true)
		a.work(ctx, p, mails)
	})
	err = s.run(ctx)
	stop()
	work.Wait()
	return err
}

// drain applies facts whose missing half had arrived when a crash came.
func (a *app) drain(ctx context.Context, p *programme) {
	if err := p.accrual.Drain(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "facts that waited could not be applied; they are tried again in a minute", "error", err)
	}
}

// settle does what is due when the programme starts: what a crash left behind,
// and the keys that the first login needs.
func (a *app) settle(ctx context.Context, p *programme) {
	a.drain(ctx, p)
	if err := p.identity.Prepare(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the signing keys could not be made; the next login tries again", "error", err)
	}
}

// listen takes the address before anything else is done, so that a port in use
// is noticed at once.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w; choose another address with --listen", address, err)
	}
	return listener, nil
}

// address is how a browser on this machine reaches the listener.
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
