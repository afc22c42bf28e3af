package broker

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
)

const brokerKeysPath = "/broker/v1/keys/"

type brokerKeyIn struct {
	ID string `path:"broker_key_id" doc:"One of the broker's keys."`
}

// AddBrokerKeys declares how the broker lists and revokes its keys.
func AddBrokerKeys(r *httpapi.Router, s *identity.Service) {
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: brokerKeysPath, ID: "broker_key_list", Tag: wire.TagBroker, Access: httpapi.Broker, Scope: identity.ScopeRead,
		Summary: "The broker's keys", Description: "Lists the keys that were not revoked, expired ones included, newest first. " +
			"Secrets are never shown again.",
		Example: json.RawMessage(`{"data":[{"id":"k3v9d0q2x7ab","name":"trading server","scopes":["feed"],"created_at":"2026-06-30T12:00:00Z",` +
			`"expires_at":null,"last_used_at":"2026-06-30T12:05:00Z"}],"totals":{"count":1}}`),
	}, func(ctx context.Context, in *wire.PageIn) (*page.List[wire.KeyOut, page.Count], error) {
		keys, err := s.KeysOf(ctx, caller.Broker)
		if err != nil {
			return nil, err
		}
		from := min(in.Page.Offset, len(keys))
		to := min(from+in.Page.Limit, len(keys))
		rows := make([]wire.KeyOut, 0, to-from)
		for i := range keys[from:to] {
			rows = append(rows, wire.KeyOf(&keys[from+i]))
		}
		return page.NewList(rows, page.Count{Count: int64(len(keys))}), nil
	})

	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodDelete, Path: brokerKeysPath + "{broker_key_id}/", ID: "broker_key_delete", Tag: wire.TagBroker, Access: httpapi.Broker,
		Scope: identity.ScopeWrite, Status: http.StatusNoContent, Summary: "Revoke a broker key",
		Description: "It stops working at once, everywhere. A key may revoke itself. The audit log and the server's log record which " +
			"key did it. Make a new one with `tributary key create --role broker`.",
		Errors: []fault.Code{fault.NotFound},
	}, func(ctx context.Context, in *brokerKeyIn) (*struct{}, error) {
		return nil, s.RevokeBrokerKey(ctx, in.ID)
	})
}
