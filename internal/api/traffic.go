package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

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

type sourcePath struct {
	UID id.UUID `path:"uid" doc:"The traffic source's uid."`
}

type sourceChangeIn struct {
	sourcePath

	Name *string `json:"name" minLength:"1" maxLength:"name"`
	Type *string `json:"type" enum:"website,social,email,messenger,mobile_app,other"`
	URL  *string `json:"url" maxLength:"url" doc:"Another one makes the source a draft again."`
}

type sourceOut struct {
	UID     id.UUID   `json:"uid"`
	Name    string    `json:"name"`
	Type    string    `json:"type" enum:"website,social,email,messenger,mobile_app,other"`
	URL     string    `json:"url"`
	Status  string    `json:"status" enum:"draft,pending,verified,rejected"`
	Created time.Time `json:"created"`
}

type validatorOut struct {
	MetaTag string `json:"meta_tag" doc:"To be put into the head of the source's page; always the same for a partner."`
	Name    string `json:"name"`
	Content string `json:"content"`
}

type brokerSourcesIn struct {
	Page     page.Page
	Statuses []string  `query:"status" enum:"draft,pending,verified,rejected" maxItems:"10" doc:"pending: those whose tag was found."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only sources of these partners."`
}

type brokerSourceOut struct {
	sourceOut

	PartnerUID id.UUID    `json:"partner_uid"`
	Reason     *string    `json:"reason" doc:"Why it was rejected."`
	Checked    *time.Time `json:"checked" doc:"When its page was last looked at, or decided on."`
}

type sourceRejectIn struct {
	sourcePath

	Reason string `json:"reason" required:"true" maxLength:"reason" lines:"true" example:"not the partner's own"`
}

const (
	sourceExample = `{"uid":"0197c0de-0000-7000-8000-000000000003","name":"My blog","type":"website","url":"https://blog.example.com/",` +
		`"status":"draft","created":"2026-06-30T12:00:00Z"`
	brokerSourceExample = sourceExample + `,"partner_uid":"0197c0de-0000-7000-8000-000000000001","reason":null,"checked":null}`
)

// AddTraffic declares the operations on partners' traffic sources.
func AddTraffic(r *httpapi.Router, s *traffic.Service) {
	partners := func(method, path, id, scope, summary string) httpapi.Op {
		return httpapi.Op{
			Method: method, Path: trafficPath + path, ID: "traffic_source_" + id, Tag: tagCampaigns, Scope: scope, Summary: summary,
			Example: json.RawMessage(sourceExample + `}`),
		}
	}
	op := partners(http.MethodGet, "", "list", identity.ScopeRead, "The partner's traffic sources")
	op.Description, op.Example = newestFirst, json.RawMessage(`{"data":[`+sourceExample+`}],"totals":{"count":1}}`)
	httpapi.Handle(r, op, func(ctx context.Context, in *sourcesIn) (*page.List[sourceOut, page.Count], error) {
		list, count, err := s.List(ctx, traffic.Filter{PartnerIDs: []id.UUID{partnerOf(ctx)}, Statuses: in.Statuses, Page: in.Page})
		if err != nil {
			return nil, err
		}
		rows := make([]sourceOut, len(list))
		for i := range list {
			rows[i] = sourceOf(&list[i])
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})

	op = partners(http.MethodPost, "", "create", identity.ScopeWrite, "Name a traffic source")
	op.Status = http.StatusCreated
	op.Description = "It is a draft until it is verified. At most 100."
	op.Request = map[string]string{"name": "My blog", "type": "website", "url": "https://blog.example.com/"}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourceIn) (*sourceOut, error) {
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
	httpapi.Handle(r, op, func(ctx context.Context, in *sourcePath) (*sourceOut, error) {
		return sourceAnswer(s.Source(ctx, partnerOf(ctx), in.UID))
	})

	op = partners(http.MethodPatch, "{uid}/", "update", identity.ScopeWrite, "Change a traffic source")
	op.Errors = []fault.Code{fault.NotFound}
	op.Request = map[string]string{"name": "Our blog"}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourceChangeIn) (*sourceOut, error) {
		return sourceAnswer(s.Change(ctx, partnerOf(ctx), in.UID, traffic.Change{Name: in.Name, Type: in.Type, URL: in.URL}))
	})

	op = partners(http.MethodDelete, "{uid}/", "delete", identity.ScopeWrite, "Remove a traffic source")
	op.Status, op.Example, op.Errors = http.StatusNoContent, nil, []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourcePath) (*struct{}, error) {
		return nil, s.Delete(ctx, partnerOf(ctx), in.UID)
	})

	op = partners(http.MethodPost, "{uid}/verify/", "verify", identity.ScopeWrite, "Verify a traffic source")
	op.Unkeyed, op.Errors = true, []fault.Code{fault.NotFound}
	op.Description = "Fetches the page and looks for the meta tag in its head. Found: `verified`, or `pending` until the broker agrees. " +
		"Not found: a ValidationError on `url` that says what to do, and the source's status does not change. Redirects are not followed; " +
		"the tag has to be within the first 64 KiB."
	httpapi.Handle(r, op, func(ctx context.Context, in *sourcePath) (*sourceOut, error) {
		return sourceAnswer(s.Verify(ctx, partnerOf(ctx), in.UID))
	})
	addBrokerTraffic(r, s)
}

func addBrokerTraffic(r *httpapi.Router, s *traffic.Service) {
	broker := func(method, path, id, scope, summary string) httpapi.Op {
		return httpapi.Op{
			Method: method, Path: "/broker/v1/traffic-sources/" + path, ID: "broker_traffic_source_" + id, Tag: tagBroker, Access: httpapi.Broker,
			Scope: scope, Summary: summary, Example: json.RawMessage(brokerSourceExample),
		}
	}
	op := broker(http.MethodGet, "", "list", identity.ScopeRead, "Partners' traffic sources")
	op.Description, op.Example = newestFirst, json.RawMessage(`{"data":[`+brokerSourceExample+`],"totals":{"count":1}}`)
	httpapi.Handle(r, op, func(ctx context.Context, in *brokerSourcesIn) (*page.List[brokerSourceOut, page.Count], error) {
		list, count, err := s.List(ctx, traffic.Filter{PartnerIDs: in.Partners, Statuses: in.Statuses, Page: in.Page})
		if err != nil {
			return nil, err
		}
		rows := make([]brokerSourceOut, len(list))
		for i := range list {
			rows[i] = brokerSourceOf(&list[i])
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})

	op = broker(http.MethodPost, "{uid}/approve/", "approve", identity.ScopeWrite, "Approve a traffic source")
	op.Description, op.Errors = "Any source can be approved, also one whose page cannot hold the tag.", []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourcePath) (*brokerSourceOut, error) {
		return brokerSourceAnswer(s.ApproveSource(ctx, in.UID))
	})

	op = broker(http.MethodPost, "{uid}/reject/", "reject", identity.ScopeWrite, "Reject a traffic source")
	op.Description, op.Errors = "The partner finds the reason in its audit log.", []fault.Code{fault.NotFound}
	op.Request = map[string]string{"reason": "not the partner's own"}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourceRejectIn) (*brokerSourceOut, error) {
		return brokerSourceAnswer(s.RejectSource(ctx, in.UID, in.Reason))
	})
}

func sourceAnswer(source traffic.Source, err error) (*sourceOut, error) {
	if err != nil {
		return nil, err
	}
	out := sourceOf(&source)
	return &out, nil
}

func brokerSourceAnswer(source traffic.Source, err error) (*brokerSourceOut, error) {
	if err != nil {
		return nil, err
	}
	out := brokerSourceOf(&source)
	return &out, nil
}

func sourceOf(s *traffic.Source) sourceOut {
	return sourceOut{UID: s.ID, Name: s.Name, Type: s.Type, URL: s.URL, Status: string(s.Status), Created: s.CreatedAt}
}

func brokerSourceOf(s *traffic.Source) brokerSourceOut {
	return brokerSourceOut{sourceOut: sourceOf(s), PartnerUID: s.PartnerID, Reason: unlessEmpty(s.Reason), Checked: s.CheckedAt}
}
