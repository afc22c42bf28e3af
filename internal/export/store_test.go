package export_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// exportsBundle is a store of exports. It counts the calls that wake the
// worker.
type exportsBundle struct {
	store export.Store
	woken atomic.Int64
	alpha id.UUID
	beta  id.UUID
}

var now = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// TestStore checks that equal requests share one export, that only one process
// works on an export, and that expired exports are removed.
func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, testStore)
}

func testStore(t *testing.T, open func(t *testing.T) db.DB) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *exportsBundle){
		"what is stored":           testStoreContent,
		"the same request":         testStoreSame,
		"the limit":                testStoreMost,
		"concurrent requests":      testStoreAddRace,
		"the order of due exports": testStoreDue,
		"one process at a time":    testStoreClaimRace,
		"leases":                   testStoreHeld,
		"another partner's":        testStoreStranger,
		"expiry":                   testStoreExpire,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &exportsBundle{alpha: id.New(), beta: id.New()}
			b.store = export.NewStore(open(t), func() { b.woken.Add(1) })
			test(t, b)
		})
	}
}

func (*exportsBundle) newExport(partnerID id.UUID, request string, at time.Time) export.Export {
	return export.Export{
		PartnerID: partnerID, ID: id.New(), Report: "orders", Request: request, Status: export.Waiting, Total: 250_000,
		Created: at, Expires: at.Add(export.Life), Until: at,
	}
}

// add requests an export, with no limit on the number of exports.
func (b *exportsBundle) add(t *testing.T, partnerID id.UUID, request string, at time.Time) export.Export {
	t.Helper()
	e, err := b.store.Add(t.Context(), b.newExport(partnerID, request, at), 100)
	require.NoError(t, err)
	return e
}

func (b *exportsBundle) get(t *testing.T, e *export.Export, at time.Time) export.Export {
	t.Helper()
	got, err := b.store.Get(t.Context(), e.PartnerID, e.ID, at)
	require.NoError(t, err)
	return got
}

// claimDue claims each due export for a minute, and returns their requests.
func (b *exportsBundle) claimDue(t *testing.T, at time.Time) (requests []string) {
	t.Helper()
	for {
		e, found, err := b.store.Due(t.Context(), at, at.Add(time.Hour))
		require.NoError(t, err)
		if !found {
			return requests
		}
		claimed, err := b.store.Claim(t.Context(), e, at.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, claimed)
		requests = append(requests, e.Request)
	}
}

func (b *exportsBundle) claim(t *testing.T, e export.Export, until time.Time) export.Export {
	t.Helper()
	claimed, err := b.store.Claim(t.Context(), e, until)
	require.NoError(t, err)
	require.True(t, claimed)
	return b.get(t, &e, now)
}

func testStoreContent(t *testing.T, b *exportsBundle) {
	t.Helper()
	wanted := b.newExport(b.alpha, "/api/reports/orders/?country=TH", now)
	e, err := b.store.Add(t.Context(), wanted, 1)
	require.NoError(t, err)
	require.Equal(t, wanted, e)
	require.Equal(t, wanted, b.get(t, &e, now))
	require.EqualValues(t, 1, b.woken.Load())

	e = b.claim(t, e, now.Add(time.Minute))
	require.Equal(t, export.Running, e.Status)
	require.Equal(t, 1, e.Attempts)

	finished := now.Add(time.Second)
	held := e.Until
	e.Status, e.Written, e.Total, e.Size, e.File, e.Problem = export.Ready, 250_001, 250_001, 1<<33, "x.xlsx", "none"
	e.Finished, e.Expires, e.Until = &finished, finished.Add(export.Life), finished
	kept, err := b.store.Save(t.Context(), e, held, finished)
	require.NoError(t, err)
	require.True(t, kept)
	require.Equal(t, e, b.get(t, &e, finished))
}

func testStoreSame(t *testing.T, b *exportsBundle) {
	t.Helper()
	first := b.add(t, b.alpha, "/a/", now)
	require.Equal(t, first.ID, b.add(t, b.alpha, "/a/", now).ID, "it is still waiting")
	require.NotEqual(t, first.ID, b.add(t, b.alpha, "/b/", now).ID, "another request")
	require.NotEqual(t, first.ID, b.add(t, b.beta, "/a/", now).ID, "another partner")
	running := b.claim(t, first, now.Add(time.Minute))
	require.Equal(t, first.ID, b.add(t, b.alpha, "/a/", now).ID, "it is being made")
	held := running.Until
	running.Status = export.Ready
	_, err := b.store.Save(t.Context(), running, held, now)
	require.NoError(t, err)
	second := b.add(t, b.alpha, "/a/", now)
	require.NotEqual(t, first.ID, second.ID, "it is finished")
	require.NoError(t, b.store.Expire(t.Context(), b.alpha, second.ID, now))
	require.NotEqual(t, second.ID, b.add(t, b.alpha, "/a/", now).ID, "it is deleted")
}

func testStoreMost(t *testing.T, b *exportsBundle) {
	t.Helper()
	var last export.Export
	for i := range 3 {
		last = b.add(t, b.alpha, fmt.Sprintf("/%d/", i), now.Add(time.Duration(i)*time.Second))
	}
	_, err := b.store.Add(t.Context(), b.newExport(b.alpha, "/more/", now), 3)
	require.ErrorIs(t, err, export.ErrTooMany)
	same, err := b.store.Add(t.Context(), b.newExport(b.alpha, "/2/", now), 3)
	require.NoError(t, err, "an existing export can be requested again")
	require.Equal(t, last.ID, same.ID)
	_, err = b.store.Add(t.Context(), b.newExport(b.beta, "/more/", now), 3)
	require.NoError(t, err, "another partner")
	require.NoError(t, b.store.Expire(t.Context(), b.alpha, last.ID, now))
	_, err = b.store.Add(t.Context(), b.newExport(b.alpha, "/more/", now), 3)
	require.NoError(t, err, "one was deleted")

	list, err := b.store.List(t.Context(), b.alpha, now)
	require.NoError(t, err)
	var requests []string
	for _, e := range list {
		requests = append(requests, e.Request)
	}
	require.Equal(t, []string{"/1/", "/more/", "/0/"}, requests, "newest first, then by id")
}

func testStoreAddRace(t *testing.T, b *exportsBundle) {
	t.Helper()
	ids := make([]id.UUID, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			e, err := b.store.Add(context.WithoutCancel(t.Context()), b.newExport(b.alpha, "/a/", now), 100)
			if err == nil {
				ids[i] = e.ID
			}
		})
	}
	all.Wait()
	for _, exportID := range ids {
		require.Equal(t, ids[0], exportID)
	}
	require.NotEqual(t, id.Nil, ids[0])
}

func testStoreDue(t *testing.T, b *exportsBundle) {
	t.Helper()
	for i, request := range []string{"/a1/", "/a2/", "/a3/"} {
		b.add(t, b.alpha, request, now.Add(time.Duration(i)*time.Second))
	}
	b.add(t, b.beta, "/b1/", now.Add(10*time.Second))
	at := now.Add(time.Minute)
	require.Equal(t, []string{"/a1/", "/b1/", "/a2/", "/a3/"}, b.claimDue(t, at), "each partner's first before any partner's second")
	require.Empty(t, b.claimDue(t, at.Add(59*time.Second)), "they are claimed")
	require.Len(t, b.claimDue(t, at.Add(time.Minute)), 4, "the processes that claimed them are gone")
	require.Len(t, b.claimDue(t, at.Add(-2*time.Hour)), 4, "the clock was set back")
	require.Empty(t, b.claimDue(t, now.Add(export.Life+10*time.Second)), "they have expired")
}

func testStoreClaimRace(t *testing.T, b *exportsBundle) {
	t.Helper()
	e := b.add(t, b.alpha, "/a/", now)
	var claimed atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if ok, err := b.store.Claim(context.WithoutCancel(t.Context()), e, now.Add(time.Minute+time.Duration(i))); ok && err == nil {
				claimed.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, claimed.Load())
}

func testStoreHeld(t *testing.T, b *exportsBundle) {
	t.Helper()
	first := b.claim(t, b.add(t, b.alpha, "/a/", now), now.Add(time.Minute))
	held := first.Until
	first.Written, first.Until = 1000, now.Add(2*time.Minute)
	kept, err := b.store.Save(t.Context(), first, held, now)
	require.NoError(t, err)
	require.True(t, kept)

	second := b.claim(t, first, now.Add(5*time.Minute))
	require.Zero(t, second.Written, "a new attempt begins from the first row")
	require.Equal(t, 2, second.Attempts)
	kept, err = b.store.Save(t.Context(), first, first.Until, now)
	require.NoError(t, err)
	require.False(t, kept, "it was taken over")

	require.NoError(t, b.store.Expire(t.Context(), b.alpha, second.ID, now))
	kept, err = b.store.Save(t.Context(), second, second.Until, now)
	require.NoError(t, err)
	require.False(t, kept, "it was deleted")
}

func testStoreStranger(t *testing.T, b *exportsBundle) {
	t.Helper()
	e := b.add(t, b.alpha, "/a/", now)
	_, err := b.store.Get(t.Context(), b.beta, e.ID, now)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.Equal(t, fault.NotFound, fault.CodeOf(b.store.Expire(t.Context(), b.beta, e.ID, now)))
	list, err := b.store.List(t.Context(), b.beta, now)
	require.NoError(t, err)
	require.Empty(t, list)
	require.Equal(t, e, b.get(t, &e, now))
}

func testStoreExpire(t *testing.T, b *exportsBundle) {
	t.Helper()
	running := b.claim(t, b.add(t, b.alpha, "/running/", now), now.Add(time.Minute))
	waiting := b.add(t, b.alpha, "/waiting/", now)
	b.add(t, b.alpha, "/kept/", now)
	for _, e := range []export.Export{running, waiting} {
		require.NoError(t, b.store.Expire(t.Context(), b.alpha, e.ID, now))
		_, err := b.store.Get(t.Context(), b.alpha, e.ID, now)
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		require.Equal(t, fault.NotFound, fault.CodeOf(b.store.Expire(t.Context(), b.alpha, e.ID, now)))
	}
	expired := func(at time.Time) (requests []string) {
		list, err := b.store.Expired(t.Context(), at, 100)
		require.NoError(t, err)
		for _, e := range list {
			requests = append(requests, e.Request)
		}
		return requests
	}
	require.Equal(t, []string{"/waiting/"}, expired(now), "the other's process has not noticed yet")
	require.ElementsMatch(t, []string{"/waiting/", "/running/"}, expired(now.Add(time.Minute)))
	require.NoError(t, b.store.Remove(t.Context(), b.alpha, waiting.ID))
	require.ElementsMatch(t, []string{"/running/", "/kept/"}, expired(now.Add(export.Life)))
}
