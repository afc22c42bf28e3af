package httpapi

import (
	"net/http"

	"github.com/rs/cors"
)

// corsMaxAge is how long a browser may cache a preflight response, in seconds.
const corsMaxAge = 600

// exposedHeaders are the response headers that a web page may read.
var exposedHeaders = []string{
	"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id",
	"Idempotent-Replayed", "Content-Disposition", "WWW-Authenticate",
}

// CORS returns a handler that lets web pages of the given origins send requests
// to inner. The requests may have a token or a key, but no cookies. The handler
// responds to preflight requests, and adds the CORS headers to all other
// responses, including errors. Without origins, CORS returns inner unchanged.
func CORS(origins []string, inner http.Handler) http.Handler {
	if len(origins) == 0 {
		return inner
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"*"}, // a page cannot send cookies, so any header is harmless
		ExposedHeaders: exposedHeaders,
		MaxAge:         corsMaxAge,
	}).Handler(inner)
}
