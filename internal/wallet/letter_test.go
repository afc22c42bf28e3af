package wallet_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/wallet"
)

// TestSpelled checks that a reader of the mail can tell two destinations apart.
func TestSpelled(t *testing.T) {
	t.Parallel()
	for destination, want := range map[string]string{
		"DE89370400440532013000":                     "DE89 3704 0044 0532 0130 00",
		"DE89 3704 0044 0532 0130 00":                "DE89 3704 0044 0532 0130 00",
		"4111111111111111":                           "4111 1111 1111 1111",
		"ann@example.com":                            "ann@example.com",
		"0x52908400098527886E0F7030069857D2E4169EE7": "0x52 9084 0009 8527 886E 0F70 3006 9857 D2E4 169E E7",
		"1234": "1234", "": "",
		strings.Repeat("1", 100) + strings.Repeat("2", 100): strings.TrimSpace(strings.Repeat("1111 ", 8)) + " ... " + strings.TrimSpace(strings.Repeat("2222 ", 8)),
	} {
		require.Equal(t, want, wallet.Spelled(destination))
		require.NotRegexp(t, `\d{6}`, wallet.Spelled(destination))
	}
	require.NotEqual(t, wallet.Spelled("DE89370400440532013000"), wallet.Spelled("DE89370400440532013001"))
	require.NotEqual(t, wallet.Spelled("0x52908400098527886E0F7030069857D2E4169EE7"), wallet.Spelled("0x529084000985278860000030069857D2E4169EE7"))
}
