package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// worthCompressing is the minimum size in bytes of a response that is
// compressed.
const worthCompressing = 1 << 10

// compressedTypes are the media types of responses that are compressed. Files are
// not compressed, because most of them already are, and because their ETags
// belong to the uncompressed bytes.
var compressedTypes = []string{FormatJSON.Type, FormatCSV.Type}

// compressResponses returns a handler that compresses the responses of inner for
// clients that accept it. It compresses a stream block by block, so that it
// delays at most one block.
func compressResponses(inner http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(worthCompressing), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false),
		gzhttp.SetContentType(false), gzhttp.ContentTypeFilter(func(contentType string) bool {
			mediaType, _, _ := strings.Cut(contentType, ";")
			for _, known := range compressedTypes {
				if strings.EqualFold(strings.TrimSpace(mediaType), known) {
					return true
				}
			}
			return false
		}))
	if err != nil {
		panic(fmt.Errorf("httpapi: compressing responses: %w", err)) // the options are constants, so this cannot happen
	}
	packing := wrap(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if len(req.Header["Accept-Encoding"]) == 0 {
			w.Header().Add("Vary", "Accept-Encoding")
			inner.ServeHTTP(w, req)
			return
		}
		packing.ServeHTTP(w, req)
	})
}
