package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

func addInbox(r *httpapi.Router, box inbox.Store) {
	h := inboxAPI{box}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/health/feed", wire.BrokerRead, h.brokerFeedHealth, brokerFeedHealth),
		httpapi.GET("/broker/v1/accounts/unattributed/", wire.BrokerRead, h.brokerUnattributedAccounts, brokerUnattributedAccounts),
	)
}

type inboxAPI struct{ box inbox.Store }

type feedHealthOut struct {
	Orders       int64           `json:"orders" doc:"Number of closed orders received, including unattributed orders. A repeated order is counted once."`
	Lots         money.Lots      `json:"lots" doc:"Total lots of these orders."`
	Unattributed unattributedOut `json:"unattributed" doc:"Facts that wait for missing items."`
	DayTotals    []dayTotalsOut  `json:"day_totals" doc:"Days on which the orders or lots received differ from what the trading server reported in day.totals. The newest day comes first. There are at most 100 entries."`
}

type unattributedOut struct {
	Total int64        `json:"total" doc:"Number of facts that wait for a missing item, such as an account."`
	By    []waitingOut `json:"by" doc:"The same facts, grouped by the kind of the missing item."`
}

type waitingOut struct {
	Kind   string    `json:"kind" enum:"account,client,code,fact,instrument,order,payout,rate,ready,refused" doc:"Kind of the missing item. ready: the item has arrived, and the facts are about to be applied. refused: the facts contradict known data and cannot take effect."`
	Count  int64     `json:"count" doc:"Number of facts."`
	Oldest time.Time `json:"oldest" doc:"When the oldest of these facts happened."`
	Keys   []string  `json:"keys" doc:"Keys of the missing items, such as account numbers. For refused facts, they are the error codes. There are at most 20 keys."`
}

type dayTotalsOut struct {
	Server         string     `json:"server" doc:"Name of the trading server."`
	Day            clock.Day  `json:"day" doc:"Day in the programme's time zone."`
	ExpectedOrders int64      `json:"expected_orders" doc:"Number of orders that the server reported as closed."`
	Orders         int64      `json:"orders" doc:"Number of orders received."`
	ExpectedLots   money.Lots `json:"expected_lots" doc:"Lots that the server reported as closed."`
	Lots           money.Lots `json:"lots" doc:"Total volume of the received orders, in lots."`
}

type unattributedAccountOut struct {
	ClientAccount string    `json:"client_account" doc:"Number of the unknown account."`
	Orders        int64     `json:"orders" doc:"Number of closed orders that wait for the account."`
	Facts         int64     `json:"facts" doc:"Number of all facts that wait for the account, including closed orders."`
	FirstAt       time.Time `json:"first_at" doc:"When the oldest of these facts happened."`
	LastAt        time.Time `json:"last_at" doc:"When the newest of these facts happened."`
}

type unattributedTotals struct {
	Count  int64 `json:"count" doc:"Number of accounts in the whole list."`
	Orders int64 `json:"orders" doc:"Number of closed orders that wait for these accounts."`
	Facts  int64 `json:"facts" doc:"Number of all facts that wait for these accounts."`
}

type unattributedIn struct {
	Page page.Page
}

func feedHealthOf(h *inbox.Health) *feedHealthOut {
	out := &feedHealthOut{
		Orders: h.Orders, Lots: h.Lots, DayTotals: make([]dayTotalsOut, len(h.Days)),
		Unattributed: unattributedOut{Total: h.Total(), By: make([]waitingOut, len(h.Waiting))},
	}
	for i, w := range h.Waiting {
		out.Unattributed.By[i] = waitingOut{Kind: w.Kind, Count: w.Facts, Oldest: w.Oldest, Keys: w.Keys}
		if w.Keys == nil {
			out.Unattributed.By[i].Keys = []string{}
		}
	}
	for i, d := range h.Days {
		out.DayTotals[i] = dayTotalsOut{
			Server: d.Server, Day: d.Day, ExpectedOrders: d.ExpectedOrders, Orders: d.Orders, ExpectedLots: d.ExpectedLots, Lots: d.Lots,
		}
	}
	return out
}

var brokerFeedHealth = httpapi.Op{
	ID:      "broker_feed_health",
	Summary: "Get the state of the feed",
	Description: "Returns the number of facts that wait, grouped by the missing items, and the days on which the received orders " +
		"differ from the trading servers' `day.totals`. A difference is shown until it is resolved.",
	Example: json.RawMessage(`{"orders":120482,"lots":31049.27,"unattributed":{"total":3,"by":[{"kind":"account","count":3,` +
		`"oldest":"2026-06-29T08:30:00Z","keys":["44186900"]}]},"day_totals":[{"server":"Real","day":"2026-06-29","expected_orders":901,` +
		`"orders":900,"expected_lots":310.5,"lots":310.4}]}`),
}

func (h inboxAPI) brokerFeedHealth(ctx context.Context, _ *struct{}) (*feedHealthOut, error) {
	health, err := h.box.Health(ctx)
	if err != nil {
		return nil, err
	}
	return feedHealthOf(health), nil
}

var brokerUnattributedAccounts = httpapi.Op{
	ID:      "broker_unattributed_accounts",
	Summary: "List unknown accounts that facts wait for",
	Description: "Lists the accounts that the programme does not know, with the number of orders and other facts that wait for " +
		"each account. The facts take effect when `account.opened` arrives. The list is sorted by account number.",
	Example: json.RawMessage(`{"data":[{"client_account":"44186900","orders":3,"facts":4,"first_at":"2026-06-29T08:30:00Z",` +
		`"last_at":"2026-06-30T11:00:00Z"}],"totals":{"count":1,"orders":3,"facts":4}}`),
}

func (h inboxAPI) brokerUnattributedAccounts(ctx context.Context, in *unattributedIn) (*page.List[unattributedAccountOut, unattributedTotals], error) {
	list, totals, err := h.box.UnattributedAccounts(ctx, in.Page)
	if err != nil {
		return nil, err
	}
	rows := make([]unattributedAccountOut, len(list))
	for i, a := range list {
		rows[i] = unattributedAccountOut{ClientAccount: a.ClientAccount, Orders: a.Orders, Facts: a.Facts, FirstAt: a.First, LastAt: a.Last}
	}
	return page.NewList(rows, unattributedTotals{Count: totals.Count, Orders: totals.Orders, Facts: totals.Facts}), nil
}
