package programme

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/promo"
)

// zonedClicks stores clicks. Before the first click it makes the programme's
// time zone permanent, so that the days of clicks never change.
type zonedClicks struct {
	click.Store

	zone programmeZone // copy of the programme's zone, because the programme's own zone must not change after Build
}

// Add implements click.Store. It is not safe for concurrent use. The Recorder
// calls it from one goroutine only.
func (s *zonedClicks) Add(ctx context.Context, clicks []click.Click) error {
	if !s.zone.fixed {
		if err := s.zone.fix(ctx); err != nil {
			return err
		}
	}
	for i := range clicks {
		clicks[i].Hour = click.HourOf(clicks[i].At, s.zone.location)
	}
	return s.Store.Add(ctx, clicks)
}

func clicksByMaterial(clk clock.Clock, store click.Store) promo.Clicks {
	return func(ctx context.Context, partnerID id.UUID, materials []int64) (map[int64]int64, error) {
		names := make([]string, len(materials))
		for i, material := range materials {
			names[i] = strconv.FormatInt(material, 10)
		}
		sums, err := store.Sums(ctx, click.Query{
			PartnerID: partnerID, To: clock.DayOf(clk.Now(), time.UTC) + 1, // the sums end tomorrow, because in some time zones it is already tomorrow
			By: []click.Dimension{click.ByMaterial}, Only: map[click.Dimension][]string{click.ByMaterial: names},
		})
		if err != nil {
			return nil, err
		}
		counts := make(map[int64]int64, len(sums))
		for _, sum := range sums {
			material, err := strconv.ParseInt(sum.Key[0], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("clicks of the material %q: %w", sum.Key[0], err)
			}
			counts[material] = sum.Clicks
		}
		return counts, nil
	}
}
