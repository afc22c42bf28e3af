package partner

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/httpapi"
)

// applyRange reduces a response with an ETag to the byte range that the request
// asks for, because browsers need ranges to seek in a video. The response stays
// complete if the request has several ranges, a range that begins after the end,
// or a unit other than bytes. RFC 9110 allows this. This API never returns a 416
// response or a response of several parts, as http.ServeContent would.
func applyRange(req *httpapi.Request, res httpapi.Response) httpapi.Response {
	if res.Body == nil { // a 304 response has no body
		return res
	}
	res.Header.Set("Accept-Ranges", "bytes")
	asked := req.HTTP.Header.Values("Range")
	if req.HTTP.Method != http.MethodGet || len(asked) != 1 {
		return res
	}
	if known := req.HTTP.Header.Get("If-Range"); known != "" && known != res.Header.Get("ETag") {
		return res // the caller has a part of another version, so it needs the complete content
	}
	size := int64(len(res.Body))
	first, end, found := readRange(asked[0], size)
	if !found {
		return res
	}
	res.Status, res.Body = http.StatusPartialContent, res.Body[first:end]
	res.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, end-1, size))
	return res
}

// readRange parses bytes=first-last, bytes=first- or bytes=-count, for content of
// the given size in bytes. The range begins at first and ends before end.
func readRange(text string, size int64) (first, end int64, found bool) {
	unit, spec, _ := strings.Cut(text, "=")
	from, to, isRange := strings.Cut(strings.TrimSpace(spec), "-")
	if !strings.EqualFold(unit, "bytes") || !isRange {
		return 0, 0, false
	}
	last := size - 1
	if to != "" {
		n, err := strconv.ParseUint(to, 10, 63)
		if err != nil {
			return 0, 0, false
		}
		last = int64(n)
	}
	if from == "" {
		if to == "" {
			return 0, 0, false
		}
		return max(0, size-last), size, last > 0 && size > 0
	}
	n, err := strconv.ParseUint(from, 10, 63)
	if err != nil {
		return 0, 0, false
	}
	first, end = int64(n), min(last, size-1)+1
	return first, end, first <= last && first < size
}
