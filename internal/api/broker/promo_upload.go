package broker

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/promo"
)

func addUpload(r *httpapi.Router, s *promo.Service) {
	h, added, replaced := uploadAPI{s}, uploadResponses(), replaceResponses()
	material := []openapi.Param{
		{Name: "material_id", In: openapi3.ParameterInPath, Doc: "Id of the material.", Schema: openapi3.NewInt64Schema(), Example: 7},
	}
	r.Mount(wire.TagBroker,
		httpapi.Keyed("/broker/v1/promo/materials/", wire.BrokerWrite, h.brokerPromoUpload, brokerPromoUpload, added),
		httpapi.Data("PUT", "/broker/v1/promo/materials/{material_id}/", wire.BrokerWrite, h.brokerPromoReplace, brokerPromoReplace, material, replaced),
	)
}

type uploadAPI struct{ s *promo.Service }

const mediaForm = "multipart/form-data"

const aboutUpload = "Adds a promo material. A banner, a logo or a video is sent as `multipart/form-data` with a `file`. A text (with `text`), a " +
	"landing page or a widget (with `address`) is sent as JSON or as a form without a file. The address of a landing page is one of the " +
	"programme's landing pages.\n\n" +
	"The server determines the type of a file from its content. It accepts PNG, JPEG, GIF and WebP images up to 5 MB, and MP4 and WebM videos " +
	"up to 20 MB. Images are encoded again without their metadata, and WebP images become PNG images. SVG is refused.\n\n" +
	"With an `Idempotency-Key`, two forms are the same if their fields and their files are the same. The boundary, the order of the fields and " +
	"the name of the file do not matter."

func libraryAnswer(m promo.Material, err error) (httpapi.Response, error) {
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.Response{Value: libraryOf(&m)}, nil
}

var uploads = []string{mediaForm, httpapi.FormatJSON.Type}

const maxUpload = promo.MaxVideo + uploadRoom // maximum size of an upload in bytes

func uploadResponses() openapi.Responses {
	return openapi.Responses{OK: librarySchema(), Bodies: uploadBodies(true,
		`{"kind":"banner","title":"Trade gold","language":"en","theme":"dark","product":"metals","file":"(the bytes of trade-gold.png)"}`,
		`{"kind":"text","title":"Trade gold","language":"en","text":"Gold moves. Trade it."}`,
	)}
}

var brokerPromoUpload = httpapi.Op{
	ID:          "broker_promo_upload",
	Status:      http.StatusCreated,
	Summary:     "Add a promo material",
	Description: aboutUpload,
	Consumes:    uploads,
	MaxBody:     maxUpload,
	Example:     json.RawMessage(libraryExample),
	Errors:      []fault.Code{fault.ValidationError, fault.PermissionDenied},
}

func (h uploadAPI) brokerPromoUpload(req *httpapi.Request) (httpapi.Work, error) {
	u, err := readUpload(req.HTTP)
	if err != nil {
		return httpapi.Work{}, err
	}
	if u.kind == nil {
		return httpapi.Work{}, fault.Invalid("kind", "required", "This field is required.")
	}
	var ready *promo.Ready
	return httpapi.Work{
		Content: u.content,
		Prepare: func(ctx context.Context) (err error) {
			ready, err = h.s.Prepare(ctx, promo.Kind(*u.kind), u.draft)
			return err
		},
		Do: func(ctx context.Context) (httpapi.Response, error) { return libraryAnswer(h.s.Add(ctx, ready)) },
	}, nil
}

func replaceResponses() openapi.Responses {
	return openapi.Responses{OK: librarySchema(), Bodies: uploadBodies(false,
		`{"title":"Trade gold now","file":"(the bytes of trade-gold-now.png)"}`, `{"title":"Trade gold now"}`,
	)}
}

var brokerPromoReplace = httpapi.Op{
	ID:      "broker_promo_replace",
	Summary: "Change a promo material",
	Description: "Changes the fields that are sent. A file, a text or an address creates the next version of the material. Pages " +
		"that embed the material keep showing the version that they were created with. The kind cannot be changed. The " +
		"request is refused with 403 if the material is retired.",
	Consumes: uploads,
	MaxBody:  maxUpload,
	Example:  json.RawMessage(libraryExample),
	Errors:   []fault.Code{fault.ValidationError, fault.PermissionDenied},
}

func (h uploadAPI) brokerPromoReplace(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	materialID, err := strconv.ParseInt(req.Path("material_id"), 10, 64)
	if err != nil {
		return httpapi.Response{}, fault.New(fault.NotFound)
	}
	u, err := readUpload(req.HTTP)
	if err != nil {
		return httpapi.Response{}, err
	}
	return libraryAnswer(h.s.Replace(ctx, materialID, u.draft))
}
