package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/trial"
)

func addMoves(r *httpapi.Router, s *move.Service) {
	h := movesAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.Prepared("/broker/v1/clients/moves/", wire.BrokerWrite, h.prepare, h.brokerClientsMove, brokerClientsMove),
		httpapi.Prepared("/broker/v1/partners/{partner_uid}/move/", wire.BrokerWrite, h.preparePartner, h.brokerPartnerMove, brokerPartnerMove),
	)
}

type movesAPI struct{ s *move.Service }

type brokerMoveIn struct {
	Clients []id.UUID `json:"client_uids" required:"true" minItems:"1" maxItems:"500" doc:"Ids of the clients to move."`
	To      id.UUID   `json:"partner_uid" required:"true" doc:"Id of the new partner. It gets the clients under its default link."`
	From    time.Time `json:"from" doc:"Orders that close from this moment on belong to the new partner. Not in the future. If it is left out, it is the moment of the request. Orders that are already booked and closed later are corrected." example:"2026-06-30T12:00:00Z"`
	Reason  string    `json:"reason" required:"true" minLength:"1" maxLength:"fact_text" doc:"Why the clients are moved. Partners do not see it."`
	DryRun  bool      `json:"dry_run" doc:"true: nothing is moved, and the response shows what would change."`
}

type brokerMoveOut struct {
	DryRun  bool               `json:"dry_run" doc:"Whether nothing was moved."`
	To      id.UUID            `json:"partner_uid" doc:"Id of the new partner."`
	Code    string             `json:"partner_code" doc:"Code of the link under which the new partner gets the clients."`
	From    time.Time          `json:"from" doc:"Moment from which orders belong to the new partner."`
	Facts   []string           `json:"fact_ids" doc:"Ids of the facts that move the clients, one for each client. Empty for a dry run."`
	Preview *brokerMovePreview `json:"preview" doc:"What would change. Null unless it is a dry run."`
}

type brokerMovePreview struct {
	Corrected brokerMoveEffect `json:"corrected" doc:"The booked orders that closed since from. They would be booked again for the new partner."`
	Forecast  brokerMoveEffect `json:"last_30_days" doc:"The booked orders of the last 30 days, if the new partner had already had the clients. This estimates the effect on later orders."`
}

type brokerMoveEffect struct {
	Orders     int64               `json:"orders" doc:"Number of orders of the clients, without reversed ones."`
	Before     money.Amount        `json:"before_usd" doc:"What partners earned from these orders, with overrides."`
	After      money.Amount        `json:"after_usd" doc:"What partners would have earned, with overrides."`
	Difference money.Amount        `json:"difference_usd" doc:"after_usd minus before_usd."`
	Partners   []brokerMovePartner `json:"partners" doc:"Each partner who earned or would have earned from these orders."`
}

type brokerMovePartner struct {
	UID        id.UUID      `json:"partner_uid" doc:"Id of the partner."`
	Email      string       `json:"email" doc:"The partner's e-mail address."`
	Before     money.Amount `json:"before_usd" doc:"What the partner earned from these orders, with overrides."`
	After      money.Amount `json:"after_usd" doc:"What the partner would have earned, with overrides."`
	Difference money.Amount `json:"difference_usd" doc:"after_usd minus before_usd."`
}

func effectOf(r *trial.Result) brokerMoveEffect {
	out := brokerMoveEffect{
		Orders: r.Orders, Before: r.Before.TotalUSD, After: r.After.TotalUSD, Difference: r.DifferenceUSD, Partners: make([]brokerMovePartner, len(r.Partners)),
	}
	for i, p := range r.Partners {
		out.Partners[i] = brokerMovePartner{p.PartnerUID, p.Email, p.BeforeUSD, p.AfterUSD, p.DifferenceUSD}
	}
	return out
}

var brokerClientsMove = httpapi.Op{
	ID:      "broker_clients_move",
	Summary: "Move clients to another partner",
	Description: "Moves clients with their accounts to another partner. Orders that close from `from` on belong to the new partner, and earlier ones stay " +
		"with the old partner, to the last digit. All clients are moved in one transaction, or none. Each move is a fact " +
		"`client.moved`, and the audit log says who made it. " +
		"With `dry_run`, nothing is moved, and the response compares what the clients' orders earned with what they would have " +
		"earned at the new partner's level. " +
		"To move more clients than one request may name, send several requests with the same `from`. docs/moves.md has an example.",
	Request: map[string]any{
		"client_uids": []string{"0197c0de-0000-7000-8000-000000000101"}, "partner_uid": "0197c0de-0000-7000-8000-000000000001",
		"reason": "The former partner has closed its business.", "dry_run": true,
	},
	Example: json.RawMessage(`{"dry_run":true,"partner_uid":"0197c0de-0000-7000-8000-000000000001","partner_code":"beta",` +
		`"from":"2026-06-30T12:00:00Z","fact_ids":[],` +
		`"preview":{"corrected":{"orders":0,"before_usd":0,"after_usd":0,"difference_usd":0,"partners":[]},` +
		`"last_30_days":{"orders":12,"before_usd":24,"after_usd":30,` +
		`"difference_usd":6,"partners":[{"partner_uid":"0197c0de-0000-7000-8000-000000000001","email":"bob@example.com",` +
		`"before_usd":0,"after_usd":30,"difference_usd":30},` +
		`{"partner_uid":"0197c0de-0000-7000-8000-000000000002","email":"ann@example.com","before_usd":24,"after_usd":0,"difference_usd":-24}]}}}`),
	Errors: []fault.Code{fault.ValidationError},
}

func (h movesAPI) prepare(ctx context.Context, in *brokerMoveIn) (move.Request, error) {
	asked := move.Request{Clients: in.Clients, To: in.To, From: in.From, Reason: in.Reason}
	if in.DryRun {
		return asked, nil
	}
	return asked, h.s.Prepare(ctx, asked)
}

func (h movesAPI) brokerClientsMove(ctx context.Context, in *brokerMoveIn, asked move.Request) (*brokerMoveOut, error) {
	if in.DryRun {
		p, err := h.s.Preview(ctx, asked)
		if err != nil {
			return nil, err
		}
		return &brokerMoveOut{DryRun: true, To: in.To, Code: p.LinkCode, From: p.From, Facts: []string{}, Preview: &brokerMovePreview{
			Corrected: effectOf(p.Corrected), Forecast: effectOf(p.Forecast),
		}}, nil
	}
	moved, err := h.s.Move(ctx, asked)
	if err != nil {
		return nil, err
	}
	return &brokerMoveOut{To: in.To, Code: moved.LinkCode, From: moved.From, Facts: moved.Facts}, nil
}
