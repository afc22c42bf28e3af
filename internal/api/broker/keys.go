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

// AddBrokerKeys declares the operations on the broker's keys.
func AddBrokerKeys(r *httpapi.Router, s *identity.Service) {
	h := brokerKeysAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET(brokerKeysPath, wire.BrokerRead, h.brokerKeyList, brokerKeyList),
		httpapi.DELETE(brokerKeysPath+"{broker_key_id}/", wire.BrokerWrite, h.brokerKeyDelete, brokerKeyDelete),
	)
}

type brokerKeysAPI struct{ s *identity.Service }

const brokerKeysPath = "/broker/v1/keys/"

type brokerKeyIn struct {
	ID string `path:"broker_key_id" doc:"Id of the broker key."`
}

var brokerKeyList = httpapi.Op{
	ID:      "broker_key_list",
	Summary: "List the broker's keys",
	Description: "Lists the keys that have not been revoked, newest first. The list includes expired keys. The secrets of the " +
		"keys are never shown again.",
	Example: json.RawMessage(`{"data":[{"id":"k3v9d0q2x7ab","name":"trading server","scopes":["feed"],"created_at":"2026-06-30T12:00:00Z",` +
		`"expires_at":null,"last_used_at":"2026-06-30T12:05:00Z"}],"totals":{"count":1}}`),
}

func (h brokerKeysAPI) brokerKeyList(ctx context.Context, in *wire.PageIn) (*page.List[wire.KeyOut, page.Count], error) {
	keys, err := h.s.KeysOf(ctx, caller.Broker)
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
}

var brokerKeyDelete = httpapi.Op{
	ID:      "broker_key_delete",
	Status:  http.StatusNoContent,
	Summary: "Revoke a broker key",
	Description: "Revokes a broker key. It stops working at once on all servers. A key may revoke itself. The audit log and the " +
		"server's log record which key made the request. The command `tributary key create --role broker` creates a new " +
		"key.",
	Errors: []fault.Code{fault.NotFound},
}

func (h brokerKeysAPI) brokerKeyDelete(ctx context.Context, in *brokerKeyIn) (*struct{}, error) {
	return nil, h.s.RevokeBrokerKey(ctx, in.ID)
}
