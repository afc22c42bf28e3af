package feed_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
)

// TestKeys checks that the kinds of keys match the table of fact types.
func TestKeys(t *testing.T) {
	t.Parallel()
	require.True(t, slices.IsSorted(feed.KeyKinds))
	sets := map[feed.Type]string{}
	for _, s := range feed.Specs() {
		if s.Brings != "" {
			require.Contains(t, feed.KeyKinds, s.Brings, s.Type)
			require.Equal(t, s.Type, feed.Bringer(s.Brings))
		}
		fact, err := feed.ParseLine([]byte(s.Example))
		require.NoError(t, err, s.Type)
		if key := feed.Sets(&fact); key != "" {
			kind, name, found := strings.Cut(key, ":")
			require.True(t, found && kind != "" && name != "", "%s sets %q", s.Type, key)
			sets[s.Type] = kind
		}
		fact.Body = nil
		require.Empty(t, feed.Sets(&fact), s.Type)
	}
	require.Equal(t, map[feed.Type]string{
		feed.PartnerRegistered: "partner", feed.ClientRegistered: feed.KindClient, feed.AccountOpened: feed.KindAccount,
		feed.OrderClosed: feed.KindOrder, feed.PayoutPaid: feed.KindPayout, feed.PayoutFailed: feed.KindPayout,
	}, sets, "what can be there only once")
	require.Empty(t, feed.Sets(&feed.Fact{Type: "unknown"}))
}

func TestCodeKeyIgnoresTheSpelling(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"alpha", "ALPHA", "c_alpha", "https://go.example.com/a/alpha?x=1"} {
		require.Equal(t, feed.CodeKey("alpha"), feed.CodeKey(given), given)
	}
	require.NotEqual(t, feed.CodeKey("alpha"), feed.CodeKey("beta"))
}
