package click_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
)

// TestTooManyClicks checks that Add refuses clicks when the queue is full. It
// must neither lose an accepted click nor block forever.
func TestTooManyClicks(t *testing.T) {
	t.Parallel()
	const queue = 4
	m := &memoryStore{hold: make(chan struct{})}
	r := click.NewRecorder(t.Context(), m, queue)
	answers := make(chan error, 40)
	for range 40 {
		go func() { answers <- r.Add(t.Context(), click.Click{PartnerID: owner}, click.Visitor{}) }()
	}
	// Some clicks are in the transaction that is running, and some are in the
	// queue. All others are refused at once.
	refused := 0
	for range 40 - 2*(queue+1) {
		require.ErrorIs(t, <-answers, click.ErrBusy)
		refused++
	}
	close(m.hold)
	kept := 0
	for range 40 - refused {
		if err := <-answers; err == nil {
			kept++
		} else {
			require.ErrorIs(t, err, click.ErrBusy)
		}
	}
	require.Positive(t, kept)
	r.Close()
	require.ErrorIs(t, r.Add(t.Context(), click.Click{}, click.Visitor{}), click.ErrBusy)
}

func TestAClickThatIsNotKept(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	s, _ := follow(t, &memoryStore{err: full}, click.DefaultQueue)
	_, err := s.Follow(t.Context(), click.Request{Code: "alpha", Kind: click.Counted})
	require.ErrorIs(t, err, full)
}

func TestHourOf(t *testing.T) {
	t.Parallel()
	kathmandu := time.FixedZone("+05:45", 5*3600+45*60)
	hour := click.HourOf(time.Date(2026, 3, 1, 18, 30, 0, 0, time.UTC), kathmandu) // this is 00:15 on 2 March in Kathmandu
	require.EqualValues(t, 0, hour%24)
	require.Equal(t, "2026-03-02", click.DayOf(hour).String())
}
