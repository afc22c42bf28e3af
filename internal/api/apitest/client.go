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

// serverURL is the server's address in programs. No connection is made: see
// wire.
const serverURL = "https://partners.example.com"

// wire is the transport of a program in this process. It serves each request
// with a handler and checks the request and its answer against the OpenAPI
// document.
type wire struct {
	tb      testing.TB
	handler http.Handler
	address string // the program's address, with a port; empty: any
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

// program returns a partner's program, which never waits or repeats a call.
func program(tb testing.TB, transport wire, options ...sdk.Option) *sdk.Partner {
	tb.Helper()
	transport.tb = tb
	p, err := sdk.NewPartner(serverURL, append([]sdk.Option{
		sdk.WithHTTPClient(&http.Client{Transport: transport}), sdk.WithPatience(0, 0),
	}, options...)...)
	require.NoError(tb, err)
	return p
}

// Partner returns the program of a caller by name: see as. A person's program
// knows the password, so it logs in again when its token has expired.
func (w *World) Partner(t *testing.T, name string) *sdk.Partner {
	t.Helper()
	p := program(t, wire{handler: w.Router}, sdk.WithToken(w.As(t, name)))
	if people[name] != "" {
		require.NoError(t, p.Login(t.Context(), name+"@example.com", AuthPassword))
	}
	return p
}

// Broker returns the program of the broker, with a key for everything or for
// one scope.
func (w *World) Broker(t *testing.T, scope ...string) *sdk.Broker {
	t.Helper()
	key := w.As(t, strings.Join(append([]string{"broker"}, scope...), ":"))
	b, err := sdk.NewBroker(serverURL, key, sdk.WithHTTPClient(&http.Client{Transport: wire{tb: t, handler: w.Router}}), sdk.WithPatience(0, 0))
	require.NoError(t, err)
	return b
}

// OK takes what a call returned and requires that the call succeeded:
//
//	link := ok(partner.CreateLink(ctx, in))(t)
func OK[T any](answer T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		require.NoError(tb, err)
		return answer
	}
}

// Refused takes what a call returned and requires that the server refused the
// call: see requireRefused.
func Refused[T any](_ T, err error) func(tb testing.TB, code string, faults ...string) {
	return func(tb testing.TB, code string, faults ...string) {
		tb.Helper()
		RequireRefused(tb, err, code, faults...)
	}
}

// RequireRefused requires a refusal with this code, the code's status, and one
// fault for each detail: "field code", or "field code: message" where the
// message matters.
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

// statusOf is the contract's table of errors.
var statusOf = map[string]int{
	sdk.ValidationError: 400, sdk.ParseError: 400,
	sdk.AuthenticationFailed: 401, sdk.NotAuthenticated: 401, sdk.TokenExpired: 401,
	sdk.PermissionDenied: 403, sdk.NotFound: 404, sdk.MethodNotAllowed: 405, sdk.NotAcceptable: 406,
	sdk.UnsupportedMediaType: 415, sdk.Throttled: 429, sdk.ServiceUnavailable: 503,
}

// All collects the rows of a list.
func All[Row any](tb testing.TB, list iter.Seq2[Row, error]) (rows []Row) {
	tb.Helper()
	for row, err := range list {
		require.NoError(tb, err)
		rows = append(rows, row)
	}
	return rows
}

// Only returns the one row that a list must have.
func Only[Row any](tb testing.TB, list iter.Seq2[Row, error]) Row {
	tb.Helper()
	rows := All(tb, list)
	require.Len(tb, rows, 1)
	return rows[0]
}

// Code asks for a partner's code, reads it in the mail and returns the token
// that it gives.
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

// RequireUncoded requires the refusal of a call that lacks the token of its
// operation.
func RequireUncoded(tb testing.TB, err error) {
	tb.Helper()
	require.Equal(tb, sdk.PermissionDenied, sdk.ErrorCode(err), "%v", err)
	require.ErrorContains(tb, err, "(verification_required)")
}
