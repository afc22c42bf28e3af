package public

import (
	"net/http"
)

const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#173647"/>` +
	`<path d="M5 7c6 0 8 9 16 9h6M5 25c6 0 8-9 16-9" fill="none" stroke="#85ea2d" stroke-width="4" stroke-linecap="round"/></svg>`

// Favicon returns the handler of the site's icon.
func Favicon() http.Handler { return staticHandler("image/svg+xml", favicon) }

// Robots returns the handler of robots.txt, which keeps crawlers away from the API. It
// allows tracked links, because messengers obey robots.txt and fetch a link to show a
// preview.
func Robots() http.Handler {
	return staticHandler("text/plain; charset=utf-8", "User-agent: *\nDisallow: /api/\nDisallow: /broker/\n")
}

func staticHandler(mediaType, content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "public, max-age=86400")
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(content)) // an error means that the caller has disconnected
		}
	})
}
