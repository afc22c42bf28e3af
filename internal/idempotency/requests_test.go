package idempotency_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	partnerapi "github.com/tributary-server/tributary/internal/api/partner"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// onePartner is an Authenticator that returns the same partner for every token.
type onePartner id.UUID

func (p onePartner) Authenticate(context.Context, string) (caller.Caller, error) {
	return caller.Caller{Role: caller.Partner, PartnerID: id.UUID(p), TokenID: "t"}, nil
}

// TestOneKeyFiftyRequests sends the same request fifty times at once, through the
// router and the services. A program that retries could do this.
func TestOneKeyFiftyRequests(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		database := open(t)
		p := programmetest.New(database)
		p.MustFeed(t, p.Setting()...)
		partnerID, err := id.Parse(programmetest.PartnerA)
		require.NoError(t, err)
		clk := clock.At(time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC))
		log := slog.New(slog.DiscardHandler)
		partners, err := partner.New(partner.NewStore(database), clk, partner.Config{LinkBase: "https://go.example.com", WakeFacts: p.Accrual.Wake})
		require.NoError(t, err)
		router := httpapi.New(httpapi.Config{
			Authenticator: onePartner(partnerID), Clock: clk, Logger: log, Idempotency: idempotency.New(idempotency.NewSQLStore(database), clk),
		})
		partnerapi.AddPartner(router, partners)

		answers := make([]*httptest.ResponseRecorder, 50)
		var begin, end sync.WaitGroup
		begin.Add(1)
		for i := range answers {
			end.Go(func() {
				req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/partner/links/", strings.NewReader(`{"link_code":"my-code"}`))
				for name, value := range map[string]string{"Authorization": "JWT t", "Content-Type": "application/json", "Idempotency-Key": "8f14e45f"} {
					req.Header.Set(name, value)
				}
				answers[i] = httptest.NewRecorder()
				begin.Wait()
				router.ServeHTTP(answers[i], req)
			})
		}
		begin.Done()
		end.Wait()
		replays := 0
		for _, answer := range answers {
			require.Equal(t, http.StatusCreated, answer.Code, answer.Body.String())
			require.Equal(t, answers[0].Body.String(), answer.Body.String())
			if answer.Header().Get("Idempotent-Replayed") == "true" {
				replays++
			}
		}
		require.Equal(t, 49, replays)
		var links int
		require.NoError(t, database.QueryRow(t.Context(), `SELECT count(*) FROM partner_links WHERE link_code = 'my-code'`).Scan(&links))
		require.Equal(t, 1, links)
	})
}
