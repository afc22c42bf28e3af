package httpapi

import (
	"net/http"

	"github.com/rs/cors"
)

// corsMaxAge is how long a browser may remember a preflight, in seconds.
const corsMaxAge = 600

// exposed lists the answer headers that a page may read.
var exposed = []string{
	"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id",
	"Idempotent-Replayed", "Content-Disposition", "WWW-Authenticate",
}

// CORS lets pages of the given origins call next from a browser, with a token
// or key that they hold and never with cookies. It answers preflights itself
// and adds the CORS headers to every other answer, refusals included. Without
// origins it returns next unchanged.
func CORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"*"}, // they give no rights without credentials
		ExposedHeaders: exposed,
		MaxAge:         corsMaxAge,
	}).Handler(next)
}
