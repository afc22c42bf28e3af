package broker

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/trial"
)

func addPlans(r *httpapi.Router, s *reward.Service, trials *trial.Service) {
	h := plansAPI{s}
	applied := openapi.Responses{Body: planSchema().NewRef(), OK: openapi.Inline[planAppliedOut]().NewRef()}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/plans/", wire.BrokerRead, h.brokerPlanList, brokerPlanList),
		httpapi.Keyed("/broker/v1/plans/", wire.BrokerWrite, h.brokerPlanApply, brokerPlanApply, applied),
		tryRoute(trials),
	)
}

type plansAPI struct{ s *reward.Service }

// planOut is a plan with the fields that the server adds.
type planOut struct {
	UID     id.UUID     `json:"plan_uid" doc:"Id of the plan. It consists of zeros for the built-in plan."`
	Created time.Time   `json:"created" doc:"When the plan was stored."`
	Plan    reward.Plan `json:"plan" doc:"Rules of the plan."`
	Author  *string     `json:"author" doc:"Who applied the plan: staff or broker, followed by a colon and the id, or system for the command line. Null for the built-in plan, and for plans that were applied before Tributary recorded the author."`
}

type planAppliedOut struct {
	planOut

	Applied bool `json:"applied" doc:"Whether the plan was stored. It is false if the plan equals the one that is already in force on its date."`
}

func planOf(p *reward.Plan) planOut {
	out := planOut{UID: p.ID, Created: p.CreatedAt, Plan: *p}
	if p.Author != "" {
		out.Author = &p.Author
	}
	return out
}

// planSchema returns the schema of a plan in a request. A field that can be
// null in a response can also be null in a request, so that a program can send
// a plan that it has received.
func planSchema() *openapi3.Schema {
	schema := openapi.InlineInput[reward.Plan]()
	capped := schema.Properties["cap_per_order_usd"].Value
	types := append(slices.Clone(*capped.Type), openapi3.TypeNull)
	capped.Type = &types
	return schema
}

const planBody = `{"from":"2026-07-01T00:00:00Z","levels":[{"name":"Start","share_percent":20},` +
	`{"name":"Silver","share_percent":35,"min_volume_mln_usd":60,"min_active_clients":30}],` +
	`"formulas":[{"account_types":["Raw Spread"],"formula":"formula_ecn"},{"formula":"formula_cfd"}],` +
	`"amounts_per_lot_usd":{"forex":3.5},"cap_per_order_usd":500,"override_percents":[10],"max_payout_percent":80,"reason":"Agreed for the third quarter."}`

const planExample = `{"plan_uid":"01985f3c-1c2e-7a4b-9d10-2f6b8c0e4a71","created":"2026-06-28T09:00:00Z","plan":{` +
	`"from":"2026-07-01T00:00:00Z","levels":[{"name":"Start","share_percent":20,"min_volume_mln_usd":0,"min_active_clients":0},` +
	`{"name":"Silver","share_percent":35,"min_volume_mln_usd":60,"min_active_clients":30}],` +
	`"formulas":[{"account_types":["Raw Spread"],"formula":"formula_ecn"},{"formula":"formula_cfd"}],` +
	`"amounts_per_lot_usd":{"forex":3.5},"cent_account_types":[],"symbol_suffixes":[],"bonus_k":1,"min_order_life_seconds":0,` +
	`"cap_per_order_usd":500,"override_percents":[10],"max_payout_percent":80,"cpa":[],"counted_click":"last",` +
	`"reason":"Agreed for the third quarter."},"author":"staff:01985f3c-1c2e-7a4b-9d10-2f6b8c0e4a71"}`

var brokerPlanList = httpapi.Op{
	ID:      "broker_plan_list",
	Summary: "List the reward plans",
	Description: "Lists the reward plans, newest date first. The last one is the built-in plan of Tributary. docs/plans.md has an " +
		"example with an explanation.",
	Example: json.RawMessage(`{"data":[` + planExample + `],"totals":{"count":1}}`),
}

func (h plansAPI) brokerPlanList(ctx context.Context, _ *struct{}) (*page.List[planOut, page.Count], error) {
	plans, err := h.s.Plans(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]planOut, len(plans))
	for i, p := range plans {
		rows[i] = planOf(p)
	}
	return page.NewList(rows, page.Count{Count: int64(len(rows))}), nil
}

var brokerPlanApply = httpapi.Op{
	ID:      "broker_plan_apply",
	Summary: "Put a reward plan in force",
	Description: "Stores a reward plan that is in force from its date onwards. The body is the plan, in the format that " +
		"`tributary plan show` prints. Orders that are already booked keep their rewards. A plan that equals the one in " +
		"force on its date is not stored again. `applied` is then false.",
	Consumes: []string{"application/json"},
	MaxBody:  reward.MaxPlan,
	Request:  json.RawMessage(planBody),
	Example:  json.RawMessage(planExample[:len(planExample)-1] + `,"applied":true}`),
	Errors:   []fault.Code{fault.ParseError, fault.ValidationError},
}

func (h plansAPI) brokerPlanApply(req *httpapi.Request) (httpapi.Work, error) {
	text, err := io.ReadAll(req.HTTP.Body)
	if err != nil {
		return httpapi.Work{}, fault.New(fault.ParseError)
	}
	if _, err = reward.ParsePlan(text); err != nil { // parse before the transaction starts, so that no other request waits for it
		return httpapi.Work{}, err
	}
	return httpapi.Work{Content: [][]byte{text}, Do: func(ctx context.Context) (httpapi.Response, error) {
		plan, added, err := h.s.Apply(ctx, text)
		if err != nil {
			return httpapi.Response{}, err
		}
		return httpapi.Response{Value: planAppliedOut{planOf(plan), added}}, nil
	}}, nil
}
