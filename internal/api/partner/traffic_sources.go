package partner

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/traffic"
)

const trafficPath = "/api/partner/traffic_sources/"

type sourcesIn struct {
	Page     page.Page
	Statuses []string `query:"status" enum:"draft,pending,verified,rejected" maxItems:"10" doc:"Only sources with one of these statuses."`
}

type sourceIn struct {
	Name string `json:"name" required:"true" maxLength:"name" example:"My blog"`
	Type string `json:"type" required:"true" enum:"website,social,email,messenger,mobile_app,other"`
	URL  string `json:"url" required:"true" maxLength:"url" doc:"Of the page that carries the meta tag." example:"https://blog.example.com/"`
}

type sourceChangeIn struct {
	wire.SourcePath

	Name *string `json:"name" minLength:"1" maxLength:"name"`
	Type *string `json:"type" enum:"website,social,email,messenger,mobile_app,other"`
	URL  *string `json:"url" maxLength:"url" doc:"Another one makes the source a draft again."`
}

type validatorOut struct {
	MetaTag string `json:"meta_tag" doc:"To be put into the head of the source's page; always the same for a partner."`
	Name    string `json:"name"`
	Content string `json:"content"`
}

// AddTraffic declares the operations on partners' traffic sources.
func AddTraffic(r *httpapi.Router, s *traffic.Service) {
	partners := func(method, path, id, scope, summary string) httpapi.Op {
		return httpapi.Op{
			Method: method, Path: trafficPath + path, ID: "traffic_source_" + id, Tag: wire.TagCampaigns, Scope: scope, Summary: summary,
			Example: json.RawMessage(wire.SourceExample + `}`),
		}
	}
	op := partners(http.MethodGet, "", "list", identity.ScopeRead, "The partner's traffic sources")
	op.Description, op.Example = wire.NewestFirst, json.RawMessage(`{"data":[`+wire.SourceExample+`}],"totals":{"count":1}}`)
	httpapi.Handle(r, op, func(ctx context.Context, in *sourcesIn) (*page.List[wire.SourceOut, page.Count], error) {
		list, count, err := s.List(ctx, traffic.Filter{PartnerIDs: []id.UUID{partnerOf(ctx)}, Statuses: in.Statuses, Page: in.Page})
		if err != nil {
			return nil, err
		}
		rows := make([]wire.SourceOut, len(list))
		for i := range list {
			rows[i] = wire.SourceOf(&list[i])
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})

	op = partners(http.MethodPost, "", "create", identity.ScopeWrite, "Name a traffic source")
	op.Status = http.StatusCreated
	op.Description = "It is a draft until it is verified. At most 100."
	op.Request = map[string]string{"name": "My blog", "type": "website", "url": "https://blog.example.com/"}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourceIn) (*wire.SourceOut, error) {
		return sourceAnswer(s.Create(ctx, partnerOf(ctx), in.Name, in.Type, in.URL))
	})

	op = partners(http.MethodGet, "validator/", "validator", identity.ScopeRead, "The meta tag to put on the site")
	op.Example = json.RawMessage(`{"meta_tag":"<meta name=\"tributary-verification\" content=\"5b1f0a3c9d8e7f60123456789abcdef0\">",` +
		`"name":"tributary-verification","content":"5b1f0a3c9d8e7f60123456789abcdef0"}`)
	httpapi.Handle(r, op, func(ctx context.Context, _ *struct{}) (*validatorOut, error) {
		partnerID := partnerOf(ctx)
		return &validatorOut{MetaTag: traffic.MetaTag(partnerID), Name: traffic.TagName, Content: traffic.Tag(partnerID)}, nil
	})

	op = partners(http.MethodGet, "{uid}/", "get", identity.ScopeRead, "One traffic source")
	op.Errors = []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *wire.SourcePath) (*wire.SourceOut, error) {
		return sourceAnswer(s.Source(ctx, partnerOf(ctx), in.UID))
	})

	op = partners(http.MethodPatch, "{uid}/", "update", identity.ScopeWrite, "Change a traffic source")
	op.Errors = []fault.Code{fault.NotFound}
	op.Request = map[string]string{"name": "Our blog"}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourceChangeIn) (*wire.SourceOut, error) {
		return sourceAnswer(s.Change(ctx, partnerOf(ctx), in.UID, traffic.Change{Name: in.Name, Type: in.Type, URL: in.URL}))
	})

	op = partners(http.MethodDelete, "{uid}/", "delete", identity.ScopeWrite, "Remove a traffic source")
	op.Status, op.Example, op.Errors = http.StatusNoContent, nil, []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *wire.SourcePath) (*struct{}, error) {
		return nil, s.Delete(ctx, partnerOf(ctx), in.UID)
	})

	op = partners(http.MethodPost, "{uid}/verify/", "verify", identity.ScopeWrite, "Verify a traffic source")
	op.Unkeyed, op.Errors = true, []fault.Code{fault.NotFound}
	op.Description = "Fetches the page and looks for the meta tag in its head. Found: `verified`, or `pending` until the broker agrees. " +
		"Not found: a ValidationError on `url` that says what to do, and the source's status does not change. Redirects are not followed; " +
		"the tag has to be within the first 64 KiB."
	httpapi.Handle(r, op, func(ctx context.Context, in *wire.SourcePath) (*wire.SourceOut, error) {
		return sourceAnswer(s.Verify(ctx, partnerOf(ctx), in.UID))
	})
}

func sourceAnswer(source traffic.Source, err error) (*wire.SourceOut, error) {
	if err != nil {
		return nil, err
	}
	out := wire.SourceOf(&source)
	return &out, nil
}
