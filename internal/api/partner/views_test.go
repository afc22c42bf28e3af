package partner_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

func TestViews(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	names := func(p *sdk.Partner, screen string) []string {
		var all []string
		for _, v := range apitest.OK(p.Views(ctx, sdk.ViewsQuery{Screen: screen}))(t) {
			all = append(all, v.Screen+"?"+v.Query+" "+v.Name)
		}
		return all
	}
	gold := sdk.CreateViewIn{Screen: "/rewards", Name: " Gold ", Query: new("rows=orders&country=TH,VN&symbol=XAUUSD")}
	first := apitest.OK(a.CreateView(ctx, gold, sdk.WithIdempotencyKey("once")))(t)
	require.Equal(t, "Gold", first.Name)
	require.Equal(t, first, apitest.OK(a.CreateView(ctx, gold, sdk.WithIdempotencyKey("once")))(t), "a repeated request saves no second view")
	apitest.OK(a.CreateView(ctx, sdk.CreateViewIn{Screen: "/clients", Name: "Gold"}))(t)
	silver := apitest.OK(a.CreateView(ctx, sdk.CreateViewIn{Screen: "/rewards", Name: "Silver"}))(t)
	require.Equal(t, []string{"/rewards?rows=orders&country=TH,VN&symbol=XAUUSD Gold", "/rewards? Silver"}, names(a, "/rewards"))
	require.Len(t, names(a, ""), 3)
	require.Empty(t, names(b, ""))

	// Changes.
	changed := apitest.OK(a.UpdateView(ctx, first.UID, sdk.UpdateViewIn{Name: new("Metals"), Query: new("symbol=XAUUSD,XAGUSD")}))(t)
	require.Equal(t, first.Created, changed.Created)
	apitest.OK(a.UpdateView(ctx, first.UID, sdk.UpdateViewIn{Name: new("Metals")}))(t)
	require.Equal(t, []string{"/rewards?symbol=XAUUSD,XAGUSD Metals", "/rewards? Silver"}, names(a, "/rewards"))
	apitest.Refused(a.UpdateView(ctx, silver.UID, sdk.UpdateViewIn{Name: new("Metals")}))(t, sdk.ValidationError, "name unique")
	apitest.Refused(a.CreateView(ctx, sdk.CreateViewIn{Screen: "/rewards", Name: "Metals"}))(t, sdk.ValidationError, "name unique")

	// Another partner's view does not exist.
	apitest.Refused(b.UpdateView(ctx, first.UID, sdk.UpdateViewIn{Name: new("mine")}))(t, sdk.NotFound)
	require.Equal(t, sdk.NotFound, sdk.ErrorCode(b.DeleteView(ctx, first.UID)))
	require.NoError(t, a.DeleteView(ctx, first.UID))
	require.Equal(t, sdk.NotFound, sdk.ErrorCode(a.DeleteView(ctx, first.UID)))
	apitest.Refused(a.UpdateView(ctx, first.UID, sdk.UpdateViewIn{Query: new("")}))(t, sdk.NotFound)

	// Limits.
	for fault, in := range map[string]sdk.CreateViewIn{
		"screen invalid":    {Screen: "rewards", Name: "x"},
		"name blank":        {Screen: "/rewards", Name: "  "},
		"query invalid":     {Screen: "/rewards", Name: "x", Query: new("a=%zz")},
		"query max_length":  {Screen: "/rewards", Name: "x", Query: new(strings.Repeat("a", 2001))},
		"name max_length":   {Screen: "/rewards", Name: strings.Repeat("a", 101)},
		"screen max_length": {Screen: "/" + strings.Repeat("a", 64), Name: "x"},
	} {
		apitest.Refused(a.CreateView(ctx, in))(t, sdk.ValidationError, fault)
	}
	for _, screen := range []string{"https://example.com/", "/rewards?a=b", "//example.com", "/rewards/", "/a b", "/%2e"} {
		apitest.Refused(a.CreateView(ctx, sdk.CreateViewIn{Screen: screen, Name: "x"}))(t, sdk.ValidationError, "screen invalid")
	}
	for i := len(names(a, "")); i < 100; i++ {
		apitest.OK(a.CreateView(ctx, sdk.CreateViewIn{Screen: "/orders", Name: strconv.Itoa(i)}))(t)
	}
	apitest.Refused(a.CreateView(ctx, sdk.CreateViewIn{Screen: "/orders", Name: "one more"}))(t, sdk.ValidationError, "name limit_reached")
	apitest.OK(b.CreateView(ctx, sdk.CreateViewIn{Screen: "/orders", Name: "one more"}))(t)
}
