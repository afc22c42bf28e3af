package cpa

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// evaluation holds a client and the results so far, while the client's facts
// are being read.
type evaluation struct {
	*Client

	terms    *reward.CPA
	deposits Deposits

	first, last clock.Day // days whose orders count
	days        []DayLots
	reached     clock.Day // day on which the lots were reached
	missing     money.Lots
	trades      []Trade
}

// evaluate sets the Progress of clients from their facts. The clients must be
// sorted by partner. For the clients of one partner, it needs at most six
// queries. If a client has been paid, it changes only Reversed.
func evaluate(ctx context.Context, q db.Querier, clients []*Client, plans []*reward.Plan, zone *time.Location) error {
	for len(clients) > 0 {
		n := 1
		for n < len(clients) && clients[n].PartnerID == clients[0].PartnerID {
			n++
		}
		all := make(map[id.UUID]*evaluation, n)
		for _, c := range clients[:n] {
			terms, err := c.terms(plans)
			if err != nil {
				return err
			}
			all[c.ClientUID] = &evaluation{Client: c, terms: terms}
		}
		if err := evaluateAll(ctx, q, clients[0].PartnerID, all, zone); err != nil {
			return err
		}
		clients = clients[n:]
	}
	return nil
}

func evaluateAll(ctx context.Context, q db.Querier, partnerID id.UUID, all map[id.UUID]*evaluation, zone *time.Location) error {
	deposits, err := depositsOf(ctx, q, partnerID, all)
	if err != nil {
		return err
	}
	var trading []*evaluation
	for uid, e := range all {
		e.deposited(deposits[uid])
		if e.Day != nil || e.terms.MinLots == 0 || e.deposits.Reversed {
			continue
		}
		var counted bool
		if e.first, e.last, counted = Days(e.terms, e.ExpiresAt, e.deposits, zone); counted {
			trading = append(trading, e)
		}
	}
	if err := loadTrades(ctx, q, partnerID, all, trading, zone); err != nil {
		return err
	}
	for _, e := range all {
		if e.Day == nil {
			e.QualifiedAt = Qualified(e.terms, e.ExpiresAt, e.deposits, e.missing, e.trades)
		}
	}
	return nil
}

// deposited evaluates the client's deposits. After the payment, the first
// deposit no longer changes.
func (e *evaluation) deposited(list []attribution.Deposit) {
	if e.Day != nil {
		paid := &FirstDeposit{At: *e.FirstDepositAt, USD: e.FirstDepositUSD}
		e.Reversed = Deposited(e.terms, e.PartnerID, paid, list).Reversed
		return
	}
	e.deposits = Deposited(e.terms, e.PartnerID, nil, list)
	e.FirstDepositAt, e.FirstDepositUSD, e.Reversed = e.deposits.FirstAt, e.deposits.FirstUSD, e.deposits.Reversed
}

// loadTrades finds the day on which each client had traded enough lots, and
// loads the orders of that day.
func loadTrades(ctx context.Context, q db.Querier, partnerID id.UUID, all map[id.UUID]*evaluation, trading []*evaluation, zone *time.Location) error {
	if len(trading) == 0 {
		return nil
	}
	if err := loadDays(ctx, q, partnerID, all, trading); err != nil {
		return err
	}
	var reached []*evaluation
	for _, e := range trading {
		var enough bool
		if e.reached, e.missing, enough = Reached(e.terms, e.days); enough {
			reached = append(reached, e)
		}
	}
	if len(reached) == 0 {
		return nil
	}
	return loadOrders(ctx, q, partnerID, all, reached, zone)
}
