package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
)

// AddKeys declares the operations on the API keys of a partner.
func AddKeys(r *httpapi.Router, s *identity.Service) {
	h := keysAPI{s}
	r.Mount(wire.TagKeys,
		httpapi.GET("/api/v1/api-keys/", wire.Person, h.apiKeyList, apiKeyList),
		httpapi.POST("/api/v1/api-keys/", wire.Person, h.apiKeyCreate, apiKeyCreate),
		httpapi.DELETE("/api/v1/api-keys/{key_id}/", wire.Person, h.apiKeyDelete, apiKeyDelete),
	)
}

type keysAPI struct{ s *identity.Service }

type newKeyOut struct {
	wire.KeyOut
	Key string `json:"key" doc:"The API key. Send it in the header Authorization: JWT KEY_VALUE. Only this response contains it." example:"trb_k3v9d0q2x7ab_..."`
}

type newKeyIn struct {
	Token string `header:"X-Temporary-Token" doc:"Token of a CREATE_API_KEY operation with the same name and scopes."`

	Name string `json:"name" required:"true" maxLength:"name" doc:"Name of the key, such as the program that will use it." example:"cashback bot"`

	Scopes    []string   `json:"scopes" required:"true" maxItems:"20" enum:"read,write,reports,rebates,campaigns,wallet,clients,promo,agents" doc:"Scopes of the key. read allows reading everything. write allows changing everything. An area, such as wallet, allows reading and changing everything in that part of the API. Several scopes add up."`
	ExpiresAt *time.Time `json:"expires_at" doc:"When the key stops working. Absent or null means that the key does not expire."`
}

type keyIn struct {
	ID string `path:"key_id" doc:"Id of the API key."`
}

const keyExample = `"id":"k3v9d0q2x7ab","name":"cashback bot","scopes":["reports"],"created_at":"2026-06-30T12:00:00Z",` +
	`"expires_at":"2027-06-30T12:00:00Z","last_used_at":null`

var apiKeyList = httpapi.Op{
	ID:      "api_key_list",
	Summary: "List the partner's API keys",
	Description: "Lists the keys that have not been deleted, newest first. The list includes expired keys. The secrets of the " +
		"keys are never shown again.",
	Example: json.RawMessage(`{"data":[{` + keyExample + `}],"totals":{"count":1}}`),
}

func (h keysAPI) apiKeyList(ctx context.Context, in *wire.PageIn) (*page.List[wire.KeyOut, page.Count], error) {
	keys, err := h.s.Keys(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	from := min(in.Page.Offset, len(keys))
	to := min(from+in.Page.Limit, len(keys))
	var rows []wire.KeyOut
	for i := range keys[from:to] {
		rows = append(rows, wire.KeyOf(&keys[from+i]))
	}
	return page.NewList(rows, page.Count{Count: int64(len(keys))}), nil
}

var apiKeyCreate = httpapi.Op{
	ID:      "api_key_create",
	Status:  http.StatusCreated,
	Summary: "Create an API key",
	Description: "Creates a key for a program, so that the program needs no password. A key can be limited to scopes, can expire, " +
		"and can be deleted without affecting other programs. Only this response contains the key, because the server " +
		"stores a hash of it. A partner can have at most 100 keys.\n\n" +
		"The request needs the token of a `CREATE_API_KEY` operation with the same `name` and `scopes`. Otherwise it is " +
		"refused with 403. The partner is notified by e-mail.",
	Request: json.RawMessage(`{"name":"cashback bot","scopes":["reports"],"expires_at":"2027-06-30T12:00:00Z"}`),
	Example: json.RawMessage(`{` + keyExample + `,"key":"trb_k3v9d0q2x7ab_..."}`),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h keysAPI) apiKeyCreate(ctx context.Context, in *newKeyIn) (*newKeyOut, error) {
	partnerID := partnerOf(ctx)
	token, key, err := h.s.CreateOwnKey(ctx, identity.NewKey{
		Role: caller.Partner, PartnerID: &partnerID, Scopes: in.Scopes, Name: in.Name, ExpiresAt: in.ExpiresAt,
	}, in.Token)
	if err != nil {
		return nil, err
	}
	return &newKeyOut{KeyOut: wire.KeyOf(&key), Key: token}, nil
}

var apiKeyDelete = httpapi.Op{
	ID:          "api_key_delete",
	Status:      http.StatusNoContent,
	Summary:     "Delete an API key",
	Description: "Deletes a key. It stops working at once on all servers.",
}

func (h keysAPI) apiKeyDelete(ctx context.Context, in *keyIn) (*struct{}, error) {
	return nil, h.s.DeleteKey(ctx, partnerOf(ctx), in.ID)
}
