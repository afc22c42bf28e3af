package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// quietTime is the minimum time between two log records about an unavailable
// database.
const quietTime = time.Minute

// quiet is a handler that writes at most one record a minute about an unavailable
// database. Otherwise every request and every job would log the same error, and fill
// a disk that may already be full.
type quiet struct {
	slog.Handler

	said *said
}

// said is the state that a logger and all loggers derived from it share.
type said struct {
	mu     sync.Mutex
	last   time.Time
	hidden int64
}

func newQuiet(next slog.Handler) slog.Handler { return quiet{next, &said{}} }

// Handle writes a record. It drops a record about an unavailable database if it
// wrote such a record less than a minute ago.
func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	if !isUnavailable(record) {
		return q.Handler.Handle(ctx, record)
	}
	hidden, speak := q.said.allow(record.Time)
	if !speak {
		return nil
	}
	if hidden > 0 {
		record = record.Clone()
		record.AddAttrs(slog.Int64("like_it_since", hidden))
	}
	return q.Handler.Handle(ctx, record)
}

func isUnavailable(record slog.Record) (found bool) {
	record.Attrs(func(a slog.Attr) bool {
		err, is := a.Value.Any().(error)
		found = is && fault.CodeOf(err) == fault.ServiceUnavailable
		return !found
	})
	return found
}

// allow reports whether to write a record now. If the result is true, hidden is
// the number of records that were dropped since the last one that was written.
func (s *said) allow(now time.Time) (hidden int64, speak bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if passed := now.Sub(s.last); passed >= 0 && passed < quietTime {
		s.hidden++
		return 0, false
	}
	hidden = s.hidden
	s.last, s.hidden = now, 0
	return hidden, true
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attrs), q.said}
}

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name), q.said} }
