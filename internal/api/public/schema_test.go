package public_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
)

func TestSchema_Version30SaysWhatVersion31Says(t *testing.T) {
	t.Parallel()
	for format, version := range map[string]string{"openapi": "3.1.0", "openapi-3.0": "3.0.3"} {
		document := apitest.DocumentAs(t, format)
		require.Equal(t, version, document.OpenAPI)
		require.NoError(t, document.Validate(t.Context(), openapi3.EnableExamplesValidation()), format)
	}
	newer, older := apitest.DocumentAs(t, "openapi"), apitest.DocumentAs(t, "openapi-3.0")
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
