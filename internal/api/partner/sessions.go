package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
)

// AddSessions declares the operations on the sessions of a partner.
func AddSessions(r *httpapi.Router, s *identity.Service) {
	h := sessionsAPI{s}
	r.Mount(wire.TagKeys,
		httpapi.GET("/api/v1/sessions/", wire.Person, h.sessionList, sessionList),
		httpapi.DELETE("/api/v1/sessions/{session_id}/", wire.Person, h.sessionDelete, sessionDelete),
		httpapi.DELETE("/api/v1/sessions/", wire.Person, h.sessionDeleteOthers, sessionDeleteOthers),
	)
}

type sessionsAPI struct{ s *identity.Service }

type sessionOut struct {
	ID        id.UUID   `json:"id" doc:"Id of the session, which is the jti of its token." example:"0197c0de-0000-7000-8000-000000000001"`
	Current   bool      `json:"current" doc:"Whether this request belongs to the session."`
	Address   string    `json:"address" doc:"IP address that the log-in came from." example:"192.0.2.7"`
	UserAgent string    `json:"user_agent" doc:"User-Agent of the program that logged in." example:"Mozilla/5.0"`
	IssuedAt  time.Time `json:"issued_at" doc:"When the token was issued."`
	ExpiresAt time.Time `json:"expires_at" doc:"When the token stops working."`
	LoggedIn  time.Time `json:"logged_in_at" doc:"When the log-in happened. Tokens that were renewed from the same log-in have the same time."`
}

type sessionIn struct {
	ID id.UUID `path:"session_id" doc:"Id of the session."`
}

var sessionList = httpapi.Op{
	ID:      "session_list",
	Summary: "List the partner's sessions",
	Description: "Lists the partner's active sessions, newest first, with the address that each log-in came from. At most 1,000 " +
		"sessions are active at a time. A further log-in ends the oldest session.",
	Example: json.RawMessage(`{"data":[{"id":"0197c0de-0000-7000-8000-000000000001","current":true,"address":"192.0.2.7","user_agent":"Mozilla/5.0",` +
		`"issued_at":"2026-06-30T12:00:00Z","expires_at":"2026-06-30T18:00:00Z","logged_in_at":"2026-06-30T12:00:00Z"}],"totals":{"count":1}}`),
}

func (h sessionsAPI) sessionList(ctx context.Context, in *wire.PageIn) (*page.List[sessionOut, page.Count], error) {
	who := caller.Must(ctx)
	sessions, count, err := h.s.Sessions(ctx, who.PartnerID, in.Page.Limit, in.Page.Offset)
	if err != nil {
		return nil, err
	}
	rows := make([]sessionOut, len(sessions))
	for i := range sessions {
		o := &sessions[i]
		rows[i] = sessionOut{
			ID: o.ID, Current: o.ID.String() == who.TokenID, Address: o.Address, UserAgent: o.UserAgent, IssuedAt: o.IssuedAt, ExpiresAt: o.ExpiresAt,
			LoggedIn: o.LoggedInAt,
		}
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var sessionDelete = httpapi.Op{
	ID:      "session_delete",
	Status:  http.StatusNoContent,
	Summary: "End a session",
	Description: "Ends a session. Its token, and every token that was renewed from the same log-in, stops working at once on all " +
		"servers. The caller may end its own session.",
}

func (h sessionsAPI) sessionDelete(ctx context.Context, in *sessionIn) (*struct{}, error) {
	return nil, h.s.EndSession(ctx, partnerOf(ctx), in.ID)
}

var sessionDeleteOthers = httpapi.Op{
	ID:      "session_delete_others",
	Status:  http.StatusNoContent,
	Summary: "End all other sessions",
	Description: "Ends every session except the caller's. The tokens of these sessions stop working at once on all servers. " +
		"Logins that are in progress fail. API keys keep working.",
}

func (h sessionsAPI) sessionDeleteOthers(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.s.EndOtherSessions(ctx, caller.Must(ctx))
}
