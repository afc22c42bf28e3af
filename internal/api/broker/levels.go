package broker

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/level"
)

func addLevels(r *httpapi.Router, s *level.Service) {
	h := levelsAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.POST("/broker/v1/partners/{partner_uid}/level/", wire.BrokerMoney, h.brokerPartnerLevelSet, brokerPartnerLevelSet),
	)
}

type levelsAPI struct{ s *level.Service }

type brokerLevelIn struct {
	brokerPartnerPath

	Level string `json:"level" required:"true" minLength:"1" maxLength:"name" doc:"Name of a level of the plan that is in force tomorrow." example:"Gold"`
	Hold  bool   `json:"hold" doc:"If true, monthly reviews do not put the partner below this level until you set the level again. They can still raise the partner further. If false, reviews decide as usual."`
}

type brokerLevelOut struct {
	UID   id.UUID   `json:"partner_uid" doc:"Id of the partner."`
	Level string    `json:"level" doc:"Name of the level."`
	From  clock.Day `json:"from" doc:"First day of the level, which is tomorrow in the programme's time zone."`
	Hold  bool      `json:"hold" doc:"If true, monthly reviews do not put the partner below this level."`
}

var brokerPartnerLevelSet = httpapi.Op{
	ID:      "broker_partner_level_set",
	Summary: "Set a partner's level",
	Description: "Sets a partner's level from tomorrow onwards. Rewards that are already booked do not change, and no progress reward is paid. " +
		"A fall that the last review announced no longer applies. The partner can read the change in its audit log.",
	Request: map[string]any{"level": "Gold", "hold": true},
	Example: json.RawMessage(`{"partner_uid":"0197c0de-0000-7000-8000-000000000001","level":"Gold","from":"2026-07-01","hold":true}`),
	Errors:  []fault.Code{fault.NotFound},
}

func (h levelsAPI) brokerPartnerLevelSet(ctx context.Context, in *brokerLevelIn) (*brokerLevelOut, error) {
	set, err := h.s.Set(ctx, in.UID, in.Level, in.Hold)
	if err != nil {
		return nil, err
	}
	return &brokerLevelOut{UID: in.UID, Level: set.Name, From: set.Day, Hold: set.Floor != ""}, nil
}
