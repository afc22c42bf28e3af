package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// acceptsKey reports whether the operation accepts an Idempotency-Key. A typed
// POST accepts it unless it is Unkeyed. An untyped POST accepts it only if
// AddKeyed declared it.
func (e *endpoint) acceptsKey() bool {
	return (e.plan != nil || e.read != nil) && e.Method == http.MethodPost && !e.Unkeyed
}

// handle calls the operation's handler. If the request has an Idempotency-Key,
// the operation takes effect only once.
func (x *exchange) handle(ctx context.Context, req *Request) (Response, error) {
	given := req.HTTP.Header[idempotency.Field]
	if len(given) == 0 || !x.op.acceptsKey() || x.router.config.Idempotency == nil {
		return x.op.handle(ctx, req)
	}
	if len(given) > 1 {
		return Response{}, fault.Invalid(idempotency.Field, "invalid", "Send one key.")
	}
	work, err := x.op.work(req)
	if err != nil {
		return Response{}, err
	}
	answer, replayed, err := x.op.runOnce(ctx, x.router.config.Idempotency, callOf(ctx, x.op, req, given[0], work.Content), &work)
	if err != nil {
		return Response{}, err
	}
	if replayed {
		x.Header()["Idempotent-Replayed"] = []string{"true"}
	}
	return Response{Status: answer.Status, Body: answer.Body}, nil
}

// callOf identifies a request by its sender, its key, and a digest of every byte that
// affects the operation. The digest includes the key, because the body may contain a
// password. A person with access to the database could guess the password if the
// digest did not include the key.
func callOf(ctx context.Context, op *endpoint, req *Request, key string, content [][]byte) idempotency.Call {
	url := req.HTTP.URL
	parts := append([][]byte{[]byte(key), []byte(req.HTTP.Method), []byte(url.Path), []byte(url.RawQuery)}, content...)
	call := idempotency.Call{Owner: id.Nil, Operation: op.ID, Key: key, Content: idempotency.DigestOf(parts...)}
	if who, known := caller.From(ctx); known {
		if call.Owner = who.PartnerID; call.Owner == id.Nil {
			call.Credential = who.TokenID
		}
		if who.StaffID != id.Nil { // a staff member may repeat a request after another sign-in
			call.Credential = who.StaffID.Hex()
		}
	}
	return call
}

func (e *endpoint) answer(res Response) (idempotency.Answer, error) {
	answer := idempotency.Answer{Status: e.status()}
	if res.Value == nil {
		if answer.Status != http.StatusNoContent {
			return idempotency.Answer{}, errors.New("the handler returned no response")
		}
		return answer, nil
	}
	var err error
	if answer.Body, err = encodeAnswer(res.Value); err != nil {
		return idempotency.Answer{}, fmt.Errorf("encoding the response: %w", err)
	}
	return answer, nil
}
