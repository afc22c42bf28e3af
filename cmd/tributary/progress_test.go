package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		facts, done, total int64
		took               time.Duration
		want               string
	}{
		{0, 0, 100, 0, "[                              ]   0%  0 facts"},
		{1234567, 50, 100, 10 * time.Second, "[===============               ]  50%  1,234,567 facts, 123,456 a second"},
		{999, 150, 100, time.Second, "[==============================] 100%  999 facts, 999 a second"},
		{10, 70, 0, time.Second, "10 facts, 10 a second"},
	} {
		require.Equal(t, tt.want, line(tt.facts, tt.done, tt.total, tt.took))
	}
}
