package partner

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
)

type resumeIn struct {
	IDs []id.UUID `json:"ids" required:"true" maxItems:"100" doc:"Webhooks and postbacks."`
}

// AddSetUps declares how a partner reviews what keeps working after a password
// reset.
func AddSetUps(r *httpapi.Router, s *identity.Registrations) {
	list := func(list []identity.SetUp, err error) (*page.List[wire.SetUpOut, page.Count], error) {
		if err != nil {
			return nil, err
		}
		return page.NewList(wire.SetUpsOf(list), page.Count{Count: int64(len(list))}), nil
	}
	example := json.RawMessage(`{"data":[` + wire.SetUpExample + `false}],"totals":{"count":1}}`)
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/security/set-up/", ID: "security_set_up", Tag: wire.TagSecurity, Person: true,
		Summary: "What stays when the password changes", Description: "Lists webhooks, postbacks, links of referral agents, and the " +
			"authenticator app.",
		Example: example,
	}, func(ctx context.Context, _ *struct{}) (*page.List[wire.SetUpOut, page.Count], error) {
		return list(s.SetUps(ctx, partnerOf(ctx)))
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodPost, Path: "/api/security/set-up/resume/", ID: "security_set_up_resume", Tag: wire.TagSecurity, Person: true, Unkeyed: true,
		Summary: "Resume what a password reset paused",
		Description: "Makes the named webhooks and postbacks active, all or none, and answers with everything that is set up. " +
			"What happened meanwhile is delivered, as far as it is kept.",
		Request: json.RawMessage(`{"ids":["0192f0c1-a2b3-7c4d-8e9f-001122334455"]}`), Example: example,
	}, func(ctx context.Context, in *resumeIn) (*page.List[wire.SetUpOut, page.Count], error) {
		return list(s.Resume(ctx, partnerOf(ctx), in.IDs))
	})
}
