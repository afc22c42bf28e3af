package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/idempotency"
)

// Work is a request that was read but not carried out yet.
type Work struct {
	// Content identifies the request, together with its method, path and query. A
	// request that has the same Idempotency-Key but different Content is refused.
	Content [][]byte
	// Prepare does the slow part of the work, such as drawing an image. It runs
	// once, outside the transaction, so that no other request waits for it. It does
	// not run for a repeated request. It is nil if there is no slow part.
	Prepare func(ctx context.Context) error
	// Do carries out the request. If the request has an Idempotency-Key, Do runs in
	// the transaction that stores the response. That transaction may call Do several
	// times, and only the changes of the last call are stored.
	Do func(ctx context.Context) (Response, error)
}

func (w *Work) run(ctx context.Context) (Response, error) {
	if w.Prepare != nil {
		if err := w.Prepare(ctx); err != nil {
			return Response{}, err
		}
	}
	return w.Do(ctx)
}

// AddKeyed declares an untyped POST that creates something and accepts an
// Idempotency-Key. readRequest must read the whole request and store nothing. The
// response must be a Value with the operation's Status and no extra headers,
// because nothing else is stored for the response to a repeated request. AddKeyed
// panics if op is not a POST or is Unkeyed.
func (r *Router) AddKeyed(op Op, params []openapi.Param, responses openapi.Responses, readRequest func(req *Request) (Work, error)) {
	if op.Method != http.MethodPost || op.Unkeyed {
		panic(fmt.Sprintf("httpapi: operation %s is not a POST or is Unkeyed, so it cannot accept an Idempotency-Key", op.ID))
	}
	r.add(&endpoint{
		Op: op, params: params, responses: responses, read: readRequest,
		handle: func(ctx context.Context, req *Request) (Response, error) {
			work, err := readRequest(req)
			if err != nil {
				return Response{}, err
			}
			return work.run(ctx)
		},
	})
}

// HandlePrepared declares a typed operation that begins with slow work, such as
// hashing a password. prepare does this work outside the transaction of an
// Idempotency-Key, and does not run for a repeated request. handle gets the
// result of prepare.
func HandlePrepared[In, Made, Out any](
	r *Router, op Op, prepare func(ctx context.Context, in *In) (Made, error), handle func(ctx context.Context, in *In, made Made) (*Out, error),
) {
	plan := planOf[In](&op, reflect.TypeFor[Out]())
	read := func(req *Request) (Work, error) {
		in := new(In)
		if err := req.bind(plan, in); err != nil {
			return Work{}, err
		}
		var made Made
		return Work{
			Content: [][]byte{req.body},
			Prepare: func(ctx context.Context) (err error) {
				made, err = prepare(ctx, in)
				return err
			},
			Do: func(ctx context.Context) (Response, error) {
				out, err := handle(ctx, in, made)
				if err != nil {
					return Response{}, err
				}
				return Response{Value: out}, nil
			},
		}, nil
	}
	r.add(&endpoint{
		Op: op, plan: plan, out: reflect.TypeFor[Out](), read: read,
		handle: func(ctx context.Context, req *Request) (Response, error) {
			work, err := read(req)
			if err != nil {
				return Response{}, err
			}
			return work.run(ctx)
		},
	})
}

func (e *endpoint) work(req *Request) (Work, error) {
	if e.read != nil {
		return e.read(req)
	}
	// Check the request before the transaction, so that an invalid request locks
	// nothing. e.check also stores the body, because the handler reads it again
	// if the transaction is repeated.
	if err := e.check(req); err != nil {
		return Work{}, err
	}
	return Work{
		Content: [][]byte{req.body},
		Do:      func(ctx context.Context) (Response, error) { return e.handle(ctx, req) },
	}, nil
}

// runOnce carries out the work, or returns the stored response if the work was
// already carried out with this key.
func (e *endpoint) runOnce(ctx context.Context, s *idempotency.Service, call idempotency.Call, work *Work) (
	answer idempotency.Answer, replayed bool, err error,
) {
	if work.Prepare != nil {
		if answer, replayed, err = s.Replay(ctx, call); err != nil || replayed {
			return answer, replayed, err
		}
		if err := work.Prepare(ctx); err != nil {
			return idempotency.Answer{}, false, err
		}
	}
	return s.Once(ctx, call, func(ctx context.Context) (idempotency.Answer, error) {
		res, err := work.Do(ctx)
		if err != nil {
			return idempotency.Answer{}, err
		}
		return e.answer(res)
	})
}
