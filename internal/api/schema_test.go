package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api"
)

// documentAs is the whole API's document in one of the formats that the schema page serves.
func documentAs(t *testing.T, format string) *openapi3.T {
	t.Helper()
	w := httptest.NewRecorder()
	api.New(api.Deps{Version: "1"}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/schema/?format="+format, nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	document, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	require.NoError(t, err)
	return document
}

func TestSchema_Version30SaysWhatVersion31Says(t *testing.T) {
	t.Parallel()
	for format, version := range map[string]string{"openapi": "3.1.0", "openapi-3.0": "3.0.3"} {
		document := documentAs(t, format)
		require.Equal(t, version, document.OpenAPI)
		require.NoError(t, document.Validate(t.Context(), openapi3.EnableExamplesValidation()), format)
	}
	newer, older := documentAs(t, "openapi"), documentAs(t, "openapi-3.0")
	require.Equal(t, newer.Paths.Keys(), older.Paths.Keys())
	for path, item := range newer.Paths.Map() {
		for method, operation := range item.Operations() {
			same := older.Paths.Value(path).GetOperation(method)
			require.Equal(t, operation.OperationID, same.OperationID)
			require.Len(t, same.Parameters, len(operation.Parameters), operation.OperationID)
			require.Equal(t, operation.Responses.Len(), same.Responses.Len(), operation.OperationID)
			require.Equal(t, operation.RequestBody != nil, same.RequestBody != nil, operation.OperationID)
		}
	}
}
