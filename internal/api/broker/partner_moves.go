package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/move"
)

type brokerPartnerMoveIn struct {
	brokerPartnerPath

	Parent   id.UUID   `json:"parent_uid" doc:"Id of the new parent. If it is left out, the parent does not change."`
	NoParent bool      `json:"no_parent" doc:"true: the partner has no parent from then on."`
	Country  string    `json:"country" pattern:"^[A-Za-z]{2}$" doc:"The new country, ISO 3166 alpha-2. If it is left out, the country does not change." example:"TH"`
	From     time.Time `json:"from" doc:"The new partners above earn the overrides of orders that close from this moment on. Not in the future. If it is left out, it is the moment of the request. Overrides of later orders that are already booked are corrected." example:"2026-06-30T12:00:00Z"`
	Reason   string    `json:"reason" required:"true" minLength:"1" maxLength:"fact_text" doc:"Why the partner is changed. Partners do not see it."`
	DryRun   bool      `json:"dry_run" doc:"true: nothing changes, and the response shows what would change."`
}

type brokerPartnerMoveOut struct {
	DryRun  bool               `json:"dry_run" doc:"Whether nothing has changed."`
	UID     id.UUID            `json:"partner_uid" doc:"Id of the partner."`
	From    time.Time          `json:"from" doc:"Moment from which the change is in force."`
	Fact    *string            `json:"fact_id" doc:"Id of the fact that changes the partner. Null for a dry run."`
	Preview *brokerMovePreview `json:"preview" doc:"What would change. Null unless it is a dry run."`
}

var brokerPartnerMove = httpapi.Op{
	ID:      "broker_partner_move",
	Summary: "Give a partner another parent or country",
	Description: "Gives a partner another parent, no parent, or another country, from a date on. The partners below it move along. " +
		"The partners who are above when an order closes earn its overrides. Rewards stay the same. The change is a fact `partner.changed`, " +
		"and the audit log says who made it. With `dry_run`, nothing changes, and the response compares what partners earned from the orders " +
		"with what they would have earned. A partner cannot get a parent who is below it. docs/moves.md explains it.",
	Request: map[string]any{"parent_uid": "0197c0de-0000-7000-8000-000000000001", "reason": "Ann looks after this region now.", "dry_run": true},
	Example: json.RawMessage(`{"dry_run":true,"partner_uid":"0197c0de-0000-7000-8000-000000000002","from":"2026-06-30T12:00:00Z","fact_id":null,` +
		`"preview":{"corrected":{"orders":0,"before_usd":0,"after_usd":0,"difference_usd":0,"partners":[]},` +
		`"last_30_days":{"orders":12,"before_usd":24,"after_usd":26.4,` +
		`"difference_usd":2.4,"partners":[{"partner_uid":"0197c0de-0000-7000-8000-000000000001","email":"ann@example.com",` +
		`"before_usd":0,"after_usd":2.4,"difference_usd":2.4},` +
		`{"partner_uid":"0197c0de-0000-7000-8000-000000000002","email":"bob@example.com","before_usd":24,"after_usd":24,"difference_usd":0}]}}}`),
	Errors: []fault.Code{fault.NotFound, fault.ValidationError},
}

func (h movesAPI) preparePartner(ctx context.Context, in *brokerPartnerMoveIn) (move.PartnerRequest, error) {
	asked := move.PartnerRequest{
		Partner: in.UID, Parent: in.Parent, NoParent: in.NoParent, Country: in.Country, From: in.From, Reason: in.Reason,
	}
	if in.DryRun {
		return asked, nil
	}
	return asked, h.s.PreparePartner(ctx, asked)
}

func (h movesAPI) brokerPartnerMove(ctx context.Context, in *brokerPartnerMoveIn, asked move.PartnerRequest) (*brokerPartnerMoveOut, error) {
	if in.DryRun {
		p, err := h.s.PreviewPartner(ctx, asked)
		if err != nil {
			return nil, err
		}
		return &brokerPartnerMoveOut{DryRun: true, UID: in.UID, From: p.From, Preview: &brokerMovePreview{
			Corrected: effectOf(p.Corrected), Forecast: effectOf(p.Forecast),
		}}, nil
	}
	moved, err := h.s.MovePartner(ctx, asked)
	if err != nil {
		return nil, err
	}
	return &brokerPartnerMoveOut{UID: in.UID, From: moved.From, Fact: &moved.FactID}, nil
}
