package feed_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
)

// BenchmarkParseLine measures how fast the line of an order is parsed, because
// most lines of a feed are orders.
func BenchmarkParseLine(b *testing.B) {
	text := []byte(line(feed.OrderClosed, order))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := feed.ParseLine(text)
		require.NoError(b, err)
	}
}
