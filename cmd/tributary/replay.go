package main

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/replay"
	"github.com/tributary-server/tributary/internal/reward"
)

// maxDifferences is the number of differences that the command replay prints.
const maxDifferences = 20

func replayBooks(ctx context.Context, a *app) error {
	store, err := a.openToVerify(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	period, printed := reward.Period{From: a.cli.Replay.From, To: a.cli.Replay.To}, 0
	s, err := replay.Run(ctx, replay.NewStore(store), period, func(d replay.Difference) {
		if printed++; printed <= maxDifferences {
			fmt.Fprintln(a.stderr, d)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s days, %s partners, %s orders: %s differences\n",
		money.GroupInt(period.Days()), money.GroupInt(s.Partners), money.GroupInt(s.Orders), money.GroupInt(s.Differences))
	if s.Differences > 0 {
		return errFound
	}
	return nil
}
