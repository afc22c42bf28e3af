package web

import "net/http"

// Front returns the handler for the path /. It serves the page to browsers, and
// redirects other callers to the API's documentation. If the binary has no page, it
// redirects every caller.
func (p *Page) Front() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Add("Vary", "Accept")
		switch {
		case p.Takes(r):
			p.ServeHTTP(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
		default:
			http.Redirect(w, r, "/api/schema/", http.StatusFound)
		}
	})
}
