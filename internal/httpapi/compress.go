package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// worthCompressing is the size in bytes from which compressing an answer pays.
const worthCompressing = 1 << 10

// compressed lists the media types that compress well and that no one caches by
// their ETag. Files are sent as they are: most are compressed already.
var compressed = []string{FormatJSON.Type, FormatCSV.Type}

// compressing returns a handler that compresses next's answers where the caller
// accepts it. It passes streams on as they are written: the compressor holds
// back one block at most.
func compressing(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(worthCompressing), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false),
		gzhttp.SetContentType(false), gzhttp.ContentTypeFilter(func(contentType string) bool {
			mediaType, _, _ := strings.Cut(contentType, ";")
			for _, known := range compressed {
				if strings.EqualFold(strings.TrimSpace(mediaType), known) {
					return true
				}
			}
			return false
		}))
	if err != nil {
		panic(fmt.Errorf("httpapi: compressing answers: %w", err)) // the options are constants
	}
	packing := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if len(req.Header["Accept-Encoding"]) == 0 {
			w.Header().Add("Vary", "Accept-Encoding")
			next.ServeHTTP(w, req)
			return
		}
		packing.ServeHTTP(w, req)
	})
}
