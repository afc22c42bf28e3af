package openapi_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

type linkIn struct {
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

type row struct {
	ID       int64      `json:"id" example:"7"`
	UID      id.UUID    `json:"uid"`
	RegDate  clock.Day  `json:"reg_date"`
	Status   *string    `json:"status" enum:"ACTIVE,LEFT" doc:"Where it stands."`
	Reward   string     `json:"reward" example:"2.49"`
	Size     *size      `json:"rebate_size"`
	Parent   *row       `json:"parent,omitempty"`
	Volume   money.Lots `json:"volume_lots"`
	Anything any        `json:"anything"`
}

type listIn struct {
	Page page.Page `ordering:"reg_date,reward" default:"1000"`
}

var (
	user   = openapi.Access{Name: "user", Scheme: &openapi.Scheme{Name: "Token", Description: "A token."}, Note: "Users can call this."}
	person = openapi.Access{Name: "user", Scheme: user.Scheme, Person: true, Note: "Only users can call this."}
	public = openapi.Access{Name: "public"}
	asJSON = []openapi.Format{{Name: "json", Type: "application/json"}}
	errs   = []openapi.Error{
		{Code: fault.NotFound, Status: 404, Example: map[string]string{"code": "NotFound", "message": "Not found"}},
		{Code: fault.ParseError, Status: 400, Example: map[string]string{"code": "ParseError", "message": "Malformed request"}},
		{Code: fault.Throttled, Status: 429, Example: map[string]string{"code": "Throttled", "message": "Too many"}},
		{Code: fault.ValidationError, Status: 400, Example: map[string]string{"code": "ValidationError", "message": "Bad request"}},
	}
)

func typed[In, Out any](o openapi.Operation) openapi.Operation {
	o.Input = bind.New(reflect.TypeFor[In](), bind.Operation{ID: o.ID, Method: o.Method, Path: o.Path})
	o.Output = reflect.TypeFor[Out]()
	return untyped(o)
}

func untyped(o openapi.Operation) openapi.Operation {
	if o.Status == 0 {
		o.Status = 200
	}
	if o.Formats == nil {
		o.Formats = asJSON
	}
	return o
}

func operations() []openapi.Operation {
	return []openapi.Operation{
		typed[linkIn, row](openapi.Operation{
			Method: "POST", Path: "/api/campaigns/{campaign_code}/links/", Aliases: []string{"/api/v2/campaigns/{campaign_code}/links/"}, ID: "link_create", Tag: "Campaigns",
			Summary: "Makes a link", Access: user, Scopes: []string{"write", "campaigns"}, Status: 201, Keyed: true,
			Consumes: []string{"application/json", "application/x-www-form-urlencoded"}, Errors: []fault.Code{fault.ParseError, fault.NotFound, fault.ValidationError},
			Request: json.RawMessage(`{"title":"t","login":"a@example.com"}`),
		}),
		typed[listIn, page.List[row, page.Count]](openapi.Operation{Method: "GET", Path: "/api/reports/clients/", ID: "clients", Tag: "Reports", Access: user}),
		typed[struct{}, struct{}](openapi.Operation{
			Method: "DELETE", Path: "/api/campaigns/{campaign_code}/", ID: "campaign_delete", Tag: "Campaigns", Status: 204,
			Access: openapi.Access{Name: "optional", Scheme: user.Scheme, Optional: true},
		}),
		untyped(openapi.Operation{
			Method: "GET", Path: "/api/reports/orders/{formula_code}/{order}/", ID: "orders", Tag: "Reports", Access: person,
			Formats: append(asJSON, openapi.Format{Name: "xlsx", Type: "application/x-table"}),
			Params:  append(openapi.PageParams(0, []string{"close_date"}), openapi.Param{Name: "symbol", Schema: openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())}),
			Responses: openapi.Responses{
				OK:          openapi3.NewObjectSchema().WithProperty("data", openapi3.NewArraySchema().WithItems(openapi3.NewObjectSchema())).NewRef(),
				NotModified: true, Partial: true, Accepted: &openapi.Accepted{About: "It is made later.", Value: size{}, Example: json.RawMessage(`{"min":1,"max":2}`)},
			},
		}),
		untyped(openapi.Operation{Method: "POST", Path: "/feed/events", ID: "events", Access: public, Consumes: []string{"application/x-ndjson"}}),
	}
}

// writeDocument writes the document and parses it. It fails the test if the document is
// not valid.
func writeDocument(t *testing.T, info openapi.Info, ops ...openapi.Operation) *openapi3.T {
	t.Helper()
	text, err := openapi.Write(info, errs, ops)
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context(), openapi3.EnableExamplesValidation()))
	return doc
}

func TestWrite_IsValidAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	info := openapi.Info{Title: "Test", Version: "1"}
	first, err := openapi.Write(info, errs, operations())
	require.NoError(t, err)
	second, err := openapi.Write(info, errs, operations())
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	doc := writeDocument(t, info, operations()...)
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.Equal(t, "/", doc.Servers[0].URL)
}

func TestWrite_Input(t *testing.T) {
	t.Parallel()
	op := writeDocument(t, openapi.Info{Title: "Test", Version: "1"}, operations()...).Paths.Value("/api/campaigns/{campaign_code}/links/").Post
	require.True(t, op.Parameters.GetByInAndName("path", "campaign_code").Required)
	require.Equal(t, "The campaign.", op.Parameters.GetByInAndName("path", "campaign_code").Description)
	require.Equal(t, []any{"banner", "video"}, op.Parameters.GetByInAndName("query", "kind").Schema.Value.Items.Value.Enum)
	require.NotNil(t, op.Parameters.GetByInAndName("header", "X-Temporary-Token"))
	require.NotNil(t, op.Parameters.GetByInAndName("header", "Idempotency-Key"))

	require.Len(t, op.RequestBody.Value.Content, 2)
	require.NotNil(t, op.RequestBody.Value.Content.Get("application/json").Example)
	body := op.RequestBody.Value.Content.Get("application/json").Schema.Value
	require.Equal(t, []string{"title"}, body.Required, "a field with another name is not required under one of them")
	require.Equal(t, "The field can also be named email.", body.Properties["login"].Value.Description)
	require.InDelta(t, 100, *body.Properties["percent"].Value.Max, 0)
	require.True(t, body.Properties["group_id"].Value.Type.Includes("null"))
	require.False(t, body.Properties["percent"].Value.Type.Includes("null"), "a pointer in an input can only be left out")
	require.EqualValues(t, 16, *body.Properties["tags"].Value.Items.Value.MaxLength)
	require.EqualValues(t, 10, *body.Properties["tags"].Value.MaxItems)
}

func TestWrite_Lists(t *testing.T) {
	t.Parallel()
	op := writeDocument(t, openapi.Info{Title: "Test", Version: "1"}, operations()...).Paths.Value("/api/reports/clients/").Get
	require.InDelta(t, 1000, op.Parameters.GetByInAndName("query", "limit").Schema.Value.Default, 0)
	require.InDelta(t, 0, op.Parameters.GetByInAndName("query", "offset").Schema.Value.Default, 0)
	require.Equal(t, []any{"reg_date", "-reg_date", "reward", "-reward"}, op.Parameters.GetByInAndName("query", "ordering").Schema.Value.Items.Value.Enum)
}

func TestWrite_Output(t *testing.T) {
	t.Parallel()
	doc := writeDocument(t, openapi.Info{Title: "Test", Version: "1"}, operations()...)
	schema := doc.Components.Schemas["Row"].Value
	require.Equal(t, []string{"anything", "id", "rebate_size", "reg_date", "reward", "status", "uid", "volume_lots"}, schema.Required)
	for name, want := range map[string][2]string{
		"id": {"integer", ""}, "uid": {"string", "uuid"}, "reg_date": {"string", "date"}, "reward": {"string", ""}, "volume_lots": {"number", ""},
	} {
		property := schema.Properties[name].Value
		require.Equal(t, want, [2]string{property.Type.Slice()[0], property.Format}, name)
	}
	require.Equal(t, []any{"ACTIVE", "LEFT", nil}, schema.Properties["status"].Value.Enum)
	require.Len(t, schema.Properties["rebate_size"].Value.AnyOf, 2, "the size or null")
	require.Equal(t, "#/components/schemas/Row", schema.Properties["parent"].Ref)
	require.Contains(t, doc.Components.Schemas, "ListRowCount")
}

func TestWrite_Answers(t *testing.T) {
	t.Parallel()
	doc := writeDocument(t, openapi.Info{Title: "Test", Version: "1"}, operations()...)
	created := doc.Paths.Value("/api/campaigns/{campaign_code}/links/").Post.Responses
	require.Contains(t, created.Status(201).Value.Headers, "Idempotent-Replayed")
	require.Equal(t, "#/components/responses/NotFound", created.Status(404).Ref)
	require.Len(t, doc.Components.Responses["BadRequest"].Value.Content.Get("application/json").Examples, 2)
	require.NotContains(t, doc.Components.Responses, "TooManyRequests", "no operation returns it")

	require.Empty(t, doc.Paths.Value("/api/campaigns/{campaign_code}/").Delete.Responses.Status(204).Value.Content)

	orders := doc.Paths.Value("/api/reports/orders/{formula_code}/{order}/").Get
	require.Equal(t, []any{"json", "xlsx"}, orders.Parameters.GetByInAndName("query", "format").Schema.Value.Enum)
	require.Equal(t, "binary", orders.Responses.Status(200).Value.Content.Get("application/x-table").Schema.Value.Format)
	require.Contains(t, orders.Responses.Status(200).Value.Headers, "ETag")
	require.Contains(t, orders.Responses.Status(202).Value.Headers, "Location")
	require.Contains(t, orders.Responses.Status(206).Value.Headers, "Content-Range")
	require.NotNil(t, orders.Responses.Status(304))
	require.True(t, orders.Parameters.GetByInAndName("path", "order").Required)
}

func TestWrite_Access(t *testing.T) {
	t.Parallel()
	doc := writeDocument(t, openapi.Info{Title: "Test", Version: "1"}, operations()...)
	require.Equal(t, "A token.", doc.Components.SecuritySchemes["Token"].Value.Description)
	token, nothing := openapi3.SecurityRequirement{"Token": {}}, openapi3.SecurityRequirement{}
	for path, want := range map[string]struct {
		text       string
		extensions map[string]any
		security   openapi3.SecurityRequirements
	}{
		"/api/campaigns/{campaign_code}/links/": {
			"Users can call this. A key that is limited to scopes needs `write` or `campaigns`.",
			map[string]any{"x-access": "user", "x-scopes": []any{"write", "campaigns"}},
			openapi3.SecurityRequirements{token},
		},
		"/api/reports/clients/":           {"Users can call this.", map[string]any{"x-access": "user"}, openapi3.SecurityRequirements{token}},
		"/api/campaigns/{campaign_code}/": {"", map[string]any{"x-access": "optional"}, openapi3.SecurityRequirements{nothing, token}},
		"/api/reports/orders/{formula_code}/{order}/": {
			"Only users can call this.", map[string]any{"x-access": "user", "x-person": true}, openapi3.SecurityRequirements{token},
		},
		"/feed/events": {"", map[string]any{"x-access": "public"}, openapi3.SecurityRequirements{}},
	} {
		for _, op := range doc.Paths.Value(path).Operations() {
			require.Equal(t, want.text, op.Description, path)
			require.Equal(t, want.extensions, op.Extensions, path)
			require.Equal(t, want.security, *op.Security, path)
		}
	}
}

func TestWrite_NamesAliasesAndOrdersTags(t *testing.T) {
	t.Parallel()
	ping := func(id, tag, path string, aliases ...string) openapi.Operation {
		return typed[struct{}, size](openapi.Operation{Method: "GET", Path: path, Aliases: aliases, ID: id, Tag: tag, Access: public})
	}
	info := openapi.Info{Title: "Test", Version: "1", Tags: []openapi.Tag{{"Unused", "Nothing."}, {"Late", "What comes last is shown first."}, {"Early", "And the rest."}}}
	doc := writeDocument(t, info, ping("login", "Early", "/api/auth/", "/api/v2/auth/"), ping("late", "Late", "/api/late/"), ping("other", "Undescribed", "/api/other/"))
	require.Equal(t, "login", doc.Paths.Value("/api/auth/").Get.OperationID)
	require.Equal(t, "login_v2", doc.Paths.Value("/api/v2/auth/").Get.OperationID)
	var names []string
	for _, tag := range doc.Tags {
		names = append(names, tag.Name+": "+tag.Description)
	}
	require.Equal(t, []string{"Late: What comes last is shown first.", "Early: And the rest.", "Undescribed: "}, names)

	require.Panics(t, func() { writeDocument(t, info, ping("login", "Early", "/api/auth/", "/auth/")) }, "the alias would have the same id")
}

func TestInline_HasNoReferences(t *testing.T) {
	t.Parallel()
	type box struct {
		Size  size   `json:"size"`
		Sizes []size `json:"sizes"`
	}
	schema := openapi.Inline[box]()
	require.Empty(t, schema.Properties["size"].Ref)
	require.Empty(t, schema.Properties["sizes"].Value.Items.Ref)
	require.Contains(t, schema.Properties["sizes"].Value.Items.Value.Properties, "min")

	in := openapi.InlineInput[linkIn]()
	require.Contains(t, in.Properties, "login")
	require.NotContains(t, in.Properties, "campaign_code", "only the body")
}
