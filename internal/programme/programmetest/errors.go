package programmetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
)

// FieldsOf returns the fields of a ValidationError.
func FieldsOf(t *testing.T, err error) []fault.Field {
	t.Helper()
	var told *fault.Error
	require.ErrorAs(t, err, &told)
	require.Equal(t, fault.ValidationError, told.Code)
	return told.Fields
}

// RequireRefused checks that an error is a ValidationError with exactly one field,
// which has this name and code.
func RequireRefused(t *testing.T, err error, field, code string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.ValidationError, f.Code, err)
	require.Len(t, f.Fields, 1, err)
	require.Equal(t, []string{field, code}, []string{f.Fields[0].Name, f.Fields[0].Code}, err)
}
