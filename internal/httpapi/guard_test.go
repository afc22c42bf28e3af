package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	b := setup(t)
	open := false
	b.router.Guard("/api/v2/closed", func(ctx context.Context) error {
		if who := caller.Must(ctx); open || who.Role == caller.Broker {
			return nil
		}
		return fault.New(fault.PermissionDenied)
	})
	type in struct {
		Wanted string `json:"wanted" required:"true"`
	}
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: "/api/v2/closed/things/", ID: "closed", Access: partners}, func(context.Context, *in) (*pong, error) {
		return &pong{"yes"}, nil
	})
	ping(b.router, httpapi.Op{Path: "/api/v2/closed/", ID: "top"})
	ping(b.router, httpapi.Op{Path: "/api/v2/closedness/", ID: "near"})
	ping(b.router, httpapi.Op{Path: "/api/v2/closed/broker/", ID: "broker", Access: brokers})

	for _, c := range []struct {
		method, target, token string
		shut, open            int
	}{
		{"POST", "/api/v2/closed/things/", "partner", 403, 400},
		{"POST", "//api//v2/closed///things", "partner", 403, 400},
		{"POST", "/api/v2/%63losed/things", "partner", 403, 400},
		{"PUT", "/api/v2/closed/things/", "partner", 403, 405},
		{"GET", "/api/v2/closed/nothing/here", "partner", 403, 404},
		{"GET", "//api/v2//closed/nothing", "partner", 403, 404},
		{"GET", "/api/v2/closed", "partner", 403, 200},
		{"GET", "/api/v2/closed/../closed/", "partner", 403, 404},
		{"GET", "/api/v2/closed/nothing", "", 404, 404},
		{"GET", "/api/v2/closed/nothing", "old", 404, 404},
		{"GET", "/api/v2/closed/nothing", "broken", 500, 500},
		{"GET", "/api/v2/closed/nothing", "broker", 404, 404},
		{"GET", "/api/v2/closed/broker", "broker", 200, 200},
		{"GET", "/api/v2/closed", "broker", 403, 403},
		{"GET", "/api/v2/closed", "old", 401, 401},
		{"GET", "/api/v2/closedness", "partner", 200, 200},
		{"GET", "/api/v2/nothing", "partner", 404, 404},
	} {
		var headers []string
		if c.token != "" {
			headers = []string{"Authorization", "JWT " + c.token}
		}
		open = false
		w := b.call(t, c.method, c.target, "", headers...)
		require.Equal(t, c.shut, w.Code, "%s %s: %s", c.method, c.target, w.Body)
		if c.shut == http.StatusForbidden {
			require.Empty(t, w.Header().Get("Allow"))
		}
		open = true
		require.Equal(t, c.open, b.call(t, c.method, c.target, "", headers...).Code, c.target)
	}

	open = false
	w := b.call(t, "POST", "/api/v2/closed/things/", `{`, "Authorization", "JWT partner", "Content-Type", "text/xml")
	problem(t, w, 403, "PermissionDenied")
}

func TestHandleRaw(t *testing.T) {
	t.Parallel()
	b := setup(t)
	type in struct {
		Name string `json:"name" required:"true"`
	}
	answer := openapi3.NewObjectSchema().WithProperty("hello", openapi3.NewStringSchema())
	httpapi.HandleRaw(b.router, httpapi.Op{Method: "POST", Path: "/api/hello/", ID: "hello", Access: httpapi.Public, Status: 201}, []openapi.Param{{Name: "loud"}},
		answer.NewRef(), func(_ context.Context, in *in, req *httpapi.Request) (json.RawMessage, error) {
			return json.RawMessage(`{"hello": "` + in.Name + req.Query.Get("loud") + `"}`), nil
		})
	w := b.call(t, "POST", "/api/hello?loud=!", `{"name":"you"}`, "Content-Type", "application/json")
	require.Equal(t, 201, w.Code)
	require.JSONEq(t, `{"hello":"you!"}`, w.Body.String())
	problem(t, b.call(t, "POST", "/api/hello", `{}`, "Content-Type", "application/json"), 400, "ValidationError")

	text, err := b.router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	op := document.Paths.Find("/api/hello/").Post
	require.NotNil(t, op.Parameters.GetByInAndName("query", "loud"))
	require.NotNil(t, op.RequestBody)
	require.Contains(t, op.Responses.Value("201").Value.Content.Get("application/json").Schema.Value.Properties, "hello")
}
