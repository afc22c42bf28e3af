package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

// TestOrders_ByID specifies which rows the filter order_id finds.
func TestOrders_ByID(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t,
			p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("1001", 1, "EURUSD", "2026-03-02T10:00:00Z", `,"part":2`),
			p.Order("1001", 2, "EURUSD", "2026-03-03T10:00:00Z", ``), p.Order("2001", 3, "EURUSD", "2026-03-04T10:00:00Z", ``),
			p.Fact(feed.OrderReversed, "2026-03-05T10:00:00Z", `"server":"Real","ticket":2,"client_account":"1001","reason":"test"`))
		service := report.NewService(report.NewSQLStore(p.DB), clock.At(programmetest.Now), report.Options{})
		many := make([]string, 100)
		for i := range many {
			many[i] = fmt.Sprintf("Real:%d", i+1)
		}
		for ids, want := range map[string][]string{
			"Real:1":                {"Real:1 2"},
			"Real:1-2":              {"Real:1-2 2"},
			"Real:2":                {"Real:2 -2", "Real:2 2"}, // the order and its reversal
			"Real:3":                nil,                       // an order of another partner
			"Demo:1":                nil,
			"Real:1,Real:1-2":       {"Real:1 2", "Real:1-2 2"},
			strings.Join(many, ","): {"Real:1 2", "Real:2 -2", "Real:2 2"},
		} {
			answer, err := service.Prepare(definition(t, "orders"), &report.Request{PartnerID: programmetest.Alpha, Params: url.Values{"order_id": {ids}}})
			require.NoError(t, err, ids)
			var out bytes.Buffer
			require.NoError(t, answer.Write(t.Context(), &out), ids)
			var list struct {
				Data []struct {
					ID  string      `json:"order_id"`
					USD json.Number `json:"reward_usd"`
				} `json:"data"`
			}
			require.NoError(t, json.Unmarshal(out.Bytes(), &list))
			var found []string
			for _, row := range list.Data {
				usd, err := row.USD.Float64()
				require.NoError(t, err)
				found = append(found, fmt.Sprint(row.ID, " ", usd))
			}
			slices.Sort(found)
			require.Equal(t, want, found, ids)
		}
	})
}
