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

// AddSetUps declares the operations that a partner uses after a password reset.
// One lists the objects that keep working, such as webhooks and postbacks. The
// other resumes those that the reset has paused.
func AddSetUps(r *httpapi.Router, s *identity.Registrations) {
	h := setUpsAPI{s}
	r.Mount(wire.TagSecurity,
		httpapi.GET("/api/security/set-up/", wire.Person, h.securitySetUp, securitySetUp),
		httpapi.POST("/api/security/set-up/resume/", wire.Person, h.securitySetUpResume, securitySetUpResume),
	)
}

type setUpsAPI struct{ s *identity.Registrations }

type resumeIn struct {
	IDs []id.UUID `json:"ids" required:"true" maxItems:"100" doc:"Ids of the webhooks and postbacks to resume."`
}

func setUps(list []identity.SetUp, err error) (*page.List[wire.SetUpOut, page.Count], error) {
	if err != nil {
		return nil, err
	}
	return page.NewList(wire.SetUpsOf(list), page.Count{Count: int64(len(list))}), nil
}

var setUpsExample = json.RawMessage(`{"data":[` + wire.SetUpExample + `false}],"totals":{"count":1}}`)

var securitySetUp = httpapi.Op{
	ID:      "security_set_up",
	Summary: "List the items that keep working after a password change",
	Description: "Lists the partner's webhooks, postbacks, links of referral agents, and authenticator app. They keep working " +
		"when the password changes.",
	Example: setUpsExample,
}

func (h setUpsAPI) securitySetUp(ctx context.Context, _ *struct{}) (*page.List[wire.SetUpOut, page.Count], error) {
	return setUps(h.s.SetUps(ctx, partnerOf(ctx)))
}

var securitySetUpResume = httpapi.Op{
	ID:      "security_set_up_resume",
	Unkeyed: true,
	Summary: "Resume items that a password reset paused",
	Description: "Makes the named webhooks and postbacks active, either all of them or none. Returns everything that is set up. " +
		"Events that happened in the meantime are delivered, as long as they are stored.",
	Request: json.RawMessage(`{"ids":["0192f0c1-a2b3-7c4d-8e9f-001122334455"]}`),
	Example: setUpsExample,
}

func (h setUpsAPI) securitySetUpResume(ctx context.Context, in *resumeIn) (*page.List[wire.SetUpOut, page.Count], error) {
	return setUps(h.s.Resume(ctx, partnerOf(ctx), in.IDs))
}
