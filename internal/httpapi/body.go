package httpapi

import (
	"io"
	"net/http"
	"reflect"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
)

// defaultMaxBody is the maximum size of a body in bytes, unless the operation
// has its own limit.
const defaultMaxBody = 1 << 20

var typedConsumes = []string{"application/json", "application/x-www-form-urlencoded"}

func (o *Op) maxBody() int64 {
	if o.MaxBody == 0 {
		return defaultMaxBody
	}
	return o.MaxBody
}

// planOf returns the Plan for the input type In. result is the type of the
// response, or nil if there is none.
func planOf[In any](op *Op, result reflect.Type) *bind.Plan {
	return bind.New(reflect.TypeFor[In](), bind.Operation{
		ID: op.ID, Method: op.Method, Path: op.Path, MaxBody: op.maxBody(), Fixed: op.Fixed, Out: result,
	})
}

func (r *Request) bind(p *bind.Plan, in any) error {
	given := &bind.Input{HTTP: r.HTTP, Query: r.Query, Strict: r.strict}
	if p.ReadsBody && hasBody(r.HTTP) {
		mediaType, wrong := checkMedia(r.HTTP.Header, typedConsumes)
		if wrong != nil && r.HTTP.ContentLength > 0 {
			return wrong
		}
		text, err := r.text(p.MaxBody)
		if err != nil {
			return err
		}
		if len(text) > 0 && wrong != nil {
			return wrong
		}
		given.Body, given.Form = text, mediaType != FormatJSON.Type
	}
	return p.Bind(in, given)
}

// text reads the body of a request to a typed operation. Later calls return the
// same body again.
func (r *Request) text(limit int64) ([]byte, error) {
	if r.wasRead {
		return r.body, nil
	}
	intake.AsWhole(r.HTTP.Body)
	text, err := io.ReadAll(http.MaxBytesReader(exchangeOf(r.HTTP.Context()).ResponseWriter, r.HTTP.Body, limit))
	if err != nil {
		return nil, fault.New(fault.ParseError) // the body is too large or incomplete, or arrives too slowly
	}
	r.body, r.wasRead = text, true
	return text, nil
}

// hasBody reports whether a request may have a body. The length of a chunked body
// is unknown, so that body may still be empty.
func hasBody(req *http.Request) bool {
	return req.Body != nil && req.Body != http.NoBody && req.ContentLength != 0
}
