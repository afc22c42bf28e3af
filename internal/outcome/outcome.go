// Package outcome says whether an order was paid. If the order earned nothing,
// the package says why, and what would change that. Every accepted order has
// exactly one outcome. The outcome of a booked order follows from its reward,
// which has the reason why it is 0, and from its latest reversal or
// reinstatement. The outcome of any other order follows from what the order
// waits for, or from its dismissal.
package outcome

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// State says where an order is stored.
type State string

// These are the states.
const (
	StateBooked    State = "booked"
	StateWaiting   State = "waiting"
	StateDismissed State = "dismissed"
)

// Order is an accepted order with its outcome.
type Order struct {
	feed.Order

	FactID    string
	State     State
	Outcome   reward.Outcome
	PartnerID *id.UUID       // the partner of the order's account; nil if no partner has it
	Reward    *reward.Reward // nil if the order is not booked
	Figures   []Figure       // the figures that decided the outcome
	Change    string         // what would change the outcome, as a sentence
	Lines     []Line         // the order's part of the partner's ledger

	account *attribution.Account // nil if the account is not known
	rows    []*reward.Reward     // the reversals and reinstatements in effect, the oldest first
	held    *heldRow             // nil if the order is booked
}

// Figure is a named value, such as the number of seconds for which an order was
// open.
type Figure struct {
	Name  string `json:"name" doc:"Name of the figure, as in the formula of an order."`
	Value string `json:"value" doc:"The value with all its digits."`
}

// Line is an order's part of a ledger line. A ledger line is the sum of all
// orders that one account closed on one day and that were booked together.
type Line struct {
	Kind     ledger.Kind
	Day      clock.Day
	Posting  *id.UUID // nil if no posting was found for the order
	Account  ledger.Account
	Currency string
	Amount   money.Amount
	USD      money.Amount
}

// Question says which order to find.
type Question struct {
	OrderID       string   // <server>:<ticket>, or <server>:<ticket>-<part>
	ClientAccount string   // needed only if two accounts of the server have this ticket
	Owner         *id.UUID // if set, only orders of this partner's accounts are found
	Asks          *id.UUID // the partner for whom the broker asks, if any; an order of another partner then has the outcome NotYours
}

// Service answers questions about orders.
type Service struct{ store Store }

// NewService returns a Service that reads from store.
func NewService(store Store) *Service { return &Service{store} }

// Find returns an order with its outcome.
//
// It returns NotFound if there is no such order. It returns ValidationError for
// client_account if two accounts have the order's ticket.
func (s *Service) Find(ctx context.Context, ask Question) (*Order, error) {
	at, ok := feed.ParseOrderID(ask.OrderID)
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	var found *Order
	err := s.store.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		orders, err := candidates(ctx, q, at, ask.Owner)
		if err != nil {
			return err
		}
		if found, err = choose(orders, ask.ClientAccount); err != nil {
			return err
		}
		return found.explain(ctx, q, ask.Asks)
	})
	return found, err
}

// choose returns the only order among the candidates, or the only order of the
// account if account is not empty. If several facts report this order, it
// returns the first of them. The candidates are sorted so that a booked fact
// comes first, then a waiting one.
func choose(orders []*Order, account string) (*Order, error) {
	var found *Order
	for _, o := range orders {
		switch {
		case account != "" && o.ClientAccount != account:
		case found == nil:
			found = o
		case found.ClientAccount != o.ClientAccount:
			return nil, fault.Invalid("client_account", "required", "Two accounts have an order with this ticket. Send the client_account of one of them.")
		}
	}
	if found == nil {
		return nil, fault.New(fault.NotFound)
	}
	return found, nil
}

// Filter selects the orders to list.
type Filter struct {
	Partner  *id.UUID // the booked orders of this partner; nil means the orders that are not booked
	Outcomes []reward.Outcome
	Accounts []string
	From, To *clock.Day // first and last day of the orders to list, in UTC
}

// Listed is an order in a list.
type Listed struct {
	feed.Order

	FactID    string
	Outcome   reward.Outcome
	RewardUSD money.Amount
}

// Sum holds the number of orders with one outcome and the sum of their rewards.
type Sum struct {
	Outcome   reward.Outcome `db:"outcome" json:"outcome" doc:"The outcome."`
	Orders    int64          `db:"orders" json:"orders" doc:"Number of orders with this outcome."`
	RewardUSD money.Amount   `db:"reward_usd_e6" json:"reward_usd" doc:"What these orders earned, in USD."`
}
