package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/money"
)

func TestRebates(t *testing.T) {
	t.Parallel()
	cli, _, err := parse(t, "serve")
	require.NoError(t, err)
	require.Zero(t, cli.Serve.RebateMinPercent.Percent)
	require.Equal(t, money.Percent(100_0000), cli.Serve.RebateMaxPercent.Percent)
	require.Empty(t, cli.Serve.RebatesExceptCountry)

	cli, _, err = parse(t, "demo", "--rebate-min-percent", "5", "--rebate-max-percent=99.5", "--rebates-except-country", "US", "--rebates-except-country=CA")
	require.NoError(t, err)
	require.Equal(t, money.Percent(5_0000), cli.Demo.RebateMinPercent.Percent)
	require.Equal(t, money.Percent(99_5000), cli.Demo.RebateMaxPercent.Percent)
	require.Equal(t, []string{"US", "CA"}, cli.Demo.RebatesExceptCountry)

	for _, args := range [][]string{
		{"--rebate-min-percent", "-1"},
		{"--rebate-max-percent", "100.01"},
		{"--rebate-max-percent", "1.234"},
		{"--rebate-min-percent", "x"},
		{"--rebate-max-percent", "0"},
		{"--rebate-min-percent", "50", "--rebate-max-percent", "49.99"},
		{"--rebates-except-country", "us"},
		{"--rebates-except-country", "USA"},
	} {
		_, _, err := parse(t, append([]string{"serve"}, args...)...)
		require.Error(t, err, "%q", args)
	}
}
