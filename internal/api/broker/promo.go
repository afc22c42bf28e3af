package broker

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

type libraryIn struct {
	wire.MaterialsIn
	Retired *bool `query:"retired" doc:"Only retired ones, or only the others."`
}

type libraryOut struct {
	wire.MaterialDetailOut
	Retired *time.Time `json:"retired"`
}

const libraryExample = wire.MaterialExample + `,"media_type":"image/png","file_name":"trade-gold-1.png","file_size":20480,"version":1,"retired":null}`

// AddBrokerPromo declares how the broker fills the library.
func AddBrokerPromo(r *httpapi.Router, s *promo.Service) {
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/broker/v1/promo/materials/", ID: "broker_promo_list", Tag: wire.TagBroker, Access: httpapi.Broker,
		Scope: identity.ScopeRead, Summary: "The library of promo material", Description: "Retired material too, newest first.",
		Example: json.RawMessage(`{"data":[` + libraryExample + `],"totals":{"count":1}}`),
	}, func(ctx context.Context, in *libraryIn) (*page.List[libraryOut, page.Count], error) {
		f, err := in.Filter()
		if err != nil {
			return nil, err
		}
		f.Retired = in.Retired
		list, count, err := s.Library(ctx, f)
		if err != nil {
			return nil, err
		}
		rows := make([]libraryOut, len(list))
		for i := range list {
			rows[i] = *libraryOf(&list[i])
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})
	addUpload(r, s)
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodPost, Path: "/broker/v1/promo/materials/{material_id}/retire/", ID: "broker_promo_retire", Tag: wire.TagBroker,
		Access: httpapi.Broker, Scope: identity.ScopeWrite, Summary: "Retire a material",
		Description: "Partners no longer see it. Its files answer 404, also where they are embedded, once caches expire (an hour).",
		Example:     json.RawMessage(strings.Replace(libraryExample, `"retired":null`, `"retired":"2026-06-30T12:00:00Z"`, 1)),
		Errors:      []fault.Code{fault.NotFound},
	}, func(ctx context.Context, in *wire.MaterialPath) (*libraryOut, error) {
		m, err := s.Retire(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return libraryOf(&m), nil
	})
}

func libraryOf(m *promo.Material) *libraryOut {
	return &libraryOut{MaterialDetailOut: *wire.MaterialDetailOf(m), Retired: m.RetiredAt}
}
