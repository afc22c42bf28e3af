package apitest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/sdk"
)

const NeighbourEmail = "other@example.com"

type ownBundle struct {
	*authBundle
	Partner, Other *sdk.Partner
}

func SetupOwn(t *testing.T) *ownBundle {
	t.Helper()
	b := &ownBundle{authBundle: SetupAuth(t)}
	b.joins(t, id.New(), NeighbourEmail)
	b.Partner, b.Other = b.Session(t, AuthEmail), b.Session(t, NeighbourEmail)
	return b
}

// With returns an SDK client that has a token or a key, but no password.
func (b *authBundle) With(t *testing.T, token string) *sdk.Partner {
	t.Helper()
	return program(t, wire{handler: b.Router}, sdk.WithToken(token), sdk.WithUserAgent("a browser"))
}

// Session logs a partner in and returns the partner's SDK client. The client does not
// know the password, so it cannot log in again.
func (b *authBundle) Session(t *testing.T, email string) *sdk.Partner {
	t.Helper()
	p := b.With(t, "")
	require.NoError(t, p.Login(t.Context(), email, AuthPassword))
	return b.With(t, p.Token())
}

func (b *authBundle) Broker(t *testing.T, key string) *sdk.Broker {
	t.Helper()
	made, err := sdk.NewBroker(serverURL, key, sdk.WithHTTPClient(&http.Client{Transport: wire{tb: t, handler: b.Router}}), sdk.WithPatience(0, 0))
	require.NoError(t, err)
	return made
}

// Coded requests a code for CREATE_API_KEY, exchanges it for a temporary token,
// and returns the option that sends the token.
func (b *ownBundle) Coded(t *testing.T, p *sdk.Partner, in sdk.CreateAPIKeyIn) sdk.CallOption {
	t.Helper()
	return codeFor(t, b.DB, p, sdk.OperationTypeCreateAPIKey, in)
}
