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

// Reset sets a password with the token from a mail.
func (d *Door) Reset(t *testing.T, token, password string) (*sdk.ChangedPassword, error) {
	t.Helper()
	return d.Stranger(t).ConfirmPasswordReset(t.Context(), sdk.ConfirmPasswordResetIn{Token: token, Password: password})
}
