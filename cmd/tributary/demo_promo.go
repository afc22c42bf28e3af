package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/programme"
)

func fillLibrary(ctx context.Context, p *programme.Programme) error {
	for _, page := range demo.LandingPages() {
		if _, err := p.Campaigns.SetPage(ctx, page); err != nil {
			return fmt.Errorf("storing the demo's landing pages: %w", err)
		}
	}
	materials, err := demo.Promo()
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(materials) { // the library lists the newest first, so add the oldest first
		ready, err := p.Promo.Prepare(ctx, m.Kind, m.Draft)
		if err == nil {
			_, err = p.Promo.Add(ctx, ready)
		}
		if err != nil {
			return fmt.Errorf("filling the demo's promo library: %w", err)
		}
	}
	return nil
}
