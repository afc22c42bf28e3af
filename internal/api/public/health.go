package public

import (
	"context"
	"net/http"
	"time"
)

// readyTime bounds how long all checks together may take.
const readyTime = 2 * time.Second

// Health answers 200 as soon as the server accepts requests: GET /healthz.
func Health() http.Handler {
	return probe(func(context.Context) error { return nil })
}

// Ready answers 200 when every check passes (the store answers, its schema is
// current), and 503 otherwise: GET /readyz. It reports a failed check to
// failed; the answer does not contain the error.
func Ready(failed func(context.Context, error), checks ...func(context.Context) error) http.Handler {
	return probe(func(ctx context.Context) error {
		for _, check := range checks {
			if err := check(ctx); err != nil {
				failed(ctx, err)
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
			_, _ = w.Write([]byte(text)) // a caller that went away needs no answer
		}
	})
}
