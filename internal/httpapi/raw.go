package httpapi

import (
	"context"
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

// HandleRaw declares an operation with a typed input whose handler returns
// encoded JSON. schema describes this JSON. params documents further parameters,
// which the handler reads from the Request.
func HandleRaw[In any](
	r *Router, op Op, params []openapi.Param, schema *openapi3.SchemaRef, handle func(ctx context.Context, in *In, req *Request) (json.RawMessage, error),
) {
	plan := planOf[In](&op, nil)
	r.add(&endpoint{
		Op:        op,
		plan:      plan,
		params:    params,
		responses: openapi.Responses{OK: schema},
		check:     func(req *Request) error { return req.bind(plan, new(In)) },
		handle: func(ctx context.Context, req *Request) (Response, error) {
			in := new(In)
			if err := req.bind(plan, in); err != nil {
				return Response{}, err
			}
			out, err := handle(ctx, in, req)
			return Response{Value: out}, err
		},
	})
}
