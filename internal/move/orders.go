package move

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/trial"
)

// effect lists the booked orders that a move changes.
type effect struct {
	corrected []trial.Moving // orders to book again
	// forecast contains the orders of the last forecastDays days, for the accounts
	// whose present partner changes.
	forecast []trial.Moving
}

// effectOf computes the effect of a move from the histories and the stays of the
// clients' accounts, with the same functions that book the move. It therefore takes
// other moves and typed codes into account.
func effectOf(ctx context.Context, q db.Querier, r *Request, code string, from, now time.Time) (*effect, error) {
	books := accrual.Reading(q)
	events, err := books.Events(ctx, r.Clients)
	if err != nil {
		return nil, err
	}
	histories := map[id.UUID]attribution.History{}
	for _, e := range events {
		histories[e.ClientUID] = append(histories[e.ClientUID], e)
	}
	for _, client := range r.Clients {
		moved := attribution.Event{ClientUID: client, At: from, FactID: newFactID(), Kind: feed.ClientMoved, PartnerID: r.To, LinkCode: code}
		histories[client] = append(histories[client], moved)
		histories[client].Sort()
	}
	accounts, err := books.AccountsOf(ctx, r.Clients)
	if err != nil {
		return nil, err
	}
	out := &effect{}
	for _, a := range accounts {
		are := histories[a.ClientUID].StaysOf(a)
		for _, c := range attribution.Changes(a.AllStays(), are) {
			row := a.With(c.Before)
			out.corrected = append(out.corrected, trial.Moving{
				PartnerID: row.PartnerID, Number: row.Number, From: c.From, Until: c.Until, To: c.After, LinkCode: attribution.StayAt(are, c.From).LinkCode,
			})
		}
		if is := are[len(are)-1]; is.PartnerID != a.PartnerID {
			for _, row := range a.Rows() {
				out.forecast = append(out.forecast, trial.Moving{
					PartnerID: row.PartnerID, Number: row.Number, From: now.AddDate(0, 0, -forecastDays), Until: now, To: is.PartnerID, LinkCode: is.LinkCode,
				})
			}
		}
	}
	return out, nil
}

// checkSize returns a ValidationError if the move would have to book too many orders
// again. limit is the maximum.
func (e *effect) checkSize(ctx context.Context, q db.Querier, limit int64) error {
	orders, err := countOrders(ctx, q, e.corrected, limit+1)
	if err != nil || orders <= limit {
		return err
	}
	return fault.Invalid("client_uids", "too_many_orders",
		fmt.Sprintf("The move would book more than %s orders again. Move fewer clients, or choose a later from.", money.GroupInt(limit)))
}
