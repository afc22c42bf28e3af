package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/object"
)

func (b *builder) responses(o *Operation) *openapi3.Responses {
	ok := openapi3.NewResponse().WithDescription(http.StatusText(o.Status))
	ok.Headers = standardHeaders()
	if o.Keyed {
		ok.Headers["Idempotent-Replayed"] = &openapi3.HeaderRef{Ref: "#/components/headers/Idempotent-Replayed"}
	}
	if o.Status != http.StatusNoContent {
		ok.Content = openapi3.Content{}
		for _, f := range o.Formats {
			ok.Content[f.Type] = b.okContent(o, f)
		}
	}
	all := openapi3.NewResponses(openapi3.WithStatus(o.Status, &openapi3.ResponseRef{Value: ok}))
	if o.Responses.NotModified {
		ok.Headers["ETag"] = header("Tag of this response. Send it as If-None-Match to get the content again only if it has changed.",
			openapi3.NewStringSchema())
		same := openapi3.NewResponse().WithDescription(http.StatusText(http.StatusNotModified))
		all.Set(strconv.Itoa(http.StatusNotModified), &openapi3.ResponseRef{Value: same})
	}
	if o.Responses.Partial {
		part := openapi3.NewResponse().WithDescription(http.StatusText(http.StatusPartialContent))
		part.Headers = openapi3.Headers{
			"Content-Range": header("Range of bytes in this response, and the size of the whole content.", openapi3.NewStringSchema()),
		}
		part.Content = ok.Content
		all.Set(strconv.Itoa(http.StatusPartialContent), &openapi3.ResponseRef{Value: part})
	}
	if later := o.Responses.Accepted; later != nil {
		all.Set(strconv.Itoa(http.StatusAccepted), &openapi3.ResponseRef{Value: b.acceptedResponse(later)})
	}
	for _, code := range o.Errors {
		status := b.statuses[code]
		name := responseName(status)
		b.errors[name] = true
		all.Set(strconv.Itoa(status), &openapi3.ResponseRef{Ref: "#/components/responses/" + name})
	}
	return all
}

func (b *builder) acceptedResponse(later *Accepted) *openapi3.Response {
	media := openapi3.NewMediaType()
	media.Schema, media.Example = b.schemas.ref(reflect.TypeOf(later.Value)), rawExample(later.Example)
	r := openapi3.NewResponse().WithDescription(later.About).WithContent(openapi3.Content{mediaJSON: media})
	r.Headers = standardHeaders()
	r.Headers["Location"] = header("URL that returns the progress of the export.", openapi3.NewStringSchema())
	return r
}

func (b *builder) okContent(o *Operation, f Format) *openapi3.MediaType {
	media := openapi3.NewMediaType()
	media.Example = rawExample(o.Responses.Examples[f.Type])
	if f.Type != mediaJSON {
		text := openapi3.NewStringSchema()
		if !strings.HasPrefix(f.Type, "text/") && f.Type != "image/svg+xml" {
			text.WithFormat("binary")
		}
		return media.WithSchema(text)
	}
	switch {
	case o.Output != nil:
		media.Schema = b.schemas.ref(o.Output)
	case o.Responses.OK != nil:
		media.Schema = o.Responses.OK
		b.addNamed(o.Responses.Schemas)
	default:
		media.WithSchema(openapi3.NewSchema())
	}
	if o.Example != nil {
		media.Example = rawExample(o.Example)
	}
	return media
}

// addNamed adds the named schemas of an untyped operation to the document. It
// panics if two different schemas have the same name.
func (b *builder) addNamed(schemas openapi3.Schemas) {
	for name, schema := range schemas {
		//nolint:govet // vet warns that DeepEqual may compare errors, but schemas contain none
		if known := b.schemas.components[name]; known != nil && !reflect.DeepEqual(known, schema) {
			panic(fmt.Sprintf("openapi: two different schemas have the name %s in the document", name))
		}
		b.schemas.components[name] = schema
	}
}

func rawExample(v any) any {
	if v == nil {
		return nil
	}
	text, err := object.Encode(v)
	if err != nil {
		panic(fmt.Sprintf("openapi: an example is not valid JSON: %v", err))
	}
	return json.RawMessage(text)
}
