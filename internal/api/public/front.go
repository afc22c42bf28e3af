// Package public is what a caller meets before it has credentials: log-in and
// tokens, registration, forgotten passwords, tracked links and probes.
package public

import "net/http"

// Front answers the server's root path with a redirect to a page where people
// can start.
func Front() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		http.Redirect(w, r, "/api/schema/", http.StatusFound)
	})
}
