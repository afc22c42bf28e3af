package apitest

import (
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/sdk"
)

// serverURL is the server's address in SDK clients. No client connects to it,
// because wire carries their requests.
const serverURL = "https://partners.example.com"

// wire is the transport of SDK clients. It passes each request to a handler in this
// process, and checks the request and the response against the OpenAPI document.
type wire struct {
	tb      testing.TB
	handler http.Handler
	address string // the client's IP address and port; if it is empty, the requests have httptest's default address
}

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(out *http.Request) (*http.Response, error) {
	if out.Body != nil {
		defer out.Body.Close()
	}
	in := httptest.NewRequestWithContext(out.Context(), out.Method, out.URL.RequestURI(), out.Body)
	in.Header, in.ContentLength = out.Header.Clone(), out.ContentLength
	if w.address != "" {
		in.RemoteAddr = w.address
	}
	answer := httptest.NewRecorder()
	Conform(w.tb, w.handler, answer, in)
	return answer.Result(), nil
}

// program returns an SDK client of a partner. If a request fails, the client
// does not wait and does not repeat the request.
func program(tb testing.TB, transport wire, options ...sdk.Option) *sdk.Partner {
	tb.Helper()
	transport.tb = tb
	p, err := sdk.NewPartner(serverURL, append([]sdk.Option{
		sdk.WithHTTPClient(&http.Client{Transport: transport}), sdk.WithPatience(0, 0),
	}, options...)...)
	require.NoError(tb, err)
	return p
}

// Partner returns the SDK client of a caller, named as in As. A partner's
// client knows the password, so it logs in again when its token has expired.
func (w *World) Partner(t *testing.T, name string) *sdk.Partner {
	t.Helper()
	p := program(t, wire{handler: w.Router}, sdk.WithToken(w.As(t, name)))
	if people[name] != "" {
		require.NoError(t, p.Login(t.Context(), name+"@example.com", AuthPassword))
	}
	return p
}

// Broker returns an SDK client of the broker. If a scope is given, the client's key
// has only this scope.
func (w *World) Broker(t *testing.T, scope ...string) *sdk.Broker {
	t.Helper()
	key := w.As(t, strings.Join(append([]string{"broker"}, scope...), ":"))
	b, err := sdk.NewBroker(serverURL, key, sdk.WithHTTPClient(&http.Client{Transport: wire{tb: t, handler: w.Router}}), sdk.WithPatience(0, 0))
	require.NoError(t, err)
	return b
}

// OK returns a function that fails the test unless the request has succeeded, and
// returns the result:
//
//	link := apitest.OK(partner.CreateLink(ctx, in))(t)
func OK[T any](answer T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		require.NoError(tb, err)
		return answer
	}
}

// Refused returns a function that fails the test unless the server has refused the
// request. The function's parameters are those of RequireRefused.
func Refused[T any](_ T, err error) func(tb testing.TB, code string, faults ...string) {
	return func(tb testing.TB, code string, faults ...string) {
		tb.Helper()
		RequireRefused(tb, err, code, faults...)
	}
}

// RequireRefused requires an error with this code, and with the HTTP status
// that belongs to the code. Each detail of the error must match one of the
// faults, which have the form "field code" or "field code: message".
func RequireRefused(tb testing.TB, err error, code string, faults ...string) {
	tb.Helper()
	refusal, found := errors.AsType[*sdk.Error](err)
	require.True(tb, found, "not a refusal: %v", err)
	require.Equal(tb, code, refusal.Code, "%v", err)
	require.Equal(tb, statusOf[code], refusal.Status, "%v", err)
	got := make([]string, len(refusal.Details))
	for i, d := range refusal.Details {
		got[i] = d.Field + " " + d.Code
		if i < len(faults) && strings.Contains(faults[i], ": ") {
			got[i] += ": " + d.Message
		}
	}
	require.ElementsMatch(tb, faults, got, "%v", err)
}

var statusOf = map[string]int{
	sdk.ValidationError: 400, sdk.ParseError: 400,
	sdk.AuthenticationFailed: 401, sdk.NotAuthenticated: 401, sdk.TokenExpired: 401,
	sdk.PermissionDenied: 403, sdk.NotFound: 404, sdk.MethodNotAllowed: 405, sdk.NotAcceptable: 406,
	sdk.UnsupportedMediaType: 415, sdk.Throttled: 429, sdk.ServiceUnavailable: 503,
}

func All[Row any](tb testing.TB, list iter.Seq2[Row, error]) (rows []Row) {
	tb.Helper()
	for row, err := range list {
		require.NoError(tb, err)
		rows = append(rows, row)
	}
	return rows
}

func Only[Row any](tb testing.TB, list iter.Seq2[Row, error]) Row {
	tb.Helper()
	rows := All(tb, list)
	require.Len(tb, rows, 1)
	return rows[0]
}

// Code requests a code for a partner, reads the code from the mail and exchanges it
// for a temporary token.
func (w *World) Code(t *testing.T, p *sdk.Partner, kind sdk.OperationType, payload any) sdk.CallOption {
	t.Helper()
	return codeFor(t, w.DB, p, kind, payload)
}

func codeFor(t *testing.T, mails db.DB, p *sdk.Partner, kind sdk.OperationType, payload any) sdk.CallOption {
	t.Helper()
	begun := OK(p.StartVerification(t.Context(), sdk.StartVerificationIn{OperationType: kind, Payload: payload}))(t)
	var text string
	require.NoError(t, mails.QueryRow(t.Context(), `SELECT text_body FROM mails WHERE kind = 'verification_code' ORDER BY mail_id DESC LIMIT 1`).Scan(&text))
	token := OK(p.CompleteVerification(t.Context(), begun.VerificationUID, sdk.CompleteVerificationIn{Code: SixDigits.FindString(text)}))(t)
	return sdk.WithTemporaryToken(token.VerificationToken)
}

// RequireUncoded requires the error that a request gets if it needs a temporary token
// and has none.
func RequireUncoded(tb testing.TB, err error) {
	tb.Helper()
	require.Equal(tb, sdk.PermissionDenied, sdk.ErrorCode(err), "%v", err)
	require.ErrorContains(tb, err, "(verification_required)")
}
