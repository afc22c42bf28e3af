package sdk_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

const (
	facts      = `{"id":"f1","type":"rate.set","at":"2026-06-01T00:00:00Z","currency":"EUR","usd":"1.08"}` + "\n"
	feedAnswer = `{"accepted":2,"duplicates":1,"unattributed":1,"rejected":[{"line":3,"id":"f3","code":"invalid","message":"country: ...","details":[{"field":"country","code":"invalid","message":"..."}]}],"rejected_count":1}`
)

func brokerFunc(t *testing.T, handle http.HandlerFunc) *sdk.Broker {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	broker, err := sdk.NewBroker(server.URL, "broker-key")
	require.NoError(t, err)
	return broker
}

func wiredBroker(t *testing.T, f wire) *sdk.Broker {
	t.Helper()
	broker, err := sdk.NewBroker("https://partners.example.com", "broker-key", sdk.WithHTTPClient(&http.Client{Transport: f}))
	require.NoError(t, err)
	return broker
}

func TestPushEvents(t *testing.T) {
	t.Parallel()
	var got []byte
	broker := brokerFunc(t, func(w http.ResponseWriter, r *http.Request) {
		expect(t, "POST /broker/v1/events", r.Method+" "+r.URL.RequestURI())
		expect(t, "JWT broker-key", r.Header.Get("Authorization"))
		expect(t, "application/x-ndjson", r.Header.Get("Content-Type"))
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				reply(w, answer{status: 400, body: err.Error()})
				return
			}
			body = unzipped
		}
		got, _ = io.ReadAll(body)
		reply(w, answer{body: feedAnswer})
	})
	random := make([]byte, 300_000)
	_, err := rand.Read(random)
	require.NoError(t, err)
	for name, sent := range map[string]string{"nothing": "", "a line": facts, "much": strings.Repeat(facts, 5000), "hard to compress": hex.EncodeToString(random)} {
		for _, compress := range []bool{false, true} {
			for _, r := range []io.Reader{strings.NewReader(sent), iotest.HalfReader(strings.NewReader(sent)), iotest.DataErrReader(strings.NewReader(sent))} {
				result, err := broker.PushEvents(t.Context(), r, compress)
				require.NoError(t, err, name)
				require.Equal(t, sent, string(got), name)
				require.Equal(t, &sdk.FeedResult{
					Accepted: 2, Duplicates: 1, Unattributed: 1, RejectedCount: 1,
					Rejected: []sdk.Rejection{{Line: 3, ID: "f3", Code: "invalid", Message: "country: ...", Details: []sdk.LineFault{{Field: "country", Code: "invalid", Message: "..."}}}},
				}, result)
			}
		}
	}
}

func TestPushEventsLeavesTheFileOpen(t *testing.T) {
	t.Parallel()
	broker := brokerFunc(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		reply(w, answer{body: feedAnswer})
	})
	name := filepath.Join(t.TempDir(), "facts.ndjson")
	require.NoError(t, os.WriteFile(name, []byte(facts), 0o600))
	file, err := os.Open(name)
	require.NoError(t, err)
	_, err = broker.PushEvents(t.Context(), file, false)
	require.NoError(t, err)
	require.NoError(t, file.Close(), "the caller closes it")
}

func TestPushEventsWaitsWhenTheServerIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		broker := wiredBroker(t, func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if got = append(got, string(body)); len(got) < 3 {
				return throttledResponse("2"), nil
			}
			return respond(200, nil, feedAnswer), nil
		})
		r := strings.NewReader("seen before\n" + facts)
		_, err := r.Seek(int64(len("seen before\n")), io.SeekStart)
		require.NoError(t, err)
		result, err := broker.PushEvents(t.Context(), r, false)
		require.NoError(t, err)
		require.EqualValues(t, 2, result.Accepted)
		require.Equal(t, []string{facts, facts, facts}, got, "the whole body again, from the reader's original offset")

		got = nil
		_, err = broker.PushEvents(t.Context(), io.MultiReader(strings.NewReader(facts)), false)
		require.Equal(t, sdk.Throttled, sdk.ErrorCode(err), "a body that cannot be rewound is not sent again")
		require.Len(t, got, 1)
	})
}

func TestPushEventsFails(t *testing.T) {
	t.Parallel()
	says := func(a answer) *sdk.Broker {
		return brokerFunc(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			reply(w, a)
		})
	}
	broker := says(answer{status: 401, body: `{"code":"AuthenticationFailed","message":"Incorrect authentication credentials"}`})
	_, err := broker.PushEvents(t.Context(), strings.NewReader(facts), false)
	require.Equal(t, sdk.AuthenticationFailed, sdk.ErrorCode(err))
	broken := errors.New("the disk is gone")
	for _, compress := range []bool{false, true} {
		_, err = broker.PushEvents(t.Context(), io.MultiReader(bytes.NewBufferString(facts), iotest.ErrReader(broken)), compress)
		require.ErrorIs(t, err, broken)
	}
	_, err = says(answer{body: `{`}).PushEvents(t.Context(), strings.NewReader(facts), false)
	require.ErrorContains(t, err, "reading the feed's response")
}
