package apitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

func (d *Door) AskReset(t *testing.T, email string) {
	t.Helper()
	require.Equal(t, "reset_sent", OK(d.Stranger(t).ResetPassword(t.Context(), sdk.ResetPasswordIn{Email: email}))(t).Status)
}

func (d *Door) Reset(t *testing.T, token, password string) (*sdk.ChangedPassword, error) {
	t.Helper()
	return d.Stranger(t).ConfirmPasswordReset(t.Context(), sdk.ConfirmPasswordResetIn{Token: token, Password: password})
}
