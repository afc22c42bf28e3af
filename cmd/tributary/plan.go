package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/trial"
)

func showPlan(ctx context.Context, a *app) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	plans, err := p.Stores.Plans.List(ctx)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(reward.InForce(plans, a.clock.Now()), "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the plan: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", text)
	return err
}

func applyPlan(ctx context.Context, a *app) error {
	text, err := readPlan(a.cli.Plan.Apply.File, a.stdin)
	if err != nil {
		return fmt.Errorf("reading the plan: %w", err)
	}
	plan, err := reward.ParsePlan(text)
	if err != nil {
		return err
	}
	if a.cli.Plan.Apply.DryRun {
		return previewPlan(ctx, a, plan)
	}
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	added, err := p.Stores.Plans.Add(ctx, plan, a.clock.Now())
	if err != nil {
		return err
	}
	if err := p.Facts.Drain(ctx); err != nil { // apply the facts that were waiting for the plan
		return err
	}
	word := "applied"
	if !added {
		word = "unchanged"
	}
	_, err = fmt.Fprintf(a.stdout, "%s: plan %s, in force from %s\n", word, plan.ID, plan.From.Format(time.RFC3339))
	return err
}

func previewPlan(ctx context.Context, a *app, plan *reward.Plan) error {
	store, err := a.openToVerify(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	preview, err := trial.NewService(store).Preview(ctx, plan)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	until := "the next plan is applied"
	if !preview.Until.IsZero() {
		until = preview.Until.Format(time.RFC3339)
	}
	fmt.Fprintf(out, "dry run: nothing is stored\nin force from %s until %s\n\n", preview.From.Format(time.RFC3339), until)
	if len(preview.Changes) == 0 {
		fmt.Fprintln(out, "the plan equals the one that is in force on its date")
	} else {
		fmt.Fprintln(out, "FIELD\tNOW\tWITH THE PLAN")
	}
	for _, c := range preview.Changes {
		fmt.Fprintf(out, "%s\t%s\t%s\n", c.Field, cmp.Or(c.Was, "-"), cmp.Or(c.Is, "-"))
	}
	fmt.Fprintf(out, "\n%d booked orders of these days keep their plan\n%d orders that wait are tried again\n", preview.Kept, preview.Waiting)
	return out.Flush()
}

func readPlan(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != stdinName {
		f, err := os.Open(name) //nolint:gosec // the operator chose the path
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, reward.MaxPlan+1))
}
