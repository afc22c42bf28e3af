package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/trial"
)

func moveClients(ctx context.Context, a *app) error {
	options := &a.cli.Client.Move
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	asked := move.Request{Clients: options.Clients, To: options.To, From: options.From, Reason: options.Reason}
	if options.DryRun {
		preview, err := p.Moves.Preview(ctx, asked)
		if err != nil {
			return err
		}
		return printMove(a.stdout, preview.Corrected, preview.Forecast)
	}
	if err := p.Moves.Prepare(ctx, asked); err != nil {
		return err
	}
	moved, err := p.Moves.Move(ctx, asked)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "moved: %s\n", money.GroupInt(int64(len(moved.Facts))))
	return err
}

func movePartner(ctx context.Context, a *app) error {
	options := &a.cli.Partner.Move
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	asked := move.PartnerRequest{
		Partner: options.Partner, Parent: options.To, NoParent: options.NoParent, Country: options.Country, From: options.From, Reason: options.Reason,
	}
	if options.DryRun {
		preview, err := p.Moves.PreviewPartner(ctx, asked)
		if err != nil {
			return err
		}
		return printMove(a.stdout, preview.Corrected, preview.Forecast)
	}
	if err := p.Moves.PreparePartner(ctx, asked); err != nil {
		return err
	}
	moved, err := p.Moves.MovePartner(ctx, asked)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "moved: %s\n", moved.FactID)
	return err
}

func printMove(w io.Writer, corrected, forecast *trial.Result) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, part := range []struct {
		title string
		of    *trial.Result
	}{{"TO CORRECT", corrected}, {"LAST 30 DAYS", forecast}} {
		fmt.Fprintf(out, "%s\tBEFORE\tAFTER\tDIFFERENCE\n", part.title)
		for _, row := range part.of.Partners {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", row.Email, usd(row.BeforeUSD), usd(row.AfterUSD), usd(row.DifferenceUSD))
		}
		fmt.Fprintf(out, "%s orders\t%s\t%s\t%s\n", money.GroupInt(part.of.Orders),
			usd(part.of.Before.TotalUSD), usd(part.of.After.TotalUSD), usd(part.of.DifferenceUSD))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing the preview: %w", err)
	}
	return nil
}
