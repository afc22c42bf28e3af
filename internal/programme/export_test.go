package programme

import (
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/promo"
)

// MaterialClicks counts the clicks of promo material in a store.
func MaterialClicks(clk clock.Clock, store click.Store) promo.Clicks {
	return clicksByMaterial(clk, store)
}
