package drf_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/drf"
)

func TestRouter_PathAnswersInEverySpelling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, drf.Op{Path: "/api/partner/summary/", Aliases: []string{"/api/v3/partner/summary"}, Access: drf.Public})

	for _, path := range []string{
		"/api/partner/summary/", "/api/partner/summary", "//api/partner/summary/", "//api//partner///summary//", "/api/partner/summary//",
		"/api/v3/partner/summary/", "/api/v3/partner/summary", "/%61pi/partner/summary", "/api/partner/summary/?limit=1", "/api/partner/summary?x=//y",
	} {
		w := b.call(t, "GET", path, "")
		require.Equal(t, 200, w.Code, path)
		require.JSONEq(t, `{"pong":"yes"}`, w.Body.String(), path)
	}
}
