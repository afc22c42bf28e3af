package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tributary-server/tributary/internal/reward"
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
