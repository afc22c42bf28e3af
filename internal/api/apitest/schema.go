package apitest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api"
)

// DocumentAs returns the OpenAPI document in one of the formats that
// /api/schema/ offers.
func DocumentAs(t *testing.T, format string) *openapi3.T {
	t.Helper()
	w := httptest.NewRecorder()
	api.New(api.Deps{Version: "1"}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/schema/?format="+format, nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	document, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	require.NoError(t, err)
	return document
}
