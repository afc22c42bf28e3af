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

// lists declares a list without orderable fields. got returns the last input of
// the handler.
func lists(t *testing.T) (b bundle, got func() *lookIn) {
	t.Helper()
	b = setup(t)
	var seen *lookIn
	httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/list/", ID: "list", Access: httpapi.Public}, func(_ context.Context, in *lookIn) (*pong, error) {
		seen = in
		return &pong{Pong: "yes"}, nil
	})
	return b, func() *lookIn { return seen }
}

func TestQuery_EveryFormOfAList(t *testing.T) {
	t.Parallel()
	b, got := lists(t)
	for _, query := range []string{
		"client_account=45,46&id=7,8&status=a,b",
		"client_account=45&client_account=46&id=7&id=8&status=a&status=b",
		"client_account[]=45&client_account[]=46&id[]=7&id[]=8&status[]=a&status[]=b",
		"client_account%5B%5D=45&client_account%5B%5D=46&id%5B0%5D=7&id%5B1%5D=8&status[0]=a&status[1]=b",
		"client_account[]=45,46.0&id[]=7.0,8&status[]=a,b",
		"client_account=45.0&client_account[]=46&id=7&id[]=8.00&status=a&status[]=b",
	} {
		w := b.call(t, "GET", "/api/list/?"+query, "")
		require.Equal(t, 200, w.Code, "%s: %s", query, w.Body)
		require.Equal(t, []string{"45", "46"}, got().Accounts, query)
		require.Equal(t, []int64{7, 8}, got().IDs, query)
		require.Equal(t, []string{"a", "b"}, got().Statuses, query)
	}
	for _, query := range []string{"client_account=45.5", "client_account=x", "id=7.5", "id[]=x", "status[]=c", "archived[]=perhaps"} {
		problem(t, b.call(t, "GET", "/api/list/?"+query, ""), 400, "ValidationError")
	}
}

func TestQuery_BothBooleansAreNoFilter(t *testing.T) {
	t.Parallel()
	b, got := lists(t)
	for query, want := range map[string]any{
		"": nil, "archived=": nil, "archived=true": true, "archived[]=0": false, "archived=true,false": nil, "archived=1&archived=0": nil,
	} {
		require.Equal(t, 200, b.call(t, "GET", "/api/list/?"+query, "").Code, query)
		if want == nil {
			require.Nil(t, got().Archived, query)
			continue
		}
		require.Equal(t, want, *got().Archived, query)
	}
	require.Equal(t, 200, b.call(t, "GET", "/api/list/?unread=true&unread=false", "").Code)
	require.False(t, got().Unread)
}

func TestQuery_OrderingOfAListWithoutIsIgnored(t *testing.T) {
	t.Parallel()
	b, got := lists(t)
	require.Equal(t, 200, b.call(t, "GET", "/api/list/?ordering=-created&limit=7", "").Code)
	require.Equal(t, page.Page{Limit: 7}, got().Page)
}

func TestQuery_UnknownParameters(t *testing.T) {
	t.Parallel()
	b, _ := lists(t)
	formats(b.router)
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

	// TestUnknownFields tests the same rules for the fields of a body.
	const login = `{"login":"a@b.co","password":"p","token":null,"remember":true}`
	require.Equal(t, 200, b.call(t, "POST", "/api/auth/", login, "Content-Type", jsonType).Code)
	p := problem(t, b.call(t, "POST", "/api/auth/", login, "Content-Type", jsonType, "Prefer", "handling=strict"), 400, "ValidationError")
	require.Len(t, p.Details, 2)
	require.Equal(t, 200, b.call(t, "POST", "/api/auth/", "email=a@b.co&password=p", "Content-Type", formType, "Prefer", "handling=strict").Code)
}

func TestQuery_AnotherFormatThanJSONIsRefused(t *testing.T) {
	t.Parallel()
	b, _ := lists(t)
	for _, query := range []string{"", "format=", "format=json", "format=JSON"} {
		require.Equal(t, 200, b.call(t, "GET", "/api/list/?"+query, "").Code, query)
	}
	for _, query := range []string{"format=csv", "format=xlsx", "format[]=csv"} {
		p := problem(t, b.call(t, "GET", "/api/list/?"+query, ""), 400, "ValidationError")
		require.Equal(t, "format", p.Details[0].Name)
	}
}
