package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

// TestStream_ASlowReaderHoldsNothing checks that a handler can write its whole
// response without waiting for a slow reader, and that the reader still gets all
// of it. The handler can therefore release its snapshot of the database early.
func TestStream_ASlowReaderHoldsNothing(t *testing.T) {
	t.Parallel()
	const pieces, size = 300, 64 << 10 // far more bytes than the sockets and the memory of the spool can hold
	made := make(chan struct{})
	b := setup(t)
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/rows/", ID: "rows", Access: httpapi.Public}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv", Stream: func(w io.Writer) error {
				defer close(made)
				for i := range pieces {
					if _, err := w.Write(bytes.Repeat([]byte{byte('a' + i%26)}, size)); err != nil {
						return err
					}
				}
				return nil
			}}, nil
		})
	server := httptest.NewServer(b.router)
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/rows/", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	select {
	case <-made:
	case <-time.After(30 * time.Second):
		require.Fail(t, "the answer waits for its reader")
	}
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Len(t, text, pieces*size)
	for i := range pieces {
		require.Equal(t, byte('a'+i%26), text[i*size], i)
		require.Equal(t, byte('a'+i%26), text[(i+1)*size-1], i)
	}
}

// TestStream_OneOwnerHasAFew checks that one owner cannot use all slots for
// streams.
func TestStream_OneOwnerHasAFew(t *testing.T) {
	t.Parallel()
	inside := make(chan struct{})
	end := make(chan struct{})
	b := setup(t)
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/rows/", ID: "rows", Access: partners}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv", Stream: func(w io.Writer) error {
				inside <- struct{}{}
				<-end
				_, err := fmt.Fprintln(w, "a")
				return err
			}}, nil
		})
	done := make(chan int, 10)
	for range 4 {
		go func() { done <- b.call(t, http.MethodGet, "/api/rows/", "", "Authorization", "JWT partner").Code }()
	}
	for range 4 {
		<-inside
	}
	refused := b.call(t, http.MethodGet, "/api/rows/", "", "Authorization", "JWT key") // another credential of the same partner
	problem(t, refused, http.StatusTooManyRequests, "Throttled")
	require.NotEmpty(t, refused.Header().Get("Retry-After"))
	close(end)
	for range 4 {
		require.Equal(t, http.StatusOK, <-done)
	}
	go func() { <-inside }()
	require.Equal(t, http.StatusOK, b.call(t, http.MethodGet, "/api/rows/", "", "Authorization", "JWT key").Code)
}

func TestStream_APanicIsAServerError(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/rows/", ID: "rows", Access: httpapi.Public}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv", Stream: func(io.Writer) error { panic(errors.New("on purpose")) }}, nil
		})
	problem(t, b.call(t, http.MethodGet, "/api/rows/", ""), http.StatusInternalServerError, "APIException")
}
