package outbox

import (
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// These are the errors of a Store.
var (
	ErrUnknown = fault.Unknown("no such endpoint or delivery")
	ErrTooMany = errors.New("as many as there may be")
)

// Source is where a client came from, and what its first deposit was.
type Source struct {
	ClickID, SubID, CampaignCode, LinkCode, Country string

	Params          string // its link's other parameters, as a query
	FirstDepositUSD money.Amount
}

// Paid is a deposit that an event reports in a band.
type Paid struct {
	ClientUID     id.UUID
	ClientAccount string
	At            time.Time
	AmountUSD     money.Amount
}

// Claim is a set of deliveries of one endpoint, with everything that is needed
// to send them.
type Claim struct {
	Endpoint   Endpoint
	Secrets    []Secret // the secrets that sign, the current one first
	Deliveries []Claimed
}

// Claimed is a delivery with its event.
type Claimed struct {
	Delivery
	Event *event.Event // nil: Content is sent
}

// Outcome is the result of one claimed delivery.
type Outcome struct {
	DeliveryID id.UUID
	Status     DeliveryStatus // Pending: will be retried at NextAt
	NextAt     time.Time
	Attempt    *Attempt // nil: it was not attempted
}
