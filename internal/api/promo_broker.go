package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

// Bounds on an upload beside its file.
const (
	maxPart    = 64 << 10
	maxParts   = 32
	uploadRoom = 1 << 20 // for all of them
)

type libraryIn struct {
	materialsIn
	Retired *bool `query:"retired" doc:"Only retired ones, or only the others."`
}

type libraryOut struct {
	materialDetailOut
	Retired *time.Time `json:"retired"`
}

const libraryExample = materialExample + `,"media_type":"image/png","file_name":"trade-gold-1.png","file_size":20480,"version":1,"retired":null}`

const aboutUpload = "`multipart/form-data` with a `file` for a banner, a logo or a video; JSON, or the same without a file, for a text (`text`), " +
	"and for a landing or a widget (`address`; a landing's is one of the programme's pages). " +
	"What a file is, its content says: PNG, JPEG, GIF and WebP images up to 5 MB, MP4 and WebM videos up to 20 MB. " +
	"Images are drawn anew, without their metadata, a WebP as a PNG. SVG is not taken."

// addPromoBroker declares how the broker fills the library.
func addPromoBroker(r *drf.Router, s *promo.Service) {
	drf.Handle(r, drf.Op{
		Method: http.MethodGet, Path: "/broker/v1/promo/materials/", ID: "broker_promo_list", Tag: tagBroker, Access: drf.Broker,
		Scope: identity.ScopeRead, Summary: "The library of promo material", Description: "Retired material too, newest first.",
		Example: json.RawMessage(`{"data":[` + libraryExample + `],"totals":{"count":1}}`),
	}, func(ctx context.Context, in *libraryIn) (*page.List[libraryOut, page.Count], error) {
		f, err := in.filter()
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
	upload := drf.Op{
		Tag: tagBroker, Access: drf.Broker, Scope: identity.ScopeWrite, Consumes: []string{"multipart/form-data", "application/json"},
		MaxBody: promo.MaxVideo + uploadRoom, Request: json.RawMessage(`{"kind":"text","title":"Trade gold","language":"en","text":"Gold moves. Trade it."}`),
		Example: json.RawMessage(libraryExample), Errors: []fault.Code{fault.ValidationError, fault.PermissionDenied},
	}
	add := upload
	add.Method, add.Path, add.ID, add.Status = http.MethodPost, "/broker/v1/promo/materials/", "broker_promo_upload", http.StatusCreated
	add.Summary, add.Description = "Add a material", aboutUpload
	documented := drf.Responses{Body: uploadSchema(), OK: librarySchema()}
	r.Add(add, nil, documented, func(ctx context.Context, req *drf.Request) (drf.Response, error) {
		kind, draft, err := readUpload(req.HTTP)
		if err != nil {
			return drf.Response{}, err
		}
		if kind == nil {
			return drf.Response{}, fault.Invalid("kind", "required", "This field is required.")
		}
		return libraryAnswer(s.Upload(ctx, promo.Kind(*kind), *draft))
	})
	change := upload
	change.Method, change.Path, change.ID = http.MethodPut, "/broker/v1/promo/materials/{material_id}/", "broker_promo_replace"
	change.Summary = "Change a material"
	change.Description = "What is given is changed; a file, a text or an address is the material's next version. " +
		"What partners embedded before goes on showing the version it was made with. The kind stays; a retired material takes nothing: 403."
	change.Request = json.RawMessage(`{"title":"Trade gold now"}`)
	r.Add(change, []drf.Param{{Name: "material_id", In: openapi3.ParameterInPath, Schema: openapi3.NewInt64Schema(), Example: 7}}, documented,
		func(ctx context.Context, req *drf.Request) (drf.Response, error) {
			materialID, err := strconv.ParseInt(req.Path("material_id"), 10, 64)
			if err != nil {
				return drf.Response{}, fault.New(fault.NotFound)
			}
			_, draft, err := readUpload(req.HTTP)
			if err != nil {
				return drf.Response{}, err
			}
			return libraryAnswer(s.Replace(ctx, materialID, *draft))
		})
	drf.Handle(r, drf.Op{
		Method: http.MethodPost, Path: "/broker/v1/promo/materials/{material_id}/retire/", ID: "broker_promo_retire", Tag: tagBroker,
		Access: drf.Broker, Scope: identity.ScopeWrite, Summary: "Retire a material",
		Description: "Partners don't see it any more, and its files answer 404, also where they are embedded, as soon as caches forget them (an hour).",
		Example:     json.RawMessage(strings.Replace(libraryExample, `"retired":null`, `"retired":"2026-06-30T12:00:00Z"`, 1)),
		Errors:      []fault.Code{fault.NotFound},
	}, func(ctx context.Context, in *materialPath) (*libraryOut, error) {
		m, err := s.Retire(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return libraryOf(&m), nil
	})
}

func libraryOf(m *promo.Material) *libraryOut {
	return &libraryOut{materialDetailOut: *materialDetailOf(m), Retired: m.RetiredAt}
}

func libraryAnswer(m promo.Material, err error) (drf.Response, error) {
	if err != nil {
		return drf.Response{}, err
	}
	return drf.Response{Value: libraryOf(&m)}, nil
}

// readUpload reads what the broker says, as a form with a file or as JSON.
func readUpload(req *http.Request) (kind *string, d *promo.Draft, err error) {
	mediaType, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, fault.New(fault.ParseError)
	}
	values, d := map[string]string{}, &promo.Draft{}
	if mediaType == "multipart/form-data" {
		err = readForm(multipart.NewReader(req.Body, params["boundary"]), values, d)
	} else {
		err = readJSON(req.Body, values)
	}
	if err != nil {
		return nil, nil, uploadFault(err)
	}
	var faults fault.Fields
	for name, to := range map[string]**string{
		"kind": &kind, "title": &d.Title, "language": &d.Language, "theme": &d.Theme, "product": &d.Product, "text": &d.Text, "address": &d.Address,
	} {
		if value, given := values[name]; given {
			*to = &value
		}
	}
	for _, f := range []struct {
		name string
		to   **int64
	}{{"width", &d.Width}, {"height", &d.Height}} {
		if value := values[f.name]; value != "" {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				faults.Add(f.name, "invalid", "A valid integer is required.")
			}
			*f.to = &n
		}
	}
	return kind, d, faults.Err()
}

// uploadFault tells a body that cannot be read from what is wrong with it.
func uploadFault(err error) error {
	if fault.CodeOf(err) != "" {
		return err
	}
	if tooLong, is := errors.AsType[*http.MaxBytesError](err); is {
		return fault.Invalid("file", "max_size", fmt.Sprintf("The request has more than %d bytes.", tooLong.Limit))
	}
	return fault.New(fault.ParseError)
}

func readForm(form *multipart.Reader, values map[string]string, d *promo.Draft) error {
	for range maxParts {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, most := part.FormName(), int64(maxPart)
		if name == "file" {
			most = promo.MaxVideo
		}
		content, err := io.ReadAll(io.LimitReader(part, most+1))
		switch {
		case err != nil:
			return err
		case int64(len(content)) > most:
			return fault.Invalid(name, "max_size", fmt.Sprintf("Ensure this field has no more than %d bytes.", most))
		case name == "file" && d.File != nil:
			return fault.Invalid("file", "duplicate", "One file at a time.")
		case name == "file":
			d.File = append([]byte{}, content...)
		case !utf8.Valid(content) || bytes.ContainsRune(content, 0):
			return fault.New(fault.ParseError)
		default:
			values[name] = string(content)
		}
	}
	return fault.New(fault.ParseError)
}

func readJSON(body io.Reader, values map[string]string) error {
	text, err := io.ReadAll(io.LimitReader(body, uploadRoom+1))
	if err != nil {
		return err
	}
	var object map[string]json.RawMessage
	if len(text) > uploadRoom || !utf8.Valid(text) || json.Unmarshal(text, &object) != nil || object == nil {
		return fault.New(fault.ParseError)
	}
	for name, raw := range object {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return fault.New(fault.ParseError)
		}
		switch given := value.(type) {
		case nil:
		case string:
			if strings.ContainsRune(given, 0) {
				return fault.New(fault.ParseError)
			}
			values[name] = given
		case float64:
			values[name] = string(raw)
		default:
			return fault.Invalid(name, "invalid", "Not a valid string.")
		}
	}
	return nil
}

// tagOf names an answer by its content.
func tagOf(body []byte) string {
	digest := sha256.Sum256(body)
	return hex.EncodeToString(digest[:16])
}

func uploadSchema() *openapi3.SchemaRef {
	text := func(doc string) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Description = doc
		return s
	}
	kind := openapi3.NewStringSchema()
	for _, k := range promo.Kinds() {
		kind.Enum = append(kind.Enum, string(k))
	}
	size := func() *openapi3.Schema {
		s := openapi3.NewIntegerSchema()
		s.Description = "Of a video or a widget, pixels."
		return s
	}
	return openapi3.NewObjectSchema().
		WithProperty("kind", kind).
		WithProperty("title", text("")).
		WithProperty("language", text("Such as en or pt-BR.")).
		WithProperty("theme", text("")).
		WithProperty("product", text("")).
		WithProperty("width", size()).
		WithProperty("height", size()).
		WithProperty("text", text("Of a text.")).
		WithProperty("address", text("Of a landing or a widget.")).
		WithProperty("file", openapi3.NewStringSchema().WithFormat("binary")).NewRef()
}

func librarySchema() *openapi3.SchemaRef {
	text, number := openapi3.NewStringSchema, openapi3.NewInt64Schema
	null := func(s *openapi3.Schema) *openapi3.Schema {
		*s.Type = append(*s.Type, openapi3.TypeNull)
		return s
	}
	s := openapi3.NewObjectSchema().
		WithProperty("id", number()).WithProperty("kind", text()).WithProperty("title", text()).WithProperty("language", text()).
		WithProperty("width", null(number())).WithProperty("height", null(number())).
		WithProperty("theme", text()).WithProperty("product", text()).
		WithProperty("preview_url", null(text())).WithProperty("file_url", text()).WithProperty("created", openapi3.NewDateTimeSchema()).
		WithProperty("media_type", text()).WithProperty("file_name", text()).WithProperty("file_size", number()).WithProperty("version", number()).
		WithProperty("retired", null(openapi3.NewDateTimeSchema()))
	s.Required = []string{
		"created", "file_name", "file_size", "file_url", "height", "id", "kind", "language", "media_type", "preview_url", "product", "retired",
		"theme", "title", "version", "width",
	}
	return s.NewRef()
}
