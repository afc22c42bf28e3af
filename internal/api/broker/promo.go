package broker

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

// AddBrokerPromo declares the broker's operations on promo materials.
func AddBrokerPromo(r *httpapi.Router, s *promo.Service) {
	h := brokerPromoAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/promo/materials/", wire.BrokerRead, h.brokerPromoList, brokerPromoList),
		httpapi.POST("/broker/v1/promo/materials/{material_id}/retire/", wire.BrokerWrite, h.brokerPromoRetire, brokerPromoRetire),
	)

	addUpload(r, s)
}

type brokerPromoAPI struct{ s *promo.Service }

type libraryIn struct {
	wire.MaterialsIn
	Retired *bool `query:"retired" doc:"If true, only retired materials are returned. If false, only materials that are not retired."`
}

type libraryOut struct {
	wire.MaterialDetailOut
	Retired *time.Time `json:"retired" doc:"When the material was retired. Null while partners can use it."`
}

const libraryExample = wire.MaterialExample + `,"media_type":"image/png","file_name":"trade-gold-1.png","file_size":20480,"version":1,"retired":null}`

func libraryOf(m *promo.Material) *libraryOut {
	return &libraryOut{MaterialDetailOut: *wire.MaterialDetailOf(m), Retired: m.RetiredAt}
}

var brokerPromoList = httpapi.Op{
	ID:          "broker_promo_list",
	Summary:     "List all promo materials",
	Description: "Lists all promo materials, newest first. The list includes retired materials.",
	Example:     json.RawMessage(`{"data":[` + libraryExample + `],"totals":{"count":1}}`),
}

func (h brokerPromoAPI) brokerPromoList(ctx context.Context, in *libraryIn) (*page.List[libraryOut, page.Count], error) {
	f, err := in.Filter()
	if err != nil {
		return nil, err
	}
	f.Retired = in.Retired
	list, count, err := h.s.Library(ctx, f)
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, libraryOf, page.Count{Count: count}), nil
}

var brokerPromoRetire = httpapi.Op{
	ID:      "broker_promo_retire",
	Summary: "Retire a promo material",
	Description: "Retires a material, so that partners no longer see it. Its files return 404, also on pages that embed them. " +
		"Caches may serve the files for up to one more hour.",
	Example: json.RawMessage(strings.Replace(libraryExample, `"retired":null`, `"retired":"2026-06-30T12:00:00Z"`, 1)),
	Errors:  []fault.Code{fault.NotFound},
}

func (h brokerPromoAPI) brokerPromoRetire(ctx context.Context, in *wire.MaterialPath) (*libraryOut, error) {
	m, err := h.s.Retire(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return libraryOf(&m), nil
}
