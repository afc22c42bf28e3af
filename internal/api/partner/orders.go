package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/outcome"
)

// AddOrders declares the operation that explains the outcome of one order to
// its partner.
func AddOrders(r *httpapi.Router, s *outcome.Service) {
	h := ordersAPI{s}
	r.Mount(wire.TagReports,
		httpapi.GET("/api/v1/orders/{order_id}/", wire.Read, h.orderExplain, orderExplain),
	)
}

type ordersAPI struct{ s *outcome.Service }

type orderIn struct {
	OrderID       string `path:"order_id" doc:"Id of the order, as in the orders report."`
	ClientAccount string `query:"client_account" maxLength:"account" doc:"Account of the order. Needed only if two of the caller's accounts have this ticket."`
}

type orderAnswerOut struct{ wire.OrderAnswer }

var orderExplain = httpapi.Op{
	ID:      "order_explain",
	Summary: "Explain the outcome of an order",
	Description: "Explains a closed order of one of the caller's clients, which may be booked or waiting. Returns the order's outcome, the figures that " +
		"decided the outcome, what would change it, and the order's part of the ledger. The lines of a booked order sum to zero.",
	Example: json.RawMessage(`{"order_id":"MT5-Live:48120077","client_account":"134221300","symbol":"EURUSD","lots":0.5,"close_date":"2026-06-03T15:42:07Z",` +
		`"outcome":"paid","state":"booked","figures":[{"name":"lots","value":"0.5"},{"name":"exact_usd","value":"0.6"}],` +
		`"change":"A reversal of the order takes the reward back. A correction of its instrument or rate books it again.",` +
		`"formula_code":"formula_institutional_avg","limited_by":null,"reward_usd":0.6,"reward":0.6,"currency":"USD","lines":[` +
		`{"kind":"reward","reward_date":"2026-06-03","posting":"0197c0de-0000-7000-8000-000000000002",` +
		`"account":"wallet","currency":"USD","amount":0.6,"amount_usd":0.6},` +
		`{"kind":"reward","reward_date":"2026-06-03","posting":"0197c0de-0000-7000-8000-000000000002",` +
		`"account":"expense","currency":"USD","amount":-0.6,"amount_usd":-0.6}]}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h ordersAPI) orderExplain(ctx context.Context, in *orderIn) (*orderAnswerOut, error) {
	owner := caller.Must(ctx).PartnerID
	o, err := h.s.Find(ctx, outcome.Question{OrderID: in.OrderID, ClientAccount: in.ClientAccount, Owner: &owner})
	if err != nil {
		return nil, err
	}
	return &orderAnswerOut{wire.OrderAnswerOf(o)}, nil
}
