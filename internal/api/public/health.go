package public

import (
	"context"
	"net/http"
	"time"
)

const readyTime = 2 * time.Second

// Health returns the handler of GET /healthz. It responds with 200 while the server
// accepts requests.
func Health() http.Handler {
	return probe(func(context.Context) error { return nil })
}

// Ready returns the handler of GET /readyz. It responds with 200 if every check
// succeeds, and otherwise with 503. It passes the error of a failed check to
// onFailure, because the response does not show it.
func Ready(onFailure func(context.Context, error), checks ...func(context.Context) error) http.Handler {
	return probe(func(ctx context.Context) error {
		for _, check := range checks {
			if err := check(ctx); err != nil {
				onFailure(ctx, err)
				return err
			}
		}
		return nil
	})
}

func probe(check func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		status, text := http.StatusOK, "ok\n"
		if check(ctx) != nil {
			status, text = http.StatusServiceUnavailable, "not ready\n"
		}
		w.WriteHeader(status)
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(text)) // an error means that the caller has disconnected
		}
	})
}
