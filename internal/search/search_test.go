package search_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/search"
)

// TestFind checks the objects that each text finds.
func TestFind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t,
			p.OpenAccount(programmetest.Client1, "1002", "alpha", ""),
			p.OpenAccount(programmetest.Client1, "1", "alpha", ""),
			p.Order("1001", 5001, "EURUSD", "2026-03-03T10:00:00Z", ""),
			p.Order("1001", 5002, "EURUSD", "2026-03-03T10:00:00Z", ""),
			p.Order("1001", 5001, "EURUSD", "2026-03-03T11:00:00Z", `,"part":2`),
			p.Order("2001", 5001, "EURUSD", "2026-03-03T10:00:00Z", ""),
			p.Fact(feed.OrderReversed, "2026-03-04T10:00:00Z", `"server":"Real","ticket":5002,"client_account":"1001","reason":"test"`),
		)
		campaigns := campaign.New(campaign.NewStore(p.DB), p.Clock, &url.URL{Scheme: "https", Host: "go.example.com"})
		made, err := campaigns.Create(t.Context(), programmetest.Alpha, campaign.Draft{Title: "Spring 1001 sale"})
		require.NoError(t, err)
		s := search.New(search.NewStore(p.DB), campaigns)

		const client = "client " + programmetest.Client1 + " 4"
		for text, want := range map[string][]string{
			"1001":                      {"account 1001 4", "campaign " + made.Code},
			" 100 ":                     {"account 1001 4", "account 1002 0", "campaign " + made.Code},
			"1":                         {"account 1 0", "account 1001 4", "account 1002 0", "campaign " + made.Code},
			"2001":                      {}, // this account belongs to another partner
			"1111":                      {client},
			"11111111-0000-4000":        {client},
			programmetest.Client1:       {client},
			"111":                       {}, // too short for a UUID
			"2222":                      {},
			"ONE@example.com":           {client},
			"one@example":               {},
			"two@example.com":           {},
			"5001":                      {"order Real:5001 2", "order Real:5001-2 2"},
			"Real:5001":                 {"order Real:5001 2", "order Real:5001-2 2"},
			"Real:5001-2":               {"order Real:5001-2 2"},
			"Real:5001-3":               {},
			"Real:05001":                {},
			"Demo:5001":                 {},
			"5002":                      {"order Real:5002 0"}, // reversed
			"50010":                     {},
			"spring":                    {"campaign " + made.Code},
			"%":                         {},
			"":                          {},
			":":                         {},
			"99999999999999999999":      {},
			"\U0010FFFF":                {},
			"' OR 1 = 1 --":             {},
			"1001' AND '1' = '1":        {},
			"11111111-0000-4000-8000-0": {client},
		} {
			found, err := s.Find(t.Context(), programmetest.Alpha, text, 5)
			require.NoError(t, err, text)
			require.Equal(t, want, lines(found), "%q", text)
		}

		found, err := s.Find(t.Context(), programmetest.Alpha, "1", 2)
		require.NoError(t, err)
		require.Len(t, found, 3, "two accounts and one campaign")
		found, err = s.Find(t.Context(), id.Nil, "2001", 5)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func lines(found []search.Result) []string {
	out := make([]string, len(found))
	for i, r := range found {
		out[i] = string(r.Kind) + " " + r.ID
		if r.RewardUSD != nil {
			out[i] += " " + r.RewardUSD.String()
		}
	}
	return out
}
