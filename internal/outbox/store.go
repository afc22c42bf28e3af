package outbox

import (
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// SQLStore returns these errors.
var (
	ErrUnknown = fault.Unknown("no such endpoint or delivery")
	ErrTooMany = errors.New("the maximum number of endpoints or pending deliveries has been reached")
)

// Source is the source of a client and the amount of the client's first
// deposit.
type Source struct {
	ClickID      string `db:"click_id"`
	SubID        string `db:"sub_id"`
	CampaignCode string `db:"campaign_code"`
	LinkCode     string `db:"link_code"`
	Country      string `db:"country"`

	Params          string       `db:"params"` // other parameters of the link, encoded as a query string
	FirstDepositUSD money.Amount `db:"first_deposit_usd_e6"`
}

// Paid is a deposit with its amount. The event about the deposit has only the
// band.
type Paid struct {
	ClientUID     id.UUID      `db:"client_uid"`
	ClientAccount string       `db:"client_account"`
	At            time.Time    `db:"at"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
}

// Claim is a set of claimed deliveries of one endpoint, with everything that is
// needed to send them.
type Claim struct {
	Endpoint   Endpoint
	Secrets    []Secret // secrets that sign, the newest first
	Deliveries []Claimed
}

// Claimed is a delivery with its event.
type Claimed struct {
	Delivery
	Event *event.Event // nil if Content is sent instead
}

// Outcome is the result of one claimed delivery.
type Outcome struct {
	DeliveryID id.UUID
	Status     DeliveryStatus // Pending if the delivery is retried at NextAt
	NextAt     time.Time
	Attempt    *Attempt // nil if no attempt was made
}
