package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	cli, _, err := config.Parse([]string{"serve"}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, config.Limits{RateLimit: 50, AddressRateLimit: 50, KeyRateLimit: 500}, cli.Serve.Limits)
	cli, _, err = config.Parse([]string{"serve", "--rate-limit=0", "--rate-limit-burst=7", "--address-rate-limit=3", "--key-rate-limit=1000000"}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, config.Limits{RateLimitBurst: 7, AddressRateLimit: 3, KeyRateLimit: 1_000_000}, cli.Serve.Limits)
	for _, wrong := range []string{"--rate-limit=-1", "--rate-limit-burst=1000001", "--address-rate-limit=x", "--key-rate-limit-burst=-5"} {
		_, _, err := config.Parse([]string{"serve", wrong}, nil, nil)
		name, _, _ := strings.Cut(wrong, "=")
		require.ErrorContains(t, err, name)
	}
}

func TestCORSOrigins(t *testing.T) {
	t.Parallel()
	cli, _, err := config.Parse([]string{"serve", "--cors-origin=https://app.example.com", "--cors-origin=http://localhost:3000"}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"https://app.example.com", "http://localhost:3000"}, cli.Serve.CORSOrigin)
	for _, wrong := range []string{
		"*", "https://*.example.com", "null", "app.example.com", "https://app.example.com/", "https://app.example.com/page", "https://App.example.com",
		"ftp://app.example.com", "https://user@app.example.com", "https://app.example.com:443", "https://", "https://app.example.com?x",
	} {
		_, _, err := config.Parse([]string{"serve", "--cors-origin=" + wrong}, nil, nil)
		require.ErrorContains(t, err, "--cors-origin", wrong)
	}
}
