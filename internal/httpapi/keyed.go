package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/tributary-server/tributary/internal/idempotency"
)

// Work is a request that was read, and how to carry it out.
type Work struct {
	// Content is everything other than method, path and query that identifies
	// the request. Different content under the same Idempotency-Key is refused.
	Content [][]byte
	// Prepare does the slow part (drawing an image again), so that no one
	// waits for it. It runs once, outside of the transaction, and never for
	// a repetition. If it is nil, there is no slow part.
	Prepare func(ctx context.Context) error
	// Do has the effect. With a key it runs inside the key's transaction,
	// so it may be called several times; the last call counts.
	Do func(ctx context.Context) (Response, error)
}

// run does the work without a key.
func (w *Work) run(ctx context.Context) (Response, error) {
	if w.Prepare != nil {
		if err := w.Prepare(ctx); err != nil {
			return Response{}, err
		}
	}
	return w.Do(ctx)
}

// AddKeyed is Add for a POST that creates something and therefore takes an
// Idempotency-Key; operations of Add take none. read reads the whole request
// and stores nothing. The answer is a Value with the operation's Status and
// without headers, so that a repetition gets the same.
func (r *Router) AddKeyed(op Op, params []Param, responses Responses, read func(req *Request) (Work, error)) {
	if op.Method != http.MethodPost || op.Unkeyed {
		panic(fmt.Sprintf("httpapi: operation %s takes no key", op.ID))
	}
	r.add(&endpoint{
		Op: op, params: params, responses: responses, read: read,
		handle: func(ctx context.Context, req *Request) (Response, error) {
			work, err := read(req)
			if err != nil {
				return Response{}, err
			}
			return work.run(ctx)
		},
	})
}

// HandlePrepared is Handle for an operation that does something slow first,
// such as hashing a password. prepare does it outside of the transaction that
// an Idempotency-Key takes, and never for a repetition. handle gets the result.
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

// work reads a request that has a key.
func (e *endpoint) work(req *Request) (Work, error) {
	if e.read != nil {
		return e.read(req)
	}
	// Refuse an unreadable request first, so that no other request waits
	// for it. Reading keeps the body, and the handler reads it again on
	// every attempt of its transaction.
	if err := e.check(req); err != nil {
		return Work{}, err
	}
	return Work{
		Content: [][]byte{req.body},
		Do:      func(ctx context.Context) (Response, error) { return e.handle(ctx, req) },
	}, nil
}

// once does the work, unless it was already done for the same key.
func (e *endpoint) once(ctx context.Context, s *idempotency.Service, call idempotency.Call, work *Work) (answer idempotency.Answer, replayed bool, err error) {
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
