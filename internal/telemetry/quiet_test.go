package telemetry_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/telemetry"
)

func TestAnUnavailableStoreIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	handler := telemetry.Logger(&out, "info", "text", false).Handler()
	full := fmt.Errorf("booking: %w", &fault.Error{Code: fault.ServiceUnavailable, Cause: errors.New("the disk is full")})
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	say := func(after time.Duration, err error) (said string) {
		out.Reset()
		record := slog.NewRecord(start.Add(after), slog.LevelError, "it failed", 0)
		record.AddAttrs(slog.String("op", "x"), slog.Any("error", err))
		require.NoError(t, handler.WithGroup("").WithAttrs([]slog.Attr{slog.String("a", "b")}).Handle(t.Context(), record))
		return out.String()
	}
	require.Contains(t, say(0, full), "the disk is full")
	for second := range 59 {
		require.Empty(t, say(time.Duration(second)*time.Second, full))
	}
	require.Contains(t, say(30*time.Second, errors.New("another")), "another", "other errors are always logged")
	require.Contains(t, say(time.Minute, full), "like_it_since=59")
	require.Empty(t, say(61*time.Second, full))
	require.Contains(t, say(-time.Hour, full), "like_it_since=1", "a clock that was set back hides no record")
}
