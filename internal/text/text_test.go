package text_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/text"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "Real-1", "Ann Müller", "Иван", "山田", "مرحبا", "a\u200fb", "e\u0301", "👍🏽", "\ufffd"} {
		require.NoError(t, text.Line(good), "%q", good)
		require.NoError(t, text.Lines(good), "%q", good)
		require.Empty(t, text.Fault(good), "%q", good)
	}
	for bad, says := range map[string]string{
		"a\x00b":       "control characters are not allowed: remove U+0000",
		"\x1b[2J":      "control characters are not allowed: remove U+001B",
		"a\x7f":        "control characters are not allowed: remove U+007F",
		"a\u0085":      "control characters are not allowed: remove U+0085",
		"\u202egpj":    "characters that change the direction of text are not allowed: remove U+202E",
		"\u202a":       "characters that change the direction of text are not allowed: remove U+202A",
		"a\u2066b":     "characters that change the direction of text are not allowed: remove U+2066",
		"a\u2069":      "characters that change the direction of text are not allowed: remove U+2069",
		"a\xffb":       "this text is not valid UTF-8",
		"\xed\xa0\x80": "this text is not valid UTF-8", // the bytes encode the surrogate U+D800, which UTF-8 does not allow
	} {
		require.EqualError(t, text.Line(bad), says, "%q", bad)
		require.EqualError(t, text.Lines(bad), says, "%q", bad)
		require.True(t, strings.EqualFold(says+".", text.Fault(bad)), "%q", bad)
		require.Equal(t, text.Fault(bad), text.FaultInLines(bad))
	}
	for _, broken := range []string{"a\nb", "a\r\nb", "a\tb", "a\u2028b", "a\u2029b"} {
		require.Error(t, text.Line(broken), "%q", broken)
		require.NoError(t, text.Lines(broken), "%q", broken)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, one := range []string{"a", "ก", "👍", "\u0301", "\xff"} {
		most := strings.Repeat(one, int(text.Name))
		require.False(t, text.Name.Exceeded(most), "%q", one)
		require.Empty(t, text.Name.Fault(most), "%q", one)
		require.True(t, text.Name.Exceeded(most+one), "%q", one)
		require.Equal(t, "Ensure this field has no more than 100 characters.", text.Name.Fault(most+one), "%q", one)
	}
	limit, ok := text.Named("title")
	require.True(t, ok)
	require.Equal(t, text.Title, limit)
	_, ok = text.Named("200")
	require.False(t, ok)
}

func TestClip(t *testing.T) {
	t.Parallel()
	for _, one := range []string{"a", "ก", "👍"} {
		whole := strings.Repeat(one, 64)
		require.Equal(t, whole, text.Clip(whole))
		require.Equal(t, whole+"...", text.Clip(whole+one))
	}
	require.Equal(t, "a\ufffdb", text.Clip("a\xffb"))
}
