package agent_test

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

func TestEarns(t *testing.T) {
	t.Parallel()
	limited := money.Amount(1_000_000)
	for _, tt := range []struct {
		name                 string
		share                money.Percent
		limit                *money.Amount
		earned, reward, left money.Amount
		want                 money.Amount
	}{
		{"a share", 25_0000, nil, 0, 2_000_000, 2_000_000, 500_000},
		{"is cut", 33_3300, nil, 0, 1_666_667, 1_666_667, 555_500},
		{"to nothing", 10_0000, nil, 0, 9, 9, 0},
		{"all of it", 100_0000, nil, 0, 7, 7, 7},
		{"none of it", 0, nil, 0, 2_000_000, 2_000_000, 0},
		{"what is left", 25_0000, nil, 0, 2_000_000, 300_000, 300_000},
		{"nothing is left", 25_0000, nil, 0, 2_000_000, 0, 0},
		{"up to the limit", 25_0000, &limited, 700_000, 2_000_000, 2_000_000, 300_000},
		{"at the limit", 25_0000, &limited, 1_000_000, 2_000_000, 2_000_000, 0},
		{"above the limit", 25_0000, &limited, 1_000_001, 2_000_000, 2_000_000, 0},
		{"no sum is too large", 100_0000, nil, math.MaxInt64 - 5, 10, 10, 5},
	} {
		a := agent.Agreement{Terms: agent.Terms{Share: tt.share, Cap: tt.limit}, EarnedUSD: tt.earned}
		got, err := a.Earns(tt.reward, tt.left)
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, got, tt.name)
	}
}

func TestInForce(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	second, first, third := &agent.Agreement{From: day(5)}, &agent.Agreement{From: day(2)}, &agent.Agreement{From: day(9)}
	all := []*agent.Agreement{second, first, third}
	require.Nil(t, agent.InForce(all, day(1)))
	require.Nil(t, agent.InForce(nil, day(1)))
	for at, want := range map[int]*agent.Agreement{2: first, 4: first, 5: second, 8: second, 9: third, 30: third} {
		require.Same(t, want, agent.InForce(all, day(at)), at)
	}
}

type links struct{ agent.Store }

func (links) Link(_ context.Context, ownerID id.UUID, linkID int64) (agent.Link, error) {
	return agent.Link{OwnerID: ownerID, ID: linkID, Code: "code", Alias: "alias"}, nil
}

// FuzzBind checks that Bind either accepts a payload or returns a
// ValidationError, and that no summary has six digits in a row.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", `{"link_id":1,"share_perc":25.5,"cap_amount_usd":1000}`, `{"id":"1","share_perc":"25.50","cap_amount_usd":null}`,
		`{"referral_agent_link_id":1.0,"share_perc":1e1}`, `{"link_id":1e99,"share_perc":-1,"cap_amount_usd":1e99}`, `{"link_id":{},"share_perc":[]}`,
	} {
		f.Add([]byte(seed))
	}
	s := agent.New(links{}, clock.System(), agent.Config{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		bound, err := s.Bind(t.Context(), id.New(), json.RawMessage(payload))
		if err != nil {
			require.Equal(t, fault.ValidationError, fault.CodeOf(err))
			return
		}
		require.NotEmpty(t, bound.Summary)
		require.NotRegexp(t, `\d{6}`, bound.Summary)
	})
}
