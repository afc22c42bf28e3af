package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/trial"
)

func tryPlan(ctx context.Context, a *app) error {
	asked := &a.cli.Plan.Try
	text, err := readPlan(asked.File, a.stdin)
	if err != nil {
		return fmt.Errorf("reading the plan: %w", err)
	}
	plan, err := reward.ParsePlan(text)
	if err != nil {
		return err
	}
	store, err := a.openToVerify(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	result, err := trial.NewService(store).Try(ctx, trial.Request{Plan: plan, Period: reward.Period{From: asked.From, To: asked.To}})
	if err != nil {
		return err
	}
	switch {
	case asked.CSV:
		return result.WriteCSV(a.stdout, false)
	case asked.JSON:
		body, err := json.MarshalIndent(result, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the result: %w", err)
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", body)
		return err
	default:
		return printTrial(a.stdout, result)
	}
}

// shownPartners is the number of winners and losers that the table shows.
const shownPartners = 10

func printTrial(w io.Writer, r *trial.Result) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintf(out, "FROM %s TO %s\tORDERS\n", r.From, r.To)
	for i, of := range []struct {
		n    int64
		what string
	}{
		{r.Orders, "computed"},
		{r.WithoutFormula, "of them without a formula in the plan"},
		{r.Reversed, "left out: reversed"},
		{r.Waiting, "left out: waiting"},
	} {
		if of.n > 0 || i == 0 {
			fmt.Fprintf(out, "%s\t%s\n", of.what, money.GroupInt(of.n))
		}
	}
	fmt.Fprintln(out, "\nUSD\tBEFORE\tAFTER\tDIFFERENCE")
	for _, sum := range []struct {
		name          string
		before, after money.Amount
	}{
		{"rewards", r.Before.RewardUSD, r.After.RewardUSD},
		{"overrides", r.Before.OverrideUSD, r.After.OverrideUSD},
		{"total", r.Before.TotalUSD, r.After.TotalUSD},
	} {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", sum.name, usd(sum.before), usd(sum.after), usd(sum.after-sum.before))
	}
	fmt.Fprintf(out, "\nPARTNERS\tMORE\tLESS\tTHE SAME\n%s\t%s\t%s\t%s\n", money.GroupInt(int64(len(r.Partners))),
		money.GroupInt(r.Winners), money.GroupInt(r.Losers), money.GroupInt(r.Unchanged))
	printLargest(out, "LARGEST WINNERS", r.Partners, func(p *trial.Row) bool { return p.DifferenceUSD > 0 })
	printLargest(out, "LARGEST LOSERS", r.Partners, func(p *trial.Row) bool { return p.DifferenceUSD < 0 })
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

func printLargest(out io.Writer, title string, rows []trial.Row, shown func(*trial.Row) bool) {
	n := 0
	for i := range rows {
		p := &rows[i]
		if n == shownPartners || !shown(p) {
			continue
		}
		if n++; n == 1 {
			fmt.Fprintf(out, "\n%s\tORDERS\tBEFORE\tAFTER\tDIFFERENCE\n", title)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", p.Email, money.GroupInt(p.Orders), usd(p.BeforeUSD), usd(p.AfterUSD), usd(p.DifferenceUSD))
	}
}

func usd(a money.Amount) string { return money.Group(a.String()) }
