package api

import "net/http"

// Front answers the server's bare address: it leads people on to where they
// can do something.
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
