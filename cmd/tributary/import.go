package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
	"github.com/tributary-server/tributary/internal/id"
)

func importFiles(ctx context.Context, a *app) error {
	options := &a.cli.Import
	read, err := reader(options)
	if err != nil {
		return usageError{err}
	}
	in, err := openInputs(options.Files, a.stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	// An earlier import that was killed may have stored facts without applying
	// them.
	if err := p.Facts.Drain(ctx); err != nil {
		return err
	}
	bar := newProgress(a.stderr, a.clock, in.read, in.total)
	requestID := id.New().String()
	summary, err := p.Facts.IngestAs(ctx, requestID, in.source(read), func(s accrual.Summary) {
		bar.show(s.Accepted + s.Duplicates + s.RejectedCount)
	})
	bar.close()
	var missing []accrual.Missing
	if err == nil && summary.Unattributed > 0 {
		if missing, err = tellMissing(ctx, a, p.Facts, requestID); err != nil {
			return err
		}
	}
	return errors.Join(printSummary(a, in, summary, missing, err), err)
}

func tellMissing(ctx context.Context, a *app, facts *accrual.Service, requestID string) ([]accrual.Missing, error) {
	missing, more, err := facts.Missing(ctx, requestID)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	fmt.Fprintln(a.stderr, "Some facts are waiting. They take effect when the facts that they need arrive:")
	for i := range missing {
		m := &missing[i]
		facts := "facts wait"
		if m.Waiting == 1 {
			facts = "fact waits"
		}
		fmt.Fprintf(a.stderr, "  %d %s for %s: %s\n", m.Waiting, facts, m.What, m.Words())
	}
	if more {
		fmt.Fprintf(a.stderr, "  and more. These are the first %d. See GET /broker/v1/health/feed for all of them\n", accrual.MaxMissing)
	}
	return missing, nil
}

func reader(options *config.Import) (func(io.Reader) accrual.Source, error) {
	if options.Format != config.FormatMT4 {
		return accrual.Lines, nil
	}
	zone := time.UTC
	if options.UTCOffset != "" {
		var err error
		if zone, err = metatrader.ParseZone(options.UTCOffset); err != nil {
			return nil, fmt.Errorf("--utc-offset: %q: %w", options.UTCOffset, err)
		}
	}
	if options.Account != "" && !feed.Digits(options.Account) {
		return nil, fmt.Errorf("--account: %q is not an account number", options.Account)
	}
	history := metatrader.Options{
		Server: options.Server, Account: options.Account, Zone: zone,
		Encoding: options.Encoding, DecimalComma: options.DecimalComma, DayFirst: options.DayFirst,
	}
	if err := history.Check(); err != nil {
		return nil, err
	}
	return func(r io.Reader) accrual.Source {
		return func(yield func(line int, fact feed.Fact, err error) error) error {
			return metatrader.Read(r, history, yield)
		}
	}, nil
}

func printSummary(a *app, in *inputReader, summary accrual.Summary, missing []accrual.Missing, ended error) error {
	type rejection struct {
		File string `json:"file"`
		accrual.Rejection
	}
	slices.SortStableFunc(summary.Rejected, func(a, b accrual.Rejection) int { return a.Line - b.Line })
	rejected := make([]rejection, len(summary.Rejected))
	for i, r := range summary.Rejected {
		rejected[i] = rejection{Rejection: r}
		rejected[i].File, rejected[i].Line = in.locate(r.Line)
		fmt.Fprintf(a.stderr, "%s:%d: %s: %s\n", rejected[i].File, rejected[i].Line, r.Code, r.Message)
	}
	if more := summary.RejectedCount - int64(len(rejected)); more > 0 {
		fmt.Fprintf(a.stderr, "and %d more lines were rejected\n", more)
	}
	err := json.NewEncoder(a.stdout).Encode(struct {
		accrual.Summary
		Rejected []rejection       `json:"rejected"`
		Missing  []accrual.Missing `json:"missing,omitempty"` // objects that the facts of this import are waiting for
	}{summary, rejected, missing})
	if err != nil {
		return fmt.Errorf("printing the summary: %w", err)
	}
	if summary.RejectedCount > 0 && ended == nil {
		return errFound
	}
	return nil
}
