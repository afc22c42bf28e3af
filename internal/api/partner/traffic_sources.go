package partner

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/traffic"
)

// AddTraffic declares the operations on a partner's traffic sources.
func AddTraffic(r *httpapi.Router, s *traffic.Service) {
	h := sourcesAPI{s}
	r.Mount(wire.TagCampaigns,
		httpapi.GET("/api/partner/traffic_sources/", wire.Read, h.trafficSourceList, trafficSourceList),
		httpapi.POST("/api/partner/traffic_sources/", wire.Write, h.trafficSourceCreate, trafficSourceCreate),
		httpapi.GET("/api/partner/traffic_sources/validator/", wire.Read, h.trafficSourceValidator, trafficSourceValidator),
		httpapi.GET("/api/partner/traffic_sources/{uid}/", wire.Read, h.trafficSourceGet, trafficSourceGet),
		httpapi.PATCH("/api/partner/traffic_sources/{uid}/", wire.Write, h.trafficSourceUpdate, trafficSourceUpdate),
		httpapi.DELETE("/api/partner/traffic_sources/{uid}/", wire.Write, h.trafficSourceDelete, trafficSourceDelete),
		httpapi.POST("/api/partner/traffic_sources/{uid}/verify/", wire.Write, h.trafficSourceVerify, trafficSourceVerify),
	)
}

type sourcesAPI struct{ s *traffic.Service }

type sourcesIn struct {
	Page     page.Page
	Statuses []string `query:"status" enum:"draft,pending,verified,rejected" maxItems:"10" doc:"Only sources with one of these statuses."`
}

type sourceIn struct {
	Name string `json:"name" required:"true" maxLength:"name" doc:"Your name for the source." example:"My blog"`
	Type string `json:"type" required:"true" enum:"website,social,email,messenger,mobile_app,other" doc:"Kind of the source."`
	URL  string `json:"url" required:"true" maxLength:"url" doc:"URL of the page that carries the meta tag." example:"https://blog.example.com/"`
}

type sourceChangeIn struct {
	wire.SourcePath

	Name *string `json:"name" minLength:"1" maxLength:"name" doc:"New name of the source."`
	Type *string `json:"type" enum:"website,social,email,messenger,mobile_app,other" doc:"New kind of the source."`
	URL  *string `json:"url" maxLength:"url" doc:"New URL of the page that carries the meta tag. A different URL makes the source a draft again."`
}

type validatorOut struct {
	MetaTag string `json:"meta_tag" doc:"Meta tag to put into the head of the source's page. It is the same for all sources of a partner."`
	Name    string `json:"name" doc:"Value of the attribute \"name\" of the meta tag."`
	Content string `json:"content" doc:"Value of the attribute \"content\" of the meta tag."`
}

func sourceAnswer(source traffic.Source, err error) (*wire.SourceOut, error) {
	if err != nil {
		return nil, err
	}
	out := wire.SourceOf(&source)
	return &out, nil
}

var trafficSourceList = httpapi.Op{
	ID:          "traffic_source_list",
	Summary:     "List the partner's traffic sources",
	Description: "Lists the partner's traffic sources, newest first.",
	Example:     json.RawMessage(`{"data":[` + wire.SourceExample + `}],"totals":{"count":1}}`),
}

func (h sourcesAPI) trafficSourceList(ctx context.Context, in *sourcesIn) (*page.List[wire.SourceOut, page.Count], error) {
	list, count, err := h.s.List(ctx, traffic.Filter{PartnerIDs: []id.UUID{partnerOf(ctx)}, Statuses: in.Statuses, Page: in.Page})
	if err != nil {
		return nil, err
	}
	rows := make([]wire.SourceOut, len(list))
	for i := range list {
		rows[i] = wire.SourceOf(&list[i])
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var trafficSourceCreate = httpapi.Op{
	ID:          "traffic_source_create",
	Status:      http.StatusCreated,
	Summary:     "Add a traffic source",
	Description: "Adds a traffic source. It is a draft until it is verified. A partner can have at most 100 sources.",
	Request:     map[string]string{"name": "My blog", "type": "website", "url": "https://blog.example.com/"},
	Example:     json.RawMessage(wire.SourceExample + `}`),
}

func (h sourcesAPI) trafficSourceCreate(ctx context.Context, in *sourceIn) (*wire.SourceOut, error) {
	return sourceAnswer(h.s.Create(ctx, partnerOf(ctx), in.Name, in.Type, in.URL))
}

var trafficSourceValidator = httpapi.Op{
	ID:          "traffic_source_validator",
	Summary:     "Get the meta tag for a site",
	Description: "Returns the meta tag that verifies a traffic source. The partner puts the tag into the head of the source's page.",
	Example: json.RawMessage(`{"meta_tag":"<meta name=\"tributary-verification\" content=\"5b1f0a3c9d8e7f60123456789abcdef0\">",` +
		`"name":"tributary-verification","content":"5b1f0a3c9d8e7f60123456789abcdef0"}`),
}

func (sourcesAPI) trafficSourceValidator(ctx context.Context, _ *struct{}) (*validatorOut, error) {
	partnerID := partnerOf(ctx)
	return &validatorOut{MetaTag: traffic.MetaTag(partnerID), Name: traffic.TagName, Content: traffic.Tag(partnerID)}, nil
}

var trafficSourceGet = httpapi.Op{
	ID:          "traffic_source_get",
	Summary:     "Get a traffic source",
	Description: "Returns one of the partner's traffic sources.",
	Example:     json.RawMessage(wire.SourceExample + `}`),
	Errors:      []fault.Code{fault.NotFound},
}

func (h sourcesAPI) trafficSourceGet(ctx context.Context, in *wire.SourcePath) (*wire.SourceOut, error) {
	return sourceAnswer(h.s.Source(ctx, partnerOf(ctx), in.UID))
}

var trafficSourceUpdate = httpapi.Op{
	ID:          "traffic_source_update",
	Summary:     "Update a traffic source",
	Description: "Changes the fields that are sent. A different URL makes the source a draft again.",
	Request:     map[string]string{"name": "Our blog"},
	Example:     json.RawMessage(wire.SourceExample + `}`),
	Errors:      []fault.Code{fault.NotFound},
}

func (h sourcesAPI) trafficSourceUpdate(ctx context.Context, in *sourceChangeIn) (*wire.SourceOut, error) {
	return sourceAnswer(h.s.Change(ctx, partnerOf(ctx), in.UID, traffic.Change{Name: in.Name, Type: in.Type, URL: in.URL}))
}

var trafficSourceDelete = httpapi.Op{
	ID:          "traffic_source_delete",
	Status:      http.StatusNoContent,
	Summary:     "Remove a traffic source",
	Description: "Removes one of the partner's traffic sources.",
	Errors:      []fault.Code{fault.NotFound},
}

func (h sourcesAPI) trafficSourceDelete(ctx context.Context, in *wire.SourcePath) (*struct{}, error) {
	return nil, h.s.Delete(ctx, partnerOf(ctx), in.UID)
}

var trafficSourceVerify = httpapi.Op{
	ID:      "traffic_source_verify",
	Unkeyed: true,
	Summary: "Verify a traffic source",
	Description: "Fetches the page of a source and looks for the meta tag in its head. If the tag is found, the source becomes " +
		"`verified`, or `pending` until the broker approves it. Otherwise, the response is a ValidationError on `url` " +
		"that says what to do, and the status of the source does not change. Redirects are not followed. The tag must be " +
		"within the first 64 KiB of the page.",
	Example: json.RawMessage(wire.SourceExample + `}`),
	Errors:  []fault.Code{fault.NotFound},
}

func (h sourcesAPI) trafficSourceVerify(ctx context.Context, in *wire.SourcePath) (*wire.SourceOut, error) {
	return sourceAnswer(h.s.Verify(ctx, partnerOf(ctx), in.UID))
}
