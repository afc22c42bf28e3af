package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	for text, expected := range map[string]time.Duration{"30d": 720 * time.Hour, "12h": 12 * time.Hour, "36500d": 36_500 * 24 * time.Hour} {
		var s config.Span
		require.NoError(t, s.UnmarshalText([]byte(text)))
		require.Equal(t, expected, s.Duration)
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5d", "36501d", "99999999999999999999d", "30", "1s", "-1h", "tomorrow"} {
		var s config.Span
		require.Error(t, s.UnmarshalText([]byte(text)), text)
	}
}

func TestTrackingDefaults(t *testing.T) {
	t.Parallel()
	cli, _, err := config.Parse([]string{"serve"}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, 400*24*time.Hour, cli.ClickRetention.Duration)
	require.NoError(t, cli.CheckTracking(30*24*time.Hour))
	cli.ClickRetention.Duration = 29 * 24 * time.Hour
	require.ErrorContains(t, cli.CheckTracking(30*24*time.Hour), "--click-retention")
	dead, err := cli.Serve.DeadLink()
	require.NoError(t, err)
	require.Nil(t, dead)
	for _, bad := range [][]string{
		{"--dead-link-url", "javascript:alert(1)"},
		{"--dead-link-url", "//example.com"},
		{"--dead-link-url", "https://user@example.com"},
		{"--country-header", "CF IPCountry"},
	} {
		_, _, err := config.Parse(append([]string{"serve"}, bad...), nil, nil)
		require.ErrorContains(t, err, bad[0])
	}
}
