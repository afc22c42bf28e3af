package programme

import (
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/promo"
)

func MaterialClicks(clk clock.Clock, store click.Store) promo.Clicks {
	return clicksByMaterial(clk, store)
}
