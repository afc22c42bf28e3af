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
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/promo"
)

const mediaForm = "multipart/form-data"

const aboutUpload = "`multipart/form-data` with a `file` for a banner, a logo or a video; JSON, or the same without a file, for a text (`text`), " +
	"and for a landing or a widget (`address`; a landing's is one of the programme's pages). " +
	"The type is read from the file's content: PNG, JPEG, GIF and WebP images up to 5 MB, MP4 and WebM videos up to 20 MB. " +
	"Images are re-encoded without their metadata, WebP as PNG. SVG is refused.\n\n" +
	"For an `Idempotency-Key`, a form is the same when its fields and its file are, whatever its boundary, their order and the file's name."

// addUpload declares how the broker adds a material to the library and changes
// it.
func addUpload(r *httpapi.Router, s *promo.Service) {
	upload := httpapi.Op{
		Tag: wire.TagBroker, Access: httpapi.Broker, Scope: identity.ScopeWrite, Consumes: []string{mediaForm, httpapi.FormatJSON.Type},
		MaxBody: promo.MaxVideo + uploadRoom,
		Example: json.RawMessage(libraryExample), Errors: []fault.Code{fault.ValidationError, fault.PermissionDenied},
	}
	add := upload
	add.Method, add.Path, add.ID, add.Status = http.MethodPost, "/broker/v1/promo/materials/", "broker_promo_upload", http.StatusCreated
	add.Summary, add.Description = "Add a material", aboutUpload
	r.AddKeyed(add, nil, httpapi.Responses{OK: librarySchema(), Bodies: uploadBodies(true,
		`{"kind":"banner","title":"Trade gold","language":"en","theme":"dark","product":"metals","file":"(the bytes of trade-gold.png)"}`,
		`{"kind":"text","title":"Trade gold","language":"en","text":"Gold moves. Trade it."}`,
	)}, func(req *httpapi.Request) (httpapi.Work, error) {
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
				ready, err = s.Prepare(ctx, promo.Kind(*u.kind), u.draft)
				return err
			},
			Do: func(ctx context.Context) (httpapi.Response, error) { return libraryAnswer(s.Add(ctx, ready)) },
		}, nil
	})
	change := upload
	change.Method, change.Path, change.ID = http.MethodPut, "/broker/v1/promo/materials/{material_id}/", "broker_promo_replace"
	change.Summary = "Change a material"
	change.Description = "Changes the fields given; a file, a text or an address makes the material's next version. Embeds made " +
		"earlier keep showing their version. The kind cannot be changed. A retired material cannot be changed: 403."
	r.Add(change, []httpapi.Param{
		{Name: "material_id", In: openapi3.ParameterInPath, Doc: "The material's id.", Schema: openapi3.NewInt64Schema(), Example: 7},
	},
		httpapi.Responses{OK: librarySchema(), Bodies: uploadBodies(false,
			`{"title":"Trade gold now","file":"(the bytes of trade-gold-now.png)"}`, `{"title":"Trade gold now"}`,
		)}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
			materialID, err := strconv.ParseInt(req.Path("material_id"), 10, 64)
			if err != nil {
				return httpapi.Response{}, fault.New(fault.NotFound)
			}
			u, err := readUpload(req.HTTP)
			if err != nil {
				return httpapi.Response{}, err
			}
			return libraryAnswer(s.Replace(ctx, materialID, u.draft))
		})
}

func libraryAnswer(m promo.Material, err error) (httpapi.Response, error) {
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.Response{Value: libraryOf(&m)}, nil
}
