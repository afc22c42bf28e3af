package sdk_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

var errCut = errors.New("connection reset by peer")

func TestRepeatsSafeCallsWhenAConnectionBreaks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys, bodies []string
		failures := 0
		partner := newPartner(t, func(r *http.Request) (*http.Response, error) {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			if r.Body != nil {
				text, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				bodies = append(bodies, string(text))
			}
			if failures--; failures >= 0 {
				return nil, errCut
			}
			return respond(201, http.Header{"Idempotent-Replayed": {"true"}, "X-Request-Id": {"r-7"}}, transferred), nil
		})
		in := sdk.CreateWalletTransferIn{FromAccount: "1", ToAccount: "2", Amount: "100.10"}

		failures = 3
		var answer sdk.Answer
		transfer, err := partner.CreateWalletTransfer(t.Context(), in, sdk.WithAnswer(&answer))
		require.NoError(t, err)
		require.Equal(t, sdk.Decimal("91.5"), transfer.ToAmount)
		require.True(t, answer.Replayed)
		require.Equal(t, "r-7", answer.RequestID)
		require.Equal(t, 201, answer.Status)
		require.Len(t, keys, 4)
		require.NotEmpty(t, keys[0])
		require.Equal(t, []string{keys[0], keys[0], keys[0], keys[0]}, keys, "one key for one transfer")
		for _, body := range bodies {
			require.JSONEq(t, `{"from_account":"1","to_account":"2","amount":100.10}`, body)
			require.Contains(t, body, "100.10", "the digits do not change")
		}

		first := keys[0]
		keys = nil
		_, err = partner.CreateWalletTransfer(t.Context(), in)
		require.NoError(t, err)
		require.NotEqual(t, first, keys[0], "another transfer")
		_, err = partner.CreateWalletTransfer(t.Context(), in, sdk.WithIdempotencyKey("my own"))
		require.NoError(t, err)
		require.Equal(t, "my own", keys[1])

		failures, keys = 4, nil
		_, err = partner.CreateWalletTransfer(t.Context(), in)
		require.ErrorIs(t, err, errCut)
		require.Len(t, keys, 4, "three repeats")

		failures, keys = 1, nil
		_, err = partner.UpdateProfile(t.Context(), sdk.UpdateProfileIn{FullName: new("")})
		require.ErrorIs(t, err, errCut, "a PATCH has no key, so it is not repeated")
		require.Len(t, keys, 1)

		failures = 1
		_, err = partner.WalletAccounts(t.Context())
		require.NoError(t, err)
	})
}

func TestWaitsWhenTheStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		partner := newPartner(t, func(*http.Request) (*http.Response, error) {
			if calls++; calls == 1 {
				return respond(503, http.Header{"Retry-After": {"5"}}, `{"code":"ServiceUnavailable","message":"..."}`), nil
			}
			return respond(200, nil, `{"accounts":[]}`), nil
		})
		start := time.Now() //nolint:forbidigo // the fake clock of synctest
		_, err := partner.WalletAccounts(t.Context())
		require.NoError(t, err)
		require.Equal(t, 5*time.Second, time.Since(start)) //nolint:forbidigo // the fake clock of synctest
	})
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	var got http.Header
	partner := newPartner(t, func(r *http.Request) (*http.Response, error) {
		got = r.Header
		return respond(201, nil, `{}`), nil
	})
	_, err := partner.CreateWalletWithdrawal(t.Context(), sdk.CreateWalletWithdrawalIn{},
		sdk.WithTemporaryToken("paid"), sdk.WithHeader("Prefer", "handling=strict"))
	require.NoError(t, err)
	require.Equal(t, "paid", got.Get("X-Temporary-Token"))
	require.Equal(t, "handling=strict", got.Get("Prefer"))
	require.Equal(t, "application/json", got.Get("Accept"))
	require.Equal(t, "application/json", got.Get("Content-Type"))
}

// TestIDsStayInTheirPart checks that any id stays in its part of the path, so
// that it never leads to another operation.
func TestIDsStayInTheirPart(t *testing.T) {
	t.Parallel()
	var path string
	partner := newPartner(t, func(r *http.Request) (*http.Response, error) {
		path = r.URL.EscapedPath()
		return respond(204, nil, ``), nil
	})
	for id, want := range map[string]string{
		"a/b": "a%2Fb", "..": "%2E%2E", ".": "%2E", "a b?c#d": "a%20b%3Fc%23d", "Real-1:7": "Real-1:7", "%2F": "%252F",
	} {
		require.NoError(t, partner.DeletePostback(t.Context(), id))
		require.Equal(t, "/api/v1/postbacks/"+want+"/", path)
	}
	path = ""
	require.ErrorContains(t, partner.DeletePostback(t.Context(), ""), "a path parameter is empty")
	require.Empty(t, path, "nothing was sent")
}

func TestDo(t *testing.T) {
	t.Parallel()
	partner := serve(t, map[string]answer{
		"POST /api/new/?a=1": {status: 201, body: `{"made":"45"}`},
		"DELETE /api/new/":   {status: 204},
		"GET /api/new/":      {body: `not JSON`},
	})
	var made struct{ Made string }
	require.NoError(t, partner.Do(t.Context(), http.MethodPost, "/api/new/", url.Values{"a": {"1"}}, map[string]int{"n": 1}, &made))
	require.Equal(t, "45", made.Made)
	require.NoError(t, partner.Do(t.Context(), http.MethodDelete, "/api/new/", nil, nil, &made))
	require.ErrorContains(t, partner.Do(t.Context(), http.MethodGet, "/api/new/", nil, nil, &made), "reading the response to /api/new/")
	require.NoError(t, partner.Do(t.Context(), http.MethodGet, "/api/new/", nil, nil, nil), "an ignored answer")
	require.Error(t, partner.Do(t.Context(), http.MethodGet, "/api/new/", nil, make(chan int), nil), "no JSON")
}
