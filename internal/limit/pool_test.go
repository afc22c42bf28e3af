package limit_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
)

// queue starts a caller that waits for the only slot. When the caller gets the
// slot, it appends its name to served and releases the slot.
func queue(t *testing.T, p *limit.Pool, name string, first bool, served *[]string) {
	t.Helper()
	go func() {
		leave, err := p.Enter(t.Context(), name, first)
		if err == nil {
			*served = append(*served, name) // the only slot protects served from concurrent appends
			leave()
		}
	}()
	synctest.Wait()
}

func TestPoolServesOwnersInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := limit.NewPool(limit.PoolConfig{Size: 1, Queue: 100, Patience: time.Hour})
		leave, err := p.Enter(t.Context(), "hog", false)
		require.NoError(t, err)
		var got []string
		for range 3 {
			queue(t, p, "hog", false, &got)
		}
		queue(t, p, "a", false, &got)
		queue(t, p, "b", false, &got)
		queue(t, p, "a", false, &got)
		queue(t, p, "friend", true, &got)
		require.Equal(t, limit.Load{Used: 1, Waiting: 7}, p.Load())
		leave()
		leave() // a second call of leave has no effect
		synctest.Wait()
		require.Equal(t, []string{"friend", "a", "b", "hog", "a", "hog", "hog"}, got)
		require.Zero(t, p.Load())
	})
}

func TestPoolKeepsAPlaceForAnother(t *testing.T) {
	t.Parallel()
	p := limit.NewPool(limit.PoolConfig{Size: 3})
	for range 2 {
		_, err := p.Enter(t.Context(), "hog", false)
		require.NoError(t, err)
	}
	_, err := p.Enter(t.Context(), "hog", false)
	require.Equal(t, fault.Throttled, fault.CodeOf(err))
	leave, err := p.Enter(t.Context(), "another", false)
	require.NoError(t, err)
	_, err = p.Enter(t.Context(), "a third", false)
	require.Equal(t, fault.Throttled, fault.CodeOf(err))
	leave()
	_, err = p.Enter(t.Context(), "a third", false)
	require.NoError(t, err)
}

func TestPoolRefusesALongWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := limit.NewPool(limit.PoolConfig{Size: 1, Queue: 4, Patience: 10 * time.Second, Code: fault.ServiceUnavailable})
		leave, err := p.Enter(t.Context(), "a", false)
		require.NoError(t, err)
		began := time.Now() //nolint:forbidigo // synctest controls this clock
		_, err = p.Enter(t.Context(), "b", false)
		require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err))
		require.Equal(t, 10*time.Second, time.Since(began)) //nolint:forbidigo // synctest controls this clock

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = p.Enter(ctx, "b", false)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, limit.Load{Used: 1}, p.Load(), "a caller that gave up no longer waits")

		var got []string
		for range 2 {
			queue(t, p, "b", false, &got)
		}
		_, err = p.Enter(t.Context(), "b", false)
		require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err), "one owner may fill half of the queue")
		queue(t, p, "c", false, &got)
		queue(t, p, "c", false, &got)
		_, err = p.Enter(t.Context(), "d", false)
		require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err), "the queue is full")
		leave()
		synctest.Wait()
		require.Equal(t, []string{"b", "c", "b", "c"}, got)
	})
}

// TestPoolModel lets callers arrive, wait, give up and leave at random. It checks
// that no slot is given twice or lost, and that no caller waits while there is a
// free slot for it.
func TestPoolModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 3
		p := limit.NewPool(limit.PoolConfig{Size: size, Queue: 20, Patience: 50 * time.Millisecond})
		var inside, entered, refused atomic.Int64
		var all sync.WaitGroup
		for i := range 200 {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			all.Go(func() {
				for range 20 {
					time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+random.IntN(80))*time.Millisecond)
					leave, err := p.Enter(ctx, strconv.Itoa(i%5), random.IntN(9) == 0)
					cancel()
					if err != nil {
						refused.Add(1)
						continue
					}
					entered.Add(1)
					if now := inside.Add(1); now > size {
						t.Errorf("%d are inside", now)
					}
					time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
					inside.Add(-1)
					leave()
				}
			})
		}
		all.Wait()
		require.Zero(t, p.Load())
		require.Greater(t, entered.Load(), int64(500))
		require.Greater(t, refused.Load(), int64(100))
	})
}
