package web

import "net/http"

// Front answers the server's root path: with the page for browsers, otherwise
// with a redirect to the API's documents. Without a page everyone is led there.
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
