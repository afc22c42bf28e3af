package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/trial"
)

func tryRoute(s *trial.Service) httpapi.Route {
	date := openapi3.NewStringSchema().WithFormat("date")
	params := []openapi.Param{
		{Name: "date_from", Required: true, Doc: "First day of the period, in the programme's time zone.", Schema: date, Example: "2026-06-01"},
		{Name: "date_to", Required: true, Doc: "Last day of the period, at most a year after the first.", Schema: date, Example: "2026-06-30"},
		{
			Name: report.BOMParameter, Schema: openapi3.NewBoolSchema(),
			Doc: "If true and format is csv, the file begins with a byte order mark, so that Excel reads it as UTF-8.",
		},
	}
	return httpapi.Data(http.MethodPost, "/broker/v1/plans/try/", wire.BrokerRead, triesAPI{s}.brokerPlanTry, brokerPlanTry, params, openapi.Responses{
		Body: planSchema().NewRef(), OK: openapi.Inline[trial.Result]().NewRef(), Examples: map[string]any{httpapi.FormatCSV.Type: tryCSV},
	})
}

type triesAPI struct{ s *trial.Service }

const (
	tryExample = `{"from":"2026-06-01","to":"2026-06-30","orders":4210,"reversed":3,"waiting":0,"without_formula":0,"winners":1,"losers":1,"unchanged":0,` +
		`"before":{"reward_usd":9120.5,"override_usd":0,"total_usd":9120.5},"after":{"reward_usd":9870.25,"override_usd":312,"total_usd":10182.25},` +
		`"difference_usd":1061.75,"partners":[{"partner_uid":"01985f3c-1c2e-7a4b-9d10-2f6b8c0e4a71","email":"ann@example.com","orders":3100,` +
		`"before_usd":7000,"after_usd":8200,"difference_usd":1200},{"partner_uid":"01985f3c-1c2e-7a4b-9d10-2f6b8c0e4a72","email":"bob@example.com",` +
		`"orders":1110,"before_usd":2120.5,"after_usd":1982.25,"difference_usd":-138.25}]}`
	tryCSV = "partner_uid,email,orders,before_usd,after_usd,difference_usd\r\n" +
		"01985f3c-1c2e-7a4b-9d10-2f6b8c0e4a71,ann@example.com,3100,7000.000000,8200.000000,1200.000000\r\n"
)

var brokerPlanTry = httpapi.Op{
	ID:      "broker_plan_try",
	Summary: "Try a reward plan on past orders",
	Description: "Computes what a plan would have paid for the booked orders of a period, and compares it with the books. Nothing is booked or stored. " +
		"The body is a plan. It is tried as if it had been in force in the whole period, so its `from` does not matter. Each order keeps its account type, " +
		"instrument, rates and level. The sums contain rewards and overrides. Rebates and agents' shares are left out, because partners pay them from " +
		"their rewards, and so are progress rewards. One request tries at most 200,000 orders; for more, use `tributary plan try`. " +
		"The CSV has one line for each partner. docs/plans.md has an example.",
	Consumes: []string{"application/json"},
	MaxBody:  reward.MaxPlan,
	Formats:  []httpapi.Format{httpapi.FormatJSON, httpapi.FormatCSV},
	Unkeyed:  true,
	Request:  json.RawMessage(planBody),
	Example:  json.RawMessage(tryExample),
	Errors:   []fault.Code{fault.ParseError, fault.ValidationError},
}

func (h triesAPI) brokerPlanTry(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	asked := trial.Request{MaxOrders: trial.MaxOrders}
	q := page.NewQuery(req.Query)
	asked.Period = reward.Period{From: requiredDay(q, "date_from"), To: requiredDay(q, "date_to")}
	bom := report.WantsBOM(q)
	text, err := io.ReadAll(req.HTTP.Body)
	if err != nil {
		return httpapi.Response{}, fault.New(fault.ParseError)
	}
	asked.Plan, err = reward.ParsePlan(text)
	faults := q.Faults() // the response names the faults of the query and of the plan together
	if wrong, is := errors.AsType[*fault.Error](err); is {
		faults = append(faults, wrong.Fields...)
	} else if err != nil {
		return httpapi.Response{}, err
	}
	if err := faults.Err(); err != nil {
		return httpapi.Response{}, err
	}
	result, err := h.s.Try(ctx, asked)
	err = fault.Renamed(err, periodField)
	if err != nil || req.Format != httpapi.FormatCSV {
		return httpapi.Response{Value: result}, err
	}
	var body bytes.Buffer
	if err := result.WriteCSV(&body, bom); err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.Response{Body: body.Bytes(), ContentType: httpapi.FormatCSV.Type + "; charset=utf-8", Filename: "plan_try.csv"}, nil
}

// periodField returns the query parameter for a field with an error. All errors
// of the period are about its last day, "to". An error about the field "from" is
// about the plan in the body.
func periodField(name string) string {
	if name == "to" {
		return "date_to"
	}
	return name
}

func requiredDay(q *page.Query, name string) clock.Day {
	if _, given := q.Text(name); !given { // a blank value is not given either
		q.Fault(name, "required", "This field is required.")
	}
	if day := q.Day(name); day != nil {
		return *day
	}
	return 0
}
