package apitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

const (
	AuthEmail    = "partner@example.com"
	AuthPassword = "correct horse"
)

var AuthStart = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// authBundle contains the production router with a database of its own and one
// partner.
type authBundle struct {
	Router    *httpapi.Router
	Service   *identity.Service
	DB        db.DB
	Clock     *clock.Fixed
	PartnerID id.UUID
}

func SetupAuth(t *testing.T) *authBundle {
	t.Helper()
	b := newAuthBundle(t)
	b.joins(t, b.PartnerID, AuthEmail)
	return b
}

// newAuthBundle returns a bundle without a partner, with the API's default rate
// limits.
func newAuthBundle(t *testing.T) *authBundle {
	t.Helper()
	p, _, at := Built(t, func(c *programme.Config) {
		c.PartnerLimit, c.BrokerLimit, c.AddressLimit = httpapi.Limit{}, httpapi.Limit{}, httpapi.Limit{}
	})
	return &authBundle{Router: p.Router, Service: p.Identity, DB: p.DB, Clock: at, PartnerID: id.New()}
}

func (b *authBundle) joins(t *testing.T, partnerID id.UUID, email string) {
	t.Helper()
	programmetest.AddPartner(t, b.DB, partner.Partner{ID: partnerID, Email: email, Verified: true})
	dbtest.Insert(t, b.DB, "sign_in_emails", dbtest.Row{"email": email, "partner_id": partnerID})
	require.NoError(t, b.Service.SetPassword(t.Context(), partnerID, AuthPassword))
}

// Call sends one request. The headers are given as names and values in turn.
func (b *authBundle) Call(t *testing.T, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, target, reader)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Conform(t, b.Router, w, req)
	return w
}

func AuthBody(login, password string) string {
	return fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)
}

// Token returns the token in a response. The response must contain nothing else.
func Token(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var out map[string]string
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	require.Len(t, out, 1)
	require.Len(t, strings.Split(out["token"], "."), 3)
	return out["token"]
}
