package partner_test

// These tests send raw requests, because they are about the headers of range requests.

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPromo_Ranges(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	object(t, w.Uploads(t, "broker", "POST", library, picture(t, 64, 20), "kind", "banner", "title", "Gold"), http.StatusCreated)
	for token, target := range map[string]string{"a": shelf + "1/file/", "": "/promo/files/1-1/"} {
		whole := w.Send(t, token, "GET", target, nil)
		require.Equal(t, "bytes", whole.Header().Get("Accept-Ranges"))
		content, tag, size := whole.Body.String(), whole.Header().Get("ETag"), whole.Body.Len()
		total := "/" + strconv.Itoa(size)
		last := strconv.Itoa(size - 1)
		for asked, want := range map[string]struct{ span, body string }{
			"bytes=0-":                          {"0-" + last, content},
			"bytes=0-0":                         {"0-0", content[:1]},
			"bytes=8-15":                        {"8-15", content[8:16]},
			"Bytes= 8-15":                       {"8-15", content[8:16]},
			"bytes=10-99999999":                 {"10-" + last, content[10:]},
			"bytes=-5":                          {strconv.Itoa(size-5) + "-" + last, content[size-5:]},
			"bytes=-9999999":                    {"0-" + last, content},
			"bytes=" + last + "-":               {last + "-" + last, content[size-1:]},
			"bytes=" + strconv.Itoa(size):       {},
			"bytes=" + strconv.Itoa(size) + "-": {},
			"bytes=0-1,3-4":                     {},
			"bytes=5-4":                         {},
			"bytes=-0":                          {},
			"bytes=-":                           {},
			"bytes=+1-2":                        {},
			"bytes=1--2":                        {},
			"bytes=0-9223372036854775807":       {"0-" + last, content},
			"bytes=0-9223372036854775808":       {},
			"lines=0-1":                         {},
			"":                                  {},
		} {
			got := w.Send(t, token, "GET", target, nil, "Range", asked)
			require.Equal(t, tag, got.Header().Get("ETag"), asked)
			require.Equal(t, whole.Header().Get("Content-Type"), got.Header().Get("Content-Type"))
			require.Equal(t, whole.Header().Get("Cache-Control"), got.Header().Get("Cache-Control"))
			if want.span == "" {
				require.Equal(t, http.StatusOK, got.Code, asked)
				require.Equal(t, content, got.Body.String(), asked)
				require.Empty(t, got.Header().Get("Content-Range"), asked)
				continue
			}
			require.Equal(t, http.StatusPartialContent, got.Code, asked)
			require.Equal(t, "bytes "+want.span+total, got.Header().Get("Content-Range"))
			require.Equal(t, want.body, got.Body.String(), asked)
			require.Equal(t, strconv.Itoa(len(want.body)), got.Header().Get("Content-Length"))
		}
		require.Equal(t, http.StatusNotModified, w.Send(t, token, "GET", target, nil, "Range", "bytes=0-1", "If-None-Match", tag).Code)
		require.Equal(t, http.StatusPartialContent, w.Send(t, token, "GET", target, nil, "Range", "bytes=0-1", "If-Range", tag).Code)
		for _, other := range []string{`"x"`, "W/" + tag, "Tue, 30 Jun 2026 12:00:00 GMT"} {
			require.Equal(t, http.StatusOK, w.Send(t, token, "GET", target, nil, "Range", "bytes=0-1", "If-Range", other).Code, other)
		}
	}
	head, asked := httptest.NewRecorder(), httptest.NewRequest(http.MethodHead, "/promo/files/1-1/", nil)
	asked.Header.Set("Range", "bytes=0-1")
	w.Router.ServeHTTP(head, asked)
	require.Equal(t, http.StatusOK, head.Code)
}
