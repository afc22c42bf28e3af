// Package search finds a partner's accounts, clients, orders and campaigns by
// the beginning of a number or by a name. The page's palette uses it.
package search

import (
	"context"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind says what a Result is.
type Kind string

// These are the kinds of results, in the order in which they are returned.
const (
	Account  Kind = "account"
	Client   Kind = "client"
	Order    Kind = "order"
	Campaign Kind = "campaign"
)

// Result is an object that was found. The fields that its kind does not have are
// zero.
type Result struct {
	Kind Kind
	ID   string // number of the account, UUID of the client, id of the order, or code of the campaign

	ClientAccount string // also the account of an order
	ClientUID     id.UUID
	AccountType   string
	Country       string
	Symbol        string
	FormulaCode   string
	ClosedAt      time.Time
	Title         string        // the campaign's title
	RewardUSD     *money.Amount // sum of the rewards of all orders of the object, less reversals; nil for a campaign
}

// Service searches. It is safe for concurrent use.
type Service struct {
	store     Store
	campaigns *campaign.Service
}

// New returns a Service.
func New(store Store, campaigns *campaign.Service) *Service { return &Service{store, campaigns} }

// Find returns the objects that match the text, up to limit of each kind:
//   - accounts whose number begins with the text,
//   - clients whose UUID begins with the text, which needs 4 hex digits, or
//     whose complete e-mail address is the text,
//   - orders whose ticket or id is the text; an id without a part finds all
//     parts of the order,
//   - campaigns whose title or code contains the text.
func (s *Service) Find(ctx context.Context, partnerID id.UUID, text string, limit int) ([]Result, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	found, err := s.store.Find(ctx, partnerID, text, limit)
	if err != nil {
		return nil, err
	}
	campaigns, _, err := s.campaigns.List(ctx, partnerID, campaign.Filter{Search: text, Page: page.Page{Limit: limit}})
	for i := range campaigns {
		found = append(found, Result{Kind: Campaign, ID: campaigns[i].Code, Title: campaigns[i].Title})
	}
	return found, err
}
