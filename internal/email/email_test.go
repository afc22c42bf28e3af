package email_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/email"
)

func TestValid(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"a@b.co", "ANN@Example.COM", "ann+tag@example.com", "a..b@docomo.ne.jp", "ann.@ezweb.ne.jp", ".ann@example.com", "o'neil@example.com",
		"ann_smith/1=x!#$%&*?^`{|}~@example.com", "иван@почта.рф", "ann@bücher.example", strings.Repeat("a", 64) + "@example.com",
	} {
		require.True(t, email.Valid(good), good)
	}
	for _, bad := range []string{
		"", "ann", "@example.com", "ann@", "ann@localhost", "ann@.com", "ann@example.", "ann@a..b", "ann@-a.com", "ann@a-.com", "ann@a_b.com",
		"a b@example.com", "ann@exam ple.com", "Ann <ann@example.com>", `"ann"@example.com`, "a@b@example.com", "a,b@example.com", "a;b@example.com",
		"ann@example.com,bob@example.com", "ann\n@example.com", "ann\x00@example.com", "\u202eann@example.com", "ann\u00a0@example.com", "ann@[127.0.0.1]",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("a", 64) + ".com", "a@" + strings.Repeat("abcdefg.", 32) + "com", "a\xff@example.com",
	} {
		require.False(t, email.Valid(bad), bad)
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ann@example.com", email.Normal(" Ann@EXAMPLE.com\t"))
}
