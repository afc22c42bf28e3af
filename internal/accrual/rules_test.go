package accrual_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/feed"
)

func TestEveryTypeHasARule(t *testing.T) {
	t.Parallel()
	for _, s := range feed.Specs() {
		fact, err := feed.ParseLine([]byte(s.Example))
		require.NoError(t, err, s.Type)
		require.True(t, accrual.Ruled(&fact), s.Type)
	}
	require.Equal(t, len(feed.Specs()), accrual.Rules)
}
