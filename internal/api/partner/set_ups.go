package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
)

// AddSetUps declares how a partner reviews what keeps working after a password
// reset.
func AddSetUps(r *httpapi.Router, s *identity.Registrations) {
	h := setUpsAPI{s}
	r.Mount(wire.TagSecurity,
		httpapi.GET("/api/security/set-up/", wire.Person, h.securitySetUp, securitySetUp),
		httpapi.POST("/api/security/set-up/resume/", wire.Person, h.securitySetUpResume, securitySetUpResume),
	)
}

type setUpsAPI struct{ s *identity.Registrations }

type resumeIn struct {
	IDs []id.UUID `json:"ids" required:"true" maxItems:"100" doc:"Ids of the webhooks and postbacks to make active."`
}

func setUps(list []identity.SetUp, err error) (*page.List[wire.SetUpOut, page.Count], error) {
	if err != nil {
		return nil, err
	}
	return page.NewList(wire.SetUpsOf(list), page.Count{Count: int64(len(list))}), nil
}

var setUpsExample = json.RawMessage(`{"data":[` + wire.SetUpExample + `false}],"totals":{"count":1}}`)

var securitySetUp = httpapi.Op{
	ID:          "security_set_up",
	Summary:     "What stays when the password changes",
	Description: "Lists webhooks, postbacks, links of referral agents, and the authenticator app.",
	Example:     setUpsExample,
}

func (h setUpsAPI) securitySetUp(ctx context.Context, _ *struct{}) (*page.List[wire.SetUpOut, page.Count], error) {
	return setUps(h.s.SetUps(ctx, partnerOf(ctx)))
}

var securitySetUpResume = httpapi.Op{
	ID:      "security_set_up_resume",
	Unkeyed: true,
	Summary: "Resume what a password reset paused",
	Description: "Makes the named webhooks and postbacks active, all or none, and answers with everything that is set up. " +
		"What happened meanwhile is delivered, as far as it is kept.",
	Request: json.RawMessage(`{"ids":["0192f0c1-a2b3-7c4d-8e9f-001122334455"]}`),
	Example: setUpsExample,
}

func (h setUpsAPI) securitySetUpResume(ctx context.Context, in *resumeIn) (*page.List[wire.SetUpOut, page.Count], error) {
	return setUps(h.s.Resume(ctx, partnerOf(ctx), in.IDs))
}
