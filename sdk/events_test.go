package sdk_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

// history is a server with the events 1, 2 and so on. A cursor is the number of
// the last event. The server waits as long as the request asks.
type history struct {
	known   int
	next    []func() (*http.Response, error) // responses to send before the next events
	cursors []string
	waited  int
}

func (h *history) answer(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	h.cursors = append(h.cursors, query.Get("cursor"))
	if len(h.next) > 0 {
		happens := h.next[0]
		h.next = h.next[1:]
		return happens()
	}
	last := 0
	_, _ = fmt.Sscan(query.Get("cursor"), &last)
	if last == h.known {
		h.waited++
		wait, err := time.ParseDuration(query.Get("wait") + "s")
		if err != nil {
			return nil, err
		}
		select {
		case <-time.After(wait):
			h.known++ // a new event happens while the server waits
			return respond(200, nil, fmt.Sprintf(`{"data":[],"next_cursor":"%d","has_more":false}`, last)), nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return respond(200, nil, fmt.Sprintf(`{"data":[{"id":"e-%d","type":"client.joined"}],"next_cursor":"%d","has_more":false}`, last+1, last+1)), nil
}

func TestFollowsEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &history{known: 2}
		partner := newPartner(t, h.answer)
		var ids []string
		cursor := ""
		for events, err := range partner.FollowEvents(t.Context(), sdk.EventsQuery{}) {
			require.NoError(t, err)
			ids = append(ids, events.Data[0].ID)
			if cursor = events.NextCursor; len(ids) == 3 {
				break
			}
		}
		require.Equal(t, []string{"e-1", "e-2", "e-3"}, ids, "the third happened while it waited")
		require.Equal(t, []string{"", "1", "2", "2"}, h.cursors)
		require.Equal(t, 1, h.waited)

		h.known, h.cursors = 4, nil
		for events, err := range partner.FollowEvents(t.Context(), sdk.EventsQuery{Cursor: cursor}) {
			require.NoError(t, err)
			require.Equal(t, "e-4", events.Data[0].ID, "it continues where it stopped")
			break
		}
	})
}

func TestFollowsEventsThroughTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := func() (*http.Response, error) { return throttledResponse("7"), nil }
		away := func() (*http.Response, error) { return nil, errCut }
		broken := func() (*http.Response, error) { return respond(502, nil, `<html>`), nil }
		half := func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(&brokenBody{})}, nil
		}
		h := &history{known: 1}
		for range 10 {
			h.next = append(h.next, busy, away, broken, half) //nolint:bodyclose // the client closes it
		}
		for events, err := range newPartner(t, h.answer).FollowEvents(t.Context(), sdk.EventsQuery{}) {
			require.NoError(t, err)
			require.Equal(t, "e-1", events.Data[0].ID)
			break
		}
		require.Empty(t, h.next)
	})
}

// brokenBody is a response body that breaks off with an error.
type brokenBody struct{ said bool }

func (c *brokenBody) Read(p []byte) (int, error) {
	if c.said {
		return 0, io.ErrUnexpectedEOF
	}
	c.said = true
	return copy(p, `{"data":[`), nil
}

func TestFollowingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		expired := func() (*http.Response, error) {
			return respond(400, nil, `{"code":"ValidationError","message":"Bad request","details":[{"field":"cursor","message":"...","code":"expired"}]}`), nil
		}
		h := &history{next: []func() (*http.Response, error){expired}}
		steps := 0
		for _, err := range newPartner(t, h.answer).FollowEvents(t.Context(), sdk.EventsQuery{Cursor: "1"}) {
			steps++
			var refused *sdk.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "expired", refused.Details[0].Code)
		}
		require.Equal(t, 1, steps, "a refusal ends the iteration")

		for name, happens := range map[string]func() (*http.Response, error){
			"while the server waits":  nil,
			"while the client pauses": func() (*http.Response, error) { return throttledResponse("25"), nil },
		} {
			h = &history{}
			if happens != nil {
				h.next = []func() (*http.Response, error){happens}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			steps = 0
			for _, err := range newPartner(t, h.answer).FollowEvents(ctx, sdk.EventsQuery{}) {
				steps++
				require.ErrorIs(t, err, context.DeadlineExceeded, name)
			}
			cancel()
			require.Equal(t, 1, steps, name)
		}
	})
}
