package programmetest

import (
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/id"
)

// ClickOf returns a click on a partner's link with the code alpha.
func ClickOf(partner string, at time.Time, kind click.Kind) click.Click {
	return click.Click{
		PartnerID: UUID(partner), UID: id.New(), At: at, Hour: click.HourOf(at, time.UTC), Kind: kind,
		Source: click.Source{LinkCode: "alpha", Platform: "web"},
	}
}
