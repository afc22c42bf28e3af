package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/tributary-server/tributary/internal/settings"
)

func showSettings(ctx context.Context, a *app) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	values, err := p.Stores.Settings.Values(ctx)
	if err != nil {
		return err
	}
	return printSettings(a.stdout, values, a.clock.Now())
}

func printSettings(w io.Writer, values settings.Values, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tVALUE\tSTATE\tMEANING")
	for _, info := range settings.All() {
		text, set := info.At(values, now)
		state := "default"
		switch {
		case values.IsFixed(info.Name):
			state = "fixed by " + info.Fixed
		case set:
			state = "set"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", info.Name, text, state, info.About)
		for _, v := range values[info.Name] {
			if info.Dated && v.From.After(now) {
				fmt.Fprintf(table, "\t%s\tfrom %s\t\n", v.Text, v.From.Format(time.RFC3339))
			}
		}
	}
	return table.Flush()
}

func setSetting(ctx context.Context, a *app) error {
	options := &a.cli.Settings.Set
	info, err := settings.Find(options.Name)
	if err != nil {
		return err
	}
	text, err := info.Canonical(options.Value)
	if err != nil {
		return err
	}
	if options.From.Given && !info.Dated {
		return usageError{fmt.Errorf("omit --from, because %s has one value for all times", info.Name)}
	}
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	from, err := settingFrom(ctx, a, p, info)
	if err != nil {
		return err
	}
	store := p.Stores.Settings
	if info == &settings.AttributionWindow.Info {
		window, err := settings.AttributionWindow.Parse(text)
		if err == nil {
			err = a.cli.CheckTracking(window)
		}
		if err != nil {
			return usageError{err}
		}
	}
	changed, err := store.Set(ctx, info, text, from, a.clock.Now())
	if errors.Is(err, settings.ErrFixed) {
		return fmt.Errorf("%s is %s. It cannot be changed in this database any more, because %s made it permanent", info.Name, p.Zone, info.Fixed)
	}
	if err != nil {
		return err
	}
	word, when := "set", ""
	if !changed {
		word = "unchanged"
	}
	if info.Dated && !from.Equal(settings.Beginning) {
		when = " from " + from.Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s is %s%s\n", word, info.Name, text, when)
	return err
}

func settingFrom(ctx context.Context, a *app, p *openProgramme, info *settings.Info) (time.Time, error) {
	from := &a.cli.Settings.Set.From
	switch {
	case !info.Dated:
		return settings.Beginning, nil
	case from.Given:
		return from.In(p.Zone), nil
	}
	some, err := p.Stores.Admin.AnyClient(ctx)
	if err != nil || !some {
		return settings.Beginning, err
	}
	return a.clock.Now(), nil
}
