package main

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/verify"
)

func verifyBooks(ctx context.Context, a *app) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	summary, err := verify.Run(ctx, sqldb.NewVerify(p.store), func(f verify.Fault) { fmt.Fprintln(a.stderr, f) })
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d checks, %s rewards, %s clients: %s faults\n",
		summary.Checks, grouped(summary.Rewards), grouped(summary.Clients), grouped(summary.Faults))
	if summary.Faults > 0 {
		return errFound
	}
	return nil
}
