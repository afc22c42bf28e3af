package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/tributary-server/tributary/internal/api/broker"
	"github.com/tributary-server/tributary/internal/evidence"
	"github.com/tributary-server/tributary/internal/fault"
)

func clientEvidence(ctx context.Context, a *app) error {
	asked := &a.cli.Client.Evidence
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	found, err := p.Evidence.Find(ctx, evidence.Question{ClientUID: asked.Client, Partner: asked.Partner})
	if fault.CodeOf(err) == fault.NotFound {
		return fault.Invalid("client", "does_not_exist", fmt.Sprintf("There is no client %s.", asked.Client))
	}
	if err != nil {
		return err
	}
	if !asked.JSON {
		return printEvidence(a.stdout, found)
	}
	body, err := broker.EvidenceJSON(found)
	if err != nil {
		return fmt.Errorf("encoding the evidence: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", body)
	return err
}

func printEvidence(w io.Writer, found *evidence.Evidence) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "AT\tKIND\tFOR\tFACT\tTEXT")
	for i := range found.Entries {
		e := &found.Entries[i]
		decides := ""
		if e.For != nil {
			decides = map[bool]string{true: "yes", false: "no"}[*e.For]
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.RFC3339), e.Kind, decides, e.FactID, e.Text)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing the evidence: %w", err)
	}
	if found.Cut {
		fmt.Fprintln(w, "Older entries are left out.")
	}
	if found.Summary != "" {
		fmt.Fprintln(w, found.Summary)
	}
	return nil
}
