package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func listKeys(ctx context.Context, a *app) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	out := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "ID\tROLE\tPARTNER\tSCOPES\tCREATED\tEXPIRES\tLAST USED\tNAME")
	for _, role := range []caller.Role{caller.Broker, caller.Partner} {
		if wanted := a.cli.Key.List.Role; wanted != "all" && wanted != string(role) {
			continue
		}
		keys, err := p.Identity.KeysOf(ctx, role)
		if err != nil {
			return err
		}
		for i := range keys {
			printKey(out, &keys[i])
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing the keys: %w", err)
	}
	return nil
}

func printKey(out *tabwriter.Writer, k *identity.APIKey) {
	partner := "-"
	if k.PartnerID != nil {
		partner = k.PartnerID.String()
	}
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Role, partner, strings.Join(k.Limits(), ","),
		k.CreatedAt.Format(time.RFC3339), moment(k.ExpiresAt), moment(k.LastUsedAt), k.Name)
}

func moment(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.Format(time.RFC3339)
}

func revokeKey(ctx context.Context, a *app) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	keyID := a.cli.Key.Revoke.ID
	if err := p.Identity.RevokeKey(ctx, keyID); err != nil {
		if fault.CodeOf(err) == fault.NotFound {
			return fault.Invalid("id", "does_not_exist", fmt.Sprintf("There is no key %q. To see the ids, run tributary key list.", keyID))
		}
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "revoked %s\n", keyID)
	return err
}
