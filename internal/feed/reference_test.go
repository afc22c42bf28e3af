package feed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
)

// TestTheReferenceShowsTheTable checks that the parser accepts every example in
// docs/feed.md, and that the document has every field of every type.
func TestTheReferenceShowsTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "feed.md"))
	require.NoError(t, err)
	require.Equal(t, string(feed.Reference()), string(text), "run make generate")
	sections := strings.Split(string(text), "\n### ")
	require.Len(t, sections, len(feed.Specs())+1)
	for i, s := range feed.Specs() {
		section := sections[i+1]
		require.True(t, strings.HasPrefix(section, string(s.Type)+"\n"))
		_, example, found := strings.Cut(section, "```json\n")
		require.True(t, found)
		example, _, _ = strings.Cut(example, "\n")
		fact, err := feed.ParseLine([]byte(example))
		require.NoError(t, err)
		require.Equal(t, s.Type, fact.Type)
		for _, f := range s.Fields {
			require.Contains(t, section, "| `"+f.Name+"` |", s.Type)
		}
	}
}

// TestTheReferenceShowsARefusalAsItIs checks that the parser really returns the
// refusal that docs/feed.md shows.
func TestTheReferenceShowsARefusalAsItIs(t *testing.T) {
	t.Parallel()
	shown := regexp.MustCompile("(?s)```json\n(\\{\"accepted\".*?)\n```").FindSubmatch(feed.Reference())
	require.NotNil(t, shown)
	var answer struct {
		Rejected []struct {
			Code, Message string
			Details       []feed.FieldError
		}
	}
	require.NoError(t, json.Unmarshal(shown[1], &answer))
	_, err := feed.ParseLine([]byte(line(feed.OrderClosed, strings.Replace(order, `"symbol":"EURUSDm"`, `"opne_spread":70`, 1))))
	var bad *feed.LineError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, answer.Rejected[0].Code, bad.Code)
	require.Equal(t, answer.Rejected[0].Message, bad.Message)
	require.Equal(t, answer.Rejected[0].Details, bad.Details)
}
