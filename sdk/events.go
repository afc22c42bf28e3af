package sdk

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// longestWait is how long the server keeps a call for events open, in seconds.
const longestWait = 30

// FollowEvents iterates over events, starting at query.Cursor, until ctx ends.
// Each step returns at least one event, and the cursor after the last one:
//
//	for events, err := range partner.FollowEvents(ctx, sdk.EventsQuery{Cursor: saved}) {
//		if err != nil { ... }
//		for _, event := range events.Data { ... }
//		saved = events.NextCursor // keep it with the work on the events
//	}
//
// A program that starts again from the stored cursor misses nothing. It gets at
// most the events of one step twice, and none if it stores the cursor in the
// same transaction as its work. An empty cursor starts at the oldest event,
// "latest" at the next new one.
//
// If the server is busy or unreachable, the iteration waits and continues. It
// ends with an error when ctx ends, and when the server refuses: a
// ValidationError with the detail expired means that the cursor is older than
// the events that are kept.
func (p *Partner) FollowEvents(ctx context.Context, query EventsQuery, options ...CallOption) iter.Seq2[*Events, error] {
	if query.Wait == 0 {
		query.Wait = longestWait
	}
	return func(yield func(*Events, error) bool) {
		query, failures := query, 0
		for {
			events, err := p.someEvents(ctx, query, options)
			switch {
			case ctx.Err() != nil:
				yield(nil, ctx.Err())
				return
			case err != nil:
				wait, passing := passes(err, failures)
				if !passing {
					yield(nil, err)
					return
				}
				failures++
				if pause(ctx, wait) != nil {
					yield(nil, ctx.Err())
					return
				}
				continue
			case len(events.Data) > 0 && !yield(events, nil):
				return
			}
			query.Cursor, failures = events.NextCursor, 0
		}
	}
}

// someEvents reads the next events. It gives up on a connection that died
// without an error.
func (p *Partner) someEvents(ctx context.Context, query EventsQuery, options []CallOption) (*Events, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(query.Wait)*time.Second+time.Minute)
	defer cancel()
	return p.Events(ctx, query, options...)
}

// passes reports whether an error may be temporary, and how long to wait then.
func passes(err error, failures int) (wait time.Duration, passing bool) {
	wait = min(time.Second<<min(failures, 5), 30*time.Second)
	if refused, ok := errors.AsType[*Error](err); ok {
		return max(wait, refused.RetryAfter), refused.Status == http.StatusTooManyRequests || refused.Status/100 == 5
	}
	_, unreachable := errors.AsType[*url.Error](err)
	return wait, unreachable || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
