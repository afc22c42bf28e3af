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
	ClickID      string `db:"click_id"`
	SubID        string `db:"sub_id"`
	CampaignCode string `db:"campaign_code"`
	LinkCode     string `db:"link_code"`
	Country      string `db:"country"`

	Params          string       `db:"params"` // its link's other parameters, as a query
	FirstDepositUSD money.Amount `db:"first_deposit_usd_e6"`
}

// Paid is a deposit that an event reports in a band.
type Paid struct {
	ClientUID     id.UUID      `db:"client_uid"`
	ClientAccount string       `db:"client_account"`
	At            time.Time    `db:"at"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
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
