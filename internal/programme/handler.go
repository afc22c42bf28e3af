package programme

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/public"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/web"
)

func (b *builder) clickService() *click.Service {
	return click.New(b.recorder, b.signer, b.stores.ClickCodes, b.stores.Campaigns, b.Clock, click.Config{
		Zone: b.zone, Dead: b.DeadLink, Home: public.HomeURL(b.publicURL),
	})
}

// handler returns a handler for the API, the web pages, tracked links, health
// checks and metrics.
func (b *builder) handler(tracked *click.Service, router *httpapi.Router) http.Handler {
	redirect := &public.Redirect{
		Clicks: tracked, Path: b.linkBase.Path, TrustedProxies: b.TrustedProxies, CountryHeader: b.CountryHeader,
		Clock: b.Clock, Logger: b.Logger, Observe: b.metrics.Observe,
	}
	checks := []func(context.Context) error{b.stores.Proof.Check, b.stores.ClicksProof.Check}
	if b.Ready != nil {
		checks = append([]func(context.Context) error{b.Ready}, checks...)
	}
	page := web.Embedded()
	beside := map[string]http.Handler{
		"/": page.Front(), "/favicon.ico": public.Favicon(), "/robots.txt": public.Robots(),
		"/healthz": public.Health(),
		"/readyz": public.Ready(func(ctx context.Context, err error) {
			b.Logger.WarnContext(ctx, "not ready", "error", err)
		}, checks...),
		"/metrics": b.metrics.Handler(),
	}
	return inTurn(b.Logger, beside, redirect, page, httpapi.CORS(b.CORSOrigins, router))
}

// inTurn passes a request to the handler for its path if the path is outside the
// API. Otherwise it tries tracked links, then the partners' web page, and then
// the router. It uses no ServeMux, because a ServeMux changes paths. inTurn
// compares paths exactly as the client sent them. With a ServeMux, /%6detrics
// would also return the metrics, even if a proxy blocks /metrics.
func inTurn(log *slog.Logger, beside map[string]http.Handler, redirect *public.Redirect, page *web.Page, router http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := beside[r.URL.EscapedPath()]; h != nil {
			h.ServeHTTP(w, r)
			log.DebugContext(r.Context(), "responded to a health check", "path", r.URL.Path)
			return
		}
		if redirect.Tracked(r) {
			redirect.ServeHTTP(w, r)
			return
		}
		if page.Takes(r) {
			page.ServeHTTP(w, r)
			return
		}
		router.ServeHTTP(w, r)
	})
}
