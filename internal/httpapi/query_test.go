package httpapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/page"
)

type lookIn struct {
	Page     page.Page
	Accounts []string `query:"client_account" format:"digits"`
	IDs      []int64  `query:"id"`
	Statuses []string `query:"status" enum:"a,b"`
	Archived *bool    `query:"archived"`
	Unread   bool     `query:"unread"`
}

func lists(t *testing.T) bundle {
	t.Helper()
	b := setup(t)
	httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/list/", ID: "list", Access: httpapi.Public}, func(context.Context, *lookIn) (*pong, error) {
		return &pong{Pong: "yes"}, nil
	})
	return b
}

func TestQuery_UnknownParameters(t *testing.T) {
	t.Parallel()
	b := lists(t)
	declareFormats(b.router)
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: "/api/auth/", ID: "auth", Access: httpapi.Public}, func(context.Context, *loginIn) (*pong, error) {
		return &pong{Pong: "yes"}, nil
	})
	const unknown = "/api/list/?page_size=5&ordering=-created&limit=5&status=a&search=x"

	w := b.call(t, "GET", unknown, "")
	require.Equal(t, 200, w.Code)
	require.Empty(t, w.Header().Get("Preference-Applied"))

	for _, prefer := range []string{"handling=strict", "respond-async, Handling=\"strict\"; x=1, handling=lenient", " handling = strict "} {
		w = b.call(t, "GET", unknown, "", "Prefer", prefer)
		p := problem(t, w, 400, "ValidationError")
		require.Equal(t, "handling=strict", w.Header().Get("Preference-Applied"))
		var names []string
		for _, f := range p.Details {
			names = append(names, f.Name)
			require.Equal(t, "unknown", f.Code)
		}
		require.Equal(t, []string{"ordering", "page_size", "search"}, names)
	}
	for _, prefer := range []string{"handling=lenient", "handling=lenient, handling=strict"} {
		w = b.call(t, "GET", unknown, "", "Prefer", prefer)
		require.Equal(t, 200, w.Code)
		require.Equal(t, "handling=lenient", w.Header().Get("Preference-Applied"))
	}
	for _, prefer := range []string{"", "wait=10", "handling", "handling=rigorous", "strict"} {
		w = b.call(t, "GET", unknown, "", "Prefer", prefer)
		require.Equal(t, 200, w.Code, prefer)
		require.Empty(t, w.Header().Get("Preference-Applied"), prefer)
	}
	for _, known := range []string{"/api/list/?client_account[]=1&offset=1&archived=1&format=json", "/api/report/?format=csv"} {
		require.Equal(t, 200, b.call(t, "GET", known, "", "Prefer", "handling=strict").Code, known)
	}

	// The tests of package bind check the same rules for the fields of a body.
	const login = `{"login":"a@b.co","password":"p","token":null,"remember":true}`
	require.Equal(t, 200, b.call(t, "POST", "/api/auth/", login, "Content-Type", jsonType).Code)
	p := problem(t, b.call(t, "POST", "/api/auth/", login, "Content-Type", jsonType, "Prefer", "handling=strict"), 400, "ValidationError")
	require.Len(t, p.Details, 2)
	require.Equal(t, 200, b.call(t, "POST", "/api/auth/", "email=a@b.co&password=p", "Content-Type", formType, "Prefer", "handling=strict").Code)
}

func TestQuery_AnotherFormatThanJSONIsRefused(t *testing.T) {
	t.Parallel()
	b := lists(t)
	for _, query := range []string{"", "format=", "format=json", "format=JSON"} {
		require.Equal(t, 200, b.call(t, "GET", "/api/list/?"+query, "").Code, query)
	}
	for _, query := range []string{"format=csv", "format=xlsx", "format[]=csv"} {
		p := problem(t, b.call(t, "GET", "/api/list/?"+query, ""), 400, "ValidationError")
		require.Equal(t, "format", p.Details[0].Name)
	}
}
