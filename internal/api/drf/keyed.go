package drf

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tributary-server/tributary/internal/idempotency"
)

// Work is a request that was read, and what is to be done for it.
type Work struct {
	// Content is what makes the request what it is, beside its method, path and
	// query: another content under the same Idempotency-Key is refused.
	Content [][]byte
	// Prepare does what is slow (an image is drawn anew), so that nobody waits
	// for it: outside of the transaction, once, and never for a repetition. nil:
	// nothing is.
	Prepare func(ctx context.Context) error
	// Do has the effect, with a key inside of its transaction: it may be called
	// several times, the last call counts.
	Do func(ctx context.Context) (Response, error)
}

// run is Work without a key.
func (w *Work) run(ctx context.Context) (Response, error) {
	if w.Prepare != nil {
		if err := w.Prepare(ctx); err != nil {
			return Response{}, err
		}
	}
	return w.Do(ctx)
}

// AddKeyed is Add for a POST that creates something and so takes an
// Idempotency-Key, which Add's do not. read reads the whole request and keeps
// nothing; the answer is a Value with the operation's Status, and has no
// headers: a repetition gets the same.
func (r *Router) AddKeyed(op Op, params []Param, responses Responses, read func(req *Request) (Work, error)) {
	if op.Method != http.MethodPost || op.Unkeyed {
		panic(fmt.Sprintf("drf: operation %s takes no key", op.ID))
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

// HandlePrepared is Handle for what has something slow to do first, such as to
// hash a password. prepare does it outside of the transaction that an
// Idempotency-Key takes, and never for a repetition; handle gets what it made.
func HandlePrepared[In, Made, Out any](
	r *Router, op Op, prepare func(ctx context.Context, in *In) (Made, error), handle func(ctx context.Context, in *In, made Made) (*Out, error),
) {
	plan := planOf[In](op)
	read := func(req *Request) (Work, error) {
		in := new(In)
		if err := plan.bind(in, req); err != nil {
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
		Op: op, plan: plan, out: typeOf[Out](), read: read,
		handle: func(ctx context.Context, req *Request) (Response, error) {
			work, err := read(req)
			if err != nil {
				return Response{}, err
			}
			return work.run(ctx)
		},
	})
}

// work reads a request with a key.
func (e *endpoint) work(req *Request) (Work, error) {
	if e.read != nil {
		return e.read(req)
	}
	// Nobody has to wait for what can't be read. Reading keeps the body, which
	// the handler reads again each time that its transaction is tried.
	if err := e.check(req); err != nil {
		return Work{}, err
	}
	return Work{
		Content: [][]byte{req.body},
		Do:      func(ctx context.Context) (Response, error) { return e.handle(ctx, req) },
	}, nil
}

// once does the work, unless its key was used for it before.
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
