package drf

import (
	"net/http"

	"github.com/rs/cors"
)

// corsMaxAge is how long a browser may remember a preflight, in seconds.
const corsMaxAge = 600

// exposed are the headers of answers that a page may read.
var exposed = []string{
	"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id",
	"Idempotent-Replayed", "Content-Disposition", "WWW-Authenticate",
}

// CORS lets pages of some origins call next from a browser, with a token or key
// that they hold: never with cookies. It answers preflights itself and gives
// every other answer, refusals too, the headers that a browser asks for. No
// origins: next is left as it is.
func CORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"*"}, // without credentials they give no rights
		ExposedHeaders: exposed,
		MaxAge:         corsMaxAge,
	}).Handler(next)
}
