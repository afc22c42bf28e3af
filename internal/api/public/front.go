// Package public declares the operations, pages and handlers that need no
// credentials: log-in and tokens, registration, password reset, tracked links
// and health probes.
package public

import "net/http"

// Front returns the handler of the server's root path. It redirects to the
// documentation of the API.
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
