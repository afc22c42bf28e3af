package main

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func createKey(ctx context.Context, a *app) error {
	options := &a.cli.Key.Create
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	wanted := identity.NewKey{
		Role: caller.Role(options.Role), Scopes: options.Scope, Name: options.Name, ExpiresAt: options.Expires.From(a.clock.Now()),
	}
	if options.Partner != "" {
		partnerID, found, err := p.Identity.PartnerByEmail(ctx, options.Partner)
		if err != nil {
			return err
		}
		if !found {
			return fault.Invalid("partner", "does_not_exist", fmt.Sprintf("No partner has the e-mail %q.", options.Partner))
		}
		wanted.PartnerID = &partnerID
	}
	token, key, err := p.Identity.CreateKey(ctx, wanted)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "The key %s is shown only this time:\n", key.ID)
	_, err = fmt.Fprintln(a.stdout, token)
	return err
}
