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

const longestWait = 30

// FollowEvents iterates over events until ctx ends. It starts at query.Cursor.
// Each step returns one or more events, and the cursor after the last event:
//
//	for events, err := range partner.FollowEvents(ctx, sdk.EventsQuery{Cursor: saved}) {
//		if err != nil { ... }
//		for _, event := range events.Data { ... }
//		saved = events.NextCursor // store it together with the work on the events
//	}
//
// A program that starts again with the stored cursor misses no event, but may
// get the events of one step twice. If it stores the cursor in the transaction
// of its work, it processes no event twice. An empty cursor starts at the
// oldest event, and the cursor "latest" at the next new event.
//
// If the server is busy or cannot be reached, the iteration waits and
// continues. It ends with an error if ctx ends or the server refuses the
// request. A ValidationError with the detail code expired means that events
// after the cursor have been removed.
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
				wait, passing := isTemporary(err, failures)
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

// someEvents reads the next events. It has a timeout, because a connection can
// be lost without an error.
func (p *Partner) someEvents(ctx context.Context, query EventsQuery, options []CallOption) (*Events, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(query.Wait)*time.Second+time.Minute)
	defer cancel()
	return p.Events(ctx, query, options...)
}

// isTemporary reports whether an error may be temporary, and how long to wait
// before the next attempt.
func isTemporary(err error, failures int) (wait time.Duration, temporary bool) {
	wait = min(time.Second<<min(failures, 5), 30*time.Second)
	if refused, ok := errors.AsType[*Error](err); ok {
		return max(wait, refused.RetryAfter), refused.Status == http.StatusTooManyRequests || refused.Status/100 == 5
	}
	_, unreachable := errors.AsType[*url.Error](err)
	return wait, unreachable || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
