package broker

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
)

// AddOrders declares the broker's operations on orders and their outcomes.
func AddOrders(r *httpapi.Router, s *outcome.Service) {
	h := ordersAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/orders/", wire.BrokerRead, h.brokerOrderList, brokerOrderList),
		httpapi.GET("/broker/v1/orders/{order_id}/", wire.BrokerRead, h.brokerOrderGet, brokerOrderGet),
	)
}

type ordersAPI struct{ s *outcome.Service }

type brokerOrdersIn struct {
	Partner  *id.UUID   `query:"partner_uid" doc:"Only the booked orders of this partner. 00000000-0000-0000-0000-000000000000 is the programme itself, for clients without a partner. If absent, the list has the orders that wait or were dismissed, because these belong to no partner yet."`
	Outcomes []string   `query:"outcome" enum:"paid,reversed,no_partner,min_order_life,capped,no_spread,symbol_not_in_plan,no_reward_type,below_place,dismissed,waiting:account,waiting:instrument,waiting:rate,waiting:ready,waiting:refused" maxItems:"20" doc:"Only orders with one of these outcomes."`
	Accounts []string   `query:"client_account" maxItems:"100" maxLength:"account" doc:"Only orders of these accounts."`
	From     *clock.Day `query:"date_from" doc:"Only orders that closed on this day or later, in UTC."`
	To       *clock.Day `query:"date_to" doc:"Only orders that closed on this day or earlier, in UTC."`
	Page     page.Page
}

type brokerOrderRow struct {
	wire.OrderOut

	FactID     string       `json:"fact_id" doc:"Id of the order's fact."`
	PartnerUID *id.UUID     `json:"partner_uid" doc:"Partner who has the booked order. Null for an order that waits or was dismissed, and for a client without a partner."`
	RewardUSD  money.Amount `json:"reward_usd" doc:"What the order earned in USD. 0 unless the outcome is paid."`
}

type brokerOrdersTotals struct {
	Count int64         `json:"count" doc:"Number of orders in the whole list."`
	By    []outcome.Sum `json:"by" doc:"The same orders, added up by their outcome."`
}

type brokerOrderIn struct {
	OrderID       string   `path:"order_id" doc:"Id of the order: its server, a colon and its ticket. The id of a later part also has a hyphen and the number of the part."`
	ClientAccount string   `query:"client_account" maxLength:"account" doc:"Account of the order. Needed only if two accounts of the server have this ticket."`
	Partner       *id.UUID `query:"partner_uid" doc:"Partner who asks why the order paid nothing. If another partner has the account, the outcome is not_yours."`
}

type brokerOrderOut struct {
	wire.OrderAnswer

	FactID     string   `json:"fact_id" doc:"Id of the order's fact."`
	PartnerUID *id.UUID `json:"partner_uid" doc:"Partner who has the order's account. Null if no partner has it, or if the account is not known."`
}

const brokerOrderRowExample = `{"order_id":"Real:99981","client_account":"44186900","symbol":"XAUUSD.pro","lots":0.35,"close_date":"2026-06-29T08:30:00Z",` +
	`"outcome":"waiting:instrument","fact_id":"o-99981","partner_uid":null,"reward_usd":0}`

var brokerOrderList = httpapi.Op{
	ID:      "broker_order_list",
	Summary: "List orders with their outcomes",
	Description: "Lists accepted orders with their outcomes: the booked orders of one partner, or the orders that wait or were dismissed. " +
		"The order that closed last comes first. The totals add up all orders by outcome.",
	Example: json.RawMessage(`{"data":[` + brokerOrderRowExample + `],"totals":{"count":1,"by":[{"outcome":"waiting:instrument","orders":1,"reward_usd":0}]}}`),
}

func (h ordersAPI) brokerOrderList(ctx context.Context, in *brokerOrdersIn) (*page.List[brokerOrderRow, brokerOrdersTotals], error) {
	f := outcome.Filter{Partner: in.Partner, Accounts: in.Accounts, From: in.From, To: in.To}
	for _, name := range in.Outcomes {
		f.Outcomes = append(f.Outcomes, reward.Outcome(name))
	}
	list, sums, err := h.s.List(ctx, f, in.Page)
	if err != nil {
		return nil, err
	}
	rows := make([]brokerOrderRow, len(list))
	for i := range list {
		o := &list[i]
		rows[i] = brokerOrderRow{wire.OrderOf(&o.Order, o.Outcome), o.FactID, nil, o.RewardUSD}
		if in.Partner != nil && *in.Partner != id.Nil {
			rows[i].PartnerUID = in.Partner
		}
	}
	totals := brokerOrdersTotals{By: sums}
	if sums == nil {
		totals.By = []outcome.Sum{}
	}
	for _, sum := range sums {
		totals.Count += sum.Orders
	}
	return page.NewList(rows, totals), nil
}

var brokerOrderGet = httpapi.Op{
	ID:      "broker_order_get",
	Summary: "Explain the outcome of an order",
	Description: "Explains an accepted order, which may be booked, waiting or dismissed, with or without a partner. Returns " +
		"the order's outcome, the figures that decided the outcome, and what would change it. docs/rewards.md lists all outcomes.",
	Example: json.RawMessage(`{"order_id":"Real:99981","client_account":"44186900","symbol":"XAUUSD.pro","lots":0.35,"close_date":"2026-06-29T08:30:00Z",` +
		`"outcome":"waiting:instrument","state":"waiting","figures":[{"name":"waits_for","value":"instrument:XAUUSD.PRO"}],` +
		`"change":"The order is booked when the broker sends instrument.set for its symbol, dated at or before the close, ` +
		`or adds the symbol's suffix to the plan.",` +
		`"formula_code":null,"limited_by":null,"reward_usd":null,"reward":null,"currency":null,"lines":[],"fact_id":"o-99981","partner_uid":null}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h ordersAPI) brokerOrderGet(ctx context.Context, in *brokerOrderIn) (*brokerOrderOut, error) {
	o, err := h.s.Find(ctx, outcome.Question{OrderID: in.OrderID, ClientAccount: in.ClientAccount, Asks: in.Partner})
	if err != nil {
		return nil, err
	}
	return &brokerOrderOut{wire.OrderAnswerOf(o), o.FactID, o.PartnerID}, nil
}
