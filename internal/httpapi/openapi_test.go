package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

type documentedIn struct {
	Code    string               `path:"campaign_code" doc:"The campaign."`
	Token   string               `header:"X-Temporary-Token"`
	Kind    []string             `query:"kind" enum:"banner,video"`
	Login   string               `json:"login" alias:"email" required:"true" format:"email" example:"partner@example.com"`
	Title   string               `json:"title" required:"true" maxLength:"20"`
	Percent *money.Percent       `json:"percent" minimum:"0" maximum:"100"`
	Group   bind.Nullable[int64] `json:"group_id" doc:"null removes it"`
	Tags    []string             `json:"tags" maxLength:"16" maxItems:"10"`
	Data    struct{ URL string } `json:"data"`
	Payload map[string]any       `json:"payload"`
}

type size struct {
	Min money.Percent `json:"min"`
	Max money.Percent `json:"max"`
}

type documentedRow struct {
	ID       int64          `json:"id" example:"7"`
	UID      id.UUID        `json:"uid"`
	RegDate  clock.Day      `json:"reg_date"`
	Status   *string        `json:"status" enum:"ACTIVE,LEFT" doc:"Where it stands."`
	Reward   string         `json:"reward" example:"2.49"`
	Size     *size          `json:"rebate_size"`
	Parent   *documentedRow `json:"parent,omitempty"`
	Volume   money.Lots     `json:"volume_lots"`
	Anything any            `json:"anything"`
}

type listIn struct {
	Page page.Page `ordering:"reg_date,reward" default:"1000"`
}

func declareEverything(r *httpapi.Router) {
	httpapi.Handle(r, httpapi.Op{
		Method: "POST", Path: "/api/campaigns/{campaign_code}/links/", Aliases: []string{"/api/v2/campaigns/{campaign_code}/links/"}, ID: "link_create", Tag: "Campaigns",
		Summary: "Makes a link", Scope: "campaigns:write", Status: 201, Errors: []fault.Code{fault.AuthenticationFailed},
		Request: json.RawMessage(`{"title":"t","login":"a@example.com"}`),
	}, func(context.Context, *documentedIn) (*documentedRow, error) { return &documentedRow{}, nil })
	httpapi.Handle(r, httpapi.Op{Method: "GET", Path: "/api/reports/clients/", ID: "clients", Tag: "Reports"},
		func(context.Context, *listIn) (*page.List[documentedRow, page.Count], error) {
			return page.NewList[documentedRow](nil, page.Count{}), nil
		})
	httpapi.Handle(r, httpapi.Op{Method: "DELETE", Path: "/api/campaigns/{campaign_code}/", ID: "campaign_delete", Tag: "Campaigns", Access: httpapi.Optional, Status: 204},
		func(context.Context, *empty) (*empty, error) { return nil, nil })
	ping(r, httpapi.Op{Path: "/healthz", Access: httpapi.Public, Hidden: true})
	r.Add(httpapi.Op{Method: "GET", Path: "/api/reports/orders/{formula_code}/{order}/", ID: "orders", Tag: "Reports", Formats: httpapi.ReportFormats()},
		append(httpapi.PageParams(0, []string{"close_date"}), httpapi.Param{Name: "symbol", Schema: openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())}),
		httpapi.Responses{OK: openapi3.NewObjectSchema().WithProperty("data", openapi3.NewArraySchema().WithItems(openapi3.NewObjectSchema())).NewRef()},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) { return httpapi.Response{}, nil })
	r.Add(httpapi.Op{Method: "POST", Path: "/broker/v1/events", ID: "events", Access: httpapi.Broker, Consumes: []string{"application/x-ndjson"}, MaxBody: -1}, nil, httpapi.Responses{},
		func(_ context.Context, req *httpapi.Request) (httpapi.Response, error) {
			n, err := io.Copy(io.Discard, req.HTTP.Body)
			return httpapi.Response{Value: map[string]int64{"bytes": n}}, err
		})
}

func TestDocument_IsValidAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	b, again := setup(t), setup(t)
	declareEverything(b.router)
	declareEverything(again.router)

	text, err := b.router.Document()
	require.NoError(t, err)
	second, err := again.router.Document()
	require.NoError(t, err)
	require.Equal(t, string(text), string(second))

	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context(), openapi3.EnableExamplesValidation()))
	require.Equal(t, "3.1.0", doc.OpenAPI)
}

func TestDocument_NamesAliasesAndOrdersTags(t *testing.T) {
	t.Parallel()
	router := httpapi.New(httpapi.Config{Tags: []httpapi.Tag{{"Unused", "Nothing."}, {"Late", "What comes last is shown first."}, {"Early", "And the rest."}}})
	ping(router, httpapi.Op{Path: "/api/auth/", Aliases: []string{"/api/v2/auth/"}, ID: "login", Tag: "Early", Access: httpapi.Public})
	ping(router, httpapi.Op{Path: "/api/late/", ID: "late", Tag: "Late", Access: httpapi.Public})
	ping(router, httpapi.Op{Path: "/api/other/", ID: "other", Tag: "Undescribed", Access: httpapi.Public})
	text, err := router.Document()
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.Equal(t, "login", doc.Paths.Value("/api/auth/").Get.OperationID)
	require.Equal(t, "login_v2", doc.Paths.Value("/api/v2/auth/").Get.OperationID)
	var names []string
	for _, tag := range doc.Tags {
		names = append(names, tag.Name+": "+tag.Description)
	}
	require.Equal(t, []string{"Late: What comes last is shown first.", "Early: And the rest.", "Undescribed: "}, names)
	require.Equal(t, "/", doc.Servers[0].URL)
}
