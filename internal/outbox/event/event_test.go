package event_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// TestRewards_AppendJSON checks that AppendJSON writes the same bytes as
// encoding/json.
func TestRewards_AppendJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000)
		rewards := event.Rewards{Currency: rapid.StringMatching(`[A-Z]{3}`).Draw(t, "currency"), Rewards: []event.Reward{}}
		for range rapid.IntRange(0, 4).Draw(t, "rewards") {
			rewards.Rewards = append(rewards.Rewards, event.Reward{
				ClientAccount: rapid.StringMatching(`[0-9]{1,20}`).Draw(t, "account"),
				ClientUID:     id.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uid")),
				Day:           clock.Day(rapid.Int32Range(-1000, 40000).Draw(t, "day")),
				Orders:        amount.Draw(t, "orders"),
				VolumeLots:    money.Lots(amount.Draw(t, "lots")),
				VolumeUSD:     money.Volume(amount.Draw(t, "volume") / rapid.SampledFrom([]int64{1, 10_000, 1_000_000_000_000}).Draw(t, "scale") * 10_000),
				Reward:        money.Amount(amount.Draw(t, "reward")),
				RewardUSD:     money.Amount(rapid.SampledFrom([]int64{0, 1, -1, 10, 100_000, 1_000_000, -1_000_000}).Draw(t, "usd")),
			})
		}
		want, err := json.Marshal(rewards)
		require.NoError(t, err)
		require.Equal(t, string(want), string(rewards.AppendJSON(nil)))
		var back event.Rewards
		require.NoError(t, json.Unmarshal(want, &back))
		require.Equal(t, rewards, back)
	})
}

// TestRewards_Packed checks that packed rewards can be unpacked without a
// change, and that unpacking arbitrary bytes never panics.
func TestRewards_Packed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000)
		rewards := event.Rewards{Currency: rapid.StringMatching(`[A-Z]{0,3}`).Draw(t, "currency"), Rewards: []event.Reward{}}
		for range rapid.IntRange(0, 4).Draw(t, "rewards") {
			rewards.Rewards = append(rewards.Rewards, event.Reward{
				ClientAccount: rapid.StringMatching(`0?[0-9]{1,20}`).Draw(t, "account"), Day: clock.Day(rapid.Int32().Draw(t, "day")),
				Orders: amount.Draw(t, "orders"), VolumeLots: money.Lots(amount.Draw(t, "lots")), VolumeUSD: money.Volume(amount.Draw(t, "volume")),
				Reward: money.Amount(amount.Draw(t, "reward")), RewardUSD: money.Amount(amount.Draw(t, "usd")),
			})
		}
		packed := event.Pack(&rewards)
		back, err := event.UnpackRewards(packed)
		require.NoError(t, err)
		require.Equal(t, &rewards, back)

		cut := packed[:rapid.IntRange(0, len(packed)-1).Draw(t, "cut")]
		_, err = event.UnpackRewards(cut)
		require.Error(t, err)
		_, _ = event.UnpackRewards(rapid.SliceOf(rapid.Byte()).Draw(t, "any bytes"))
	})
}

func TestBand(t *testing.T) {
	t.Parallel()
	for usd, band := range map[string]int{
		"0": 0, "0.000001": 1, "10": 1, "10.01": 2, "50": 2, "50.000001": 3, "250": 3, "1000": 4, "1000.01": 5, "5000": 5, "5000.000001": 6, "9000000": 6, "-1": 0,
	} {
		amount, err := money.Parse[money.Amount](usd)
		require.NoError(t, err)
		require.Equal(t, band, event.Band(amount), usd)
	}
}

// TestAll checks that each type is documented once, and that its example
// decodes into the type of its data.
func TestAll(t *testing.T) {
	t.Parallel()
	seen := map[event.Type]bool{}
	for _, k := range event.All() {
		require.False(t, seen[k.Type], k.Type)
		seen[k.Type] = true
		require.True(t, event.IsKnown(k.Type))
		require.Regexp(t, `^[a-z]+\.[a-z_]+$`, string(k.Type))
		require.True(t, strings.HasSuffix(k.Doc, "."), k.Type)
		e := event.New(id.New(), k.Type, clock.System().Now(), k.Data)
		back := reflect.New(reflect.Indirect(reflect.ValueOf(k.Data)).Type())
		require.NoError(t, json.Unmarshal(e.Data, back.Interface()))
		again, err := json.Marshal(back.Interface())
		require.NoError(t, err)
		require.JSONEq(t, string(e.Data), string(again))
	}
	require.False(t, event.IsKnown(event.Test), "a test message is not an event")
}
