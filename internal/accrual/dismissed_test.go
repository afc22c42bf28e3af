package accrual_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	free "github.com/tributary-server/tributary/internal/text"
)

func TestDismissed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"a dismissed fact has no effect":       dismissedHasNoEffect,
			"a dismissal is taken back":            dismissalTakenBack,
			"what cannot be dismissed":             notDismissed,
			"an order that was sent again rightly": dismissedOrderSentAgain,
			"waiting facts are listed":             waitingListed,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				test(t, p)
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

func mustDismiss(t *testing.T, p *programmetest.Programme, ids ...string) {
	t.Helper()
	done, err := p.Accrual.Dismiss(t.Context(), ids, "a typo")
	require.NoError(t, err)
	require.Equal(t, accrual.Dismissed{Changed: len(ids)}, done)
}

func idOf(t *testing.T, line string) string {
	t.Helper()
	fact, err := feed.ParseLine([]byte(line))
	require.NoError(t, err)
	return fact.ID
}

func dismissedHasNoEffect(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	order := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)
	require.EqualValues(t, 1, p.Feed(t, order).Unattributed)
	mustDismiss(t, p, idOf(t, order))
	require.Zero(t, p.Health(t).Total())
	require.Zero(t, p.Health(t).Orders, "an order that was dismissed has not arrived")
	again, err := p.Accrual.Dismiss(t.Context(), []string{idOf(t, order)}, "once more")
	require.NoError(t, err)
	require.Equal(t, accrual.Dismissed{Already: 1}, again)
	p.MustFeed(t, setting...)
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA), "no later fact gives it an effect")
	require.EqualValues(t, 1, p.Feed(t, order).Duplicates)
	require.EqualValues(t, 1, p.Feed(t, strings.Replace(order, `"lots":1`, `"lots":2`, 1)).RejectedCount, "its id stays taken")
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM audit_log WHERE action = 'fact.dismissed'`))
}

func dismissalTakenBack(t *testing.T, p *programmetest.Programme) {
	order := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)
	reversed := p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`)
	p.Feed(t, order, reversed)
	mustDismiss(t, p, idOf(t, order), idOf(t, reversed))
	done, err := p.Accrual.Restore(t.Context(), []string{idOf(t, order)})
	require.NoError(t, err)
	require.Equal(t, accrual.Dismissed{Changed: 1}, done)
	require.EqualValues(t, 1, p.Health(t).Total(), "it waits again")
	p.MustFeed(t, p.Setting()...)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA), "the reversal stays dismissed")
	done, err = p.Accrual.Restore(t.Context(), []string{idOf(t, reversed)})
	require.NoError(t, err)
	require.Equal(t, accrual.Dismissed{Changed: 1}, done)
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA), "what it waited for is there: it takes effect at once")
	require.Zero(t, p.Health(t).Total())
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM audit_log WHERE action = 'fact.restored'`))
}

func notDismissed(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	booked, waits := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("9", 2, "EURUSD", "2026-03-01T10:00:00Z", ``)
	p.Feed(t, booked, waits)
	for _, c := range []struct {
		ids           []string
		reason, field string
	}{
		{[]string{idOf(t, waits), idOf(t, booked)}, "x", "fact_ids"},
		{[]string{"never-came"}, "x", "fact_ids"},
		{nil, "x", "fact_ids"},
		{make([]string, accrual.MaxDismissed+1), "x", "fact_ids"},
		{[]string{idOf(t, waits)}, "  ", "reason"},
		{[]string{idOf(t, waits)}, strings.Repeat("x", int(free.Reason)+1), "reason"},
	} {
		_, err := p.Accrual.Dismiss(t.Context(), c.ids, c.reason)
		require.Equal(t, fault.ValidationError, fault.CodeOf(err))
		require.ErrorContains(t, err, c.field)
	}
	require.EqualValues(t, 1, p.Health(t).Total(), "none of them, since one could not be")
	_, err := p.Accrual.Restore(t.Context(), []string{idOf(t, booked)})
	require.Equal(t, fault.ValidationError, fault.CodeOf(err))
}

// dismissedOrderSentAgain checks that after a wrong order has been dismissed,
// the correct order is booked under another id. It stays booked when the wrong
// order is restored.
func dismissedOrderSentAgain(t *testing.T, p *programmetest.Programme) {
	wrong := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)
	p.Feed(t, wrong)
	mustDismiss(t, p, idOf(t, wrong))
	right := p.Order("1001", 1, "EURUSD", "2026-03-01T11:00:00Z", ``)
	same := p.Order("1001", 1, "EURUSD", "2026-03-01T11:00:00Z", ``)
	require.EqualValues(t, 1, p.Feed(t, right).Accepted)
	mustDismiss(t, p, idOf(t, right))
	require.EqualValues(t, 1, p.Feed(t, same).Accepted)
	p.MustFeed(t, p.Setting()...)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	_, err := p.Accrual.Restore(t.Context(), []string{idOf(t, wrong), idOf(t, right)})
	require.NoError(t, err)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA), "one order is paid once")
	h := p.Health(t)
	require.EqualValues(t, 1, h.Total(), "the one that disagrees; the one that agrees is a duplicate")
	require.Equal(t, []string{"conflict"}, h.Waiting[0].Keys)
	require.EqualValues(t, 2, h.Orders)
	mustDismiss(t, p, idOf(t, wrong))
	require.Zero(t, p.Health(t).Total())
	require.EqualValues(t, 1, p.Health(t).Orders)
}

func waitingListed(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	order, deposit := p.Order("7001", 1, "EURUSD", "2026-06-02T10:00:00Z", ``), p.Fact(feed.DepositReceived, "2026-06-01T00:00:00Z", `"client_account":"7001","amount_usd":"0.10"`)
	symbol := p.Order("1001", 3, "GBPUSD", "2026-06-04T10:00:00Z", ``)
	p.Feed(t, order, deposit, symbol)
	box := inbox.NewStore(p.DB)
	list := func(f inbox.Filter) (ids []string) {
		t.Helper()
		if f.Page.Limit == 0 {
			f.Page.Limit = 100
		}
		facts, count, err := box.Facts(t.Context(), f)
		require.NoError(t, err)
		require.GreaterOrEqual(t, count, int64(len(facts)))
		for _, fact := range facts {
			require.False(t, fact.Received.IsZero())
			require.Equal(t, f.Dismissed, fact.DismissedAt != nil)
			ids = append(ids, fact.ID)
		}
		return ids
	}
	o, d, s := idOf(t, order), idOf(t, deposit), idOf(t, symbol)
	require.Equal(t, []string{d, o, s}, list(inbox.Filter{}), "the oldest first")
	require.Equal(t, []string{o}, list(inbox.Filter{Page: page.Page{Limit: 1, Offset: 1}}))
	require.Equal(t, []string{d, o}, list(inbox.Filter{Kinds: []string{"account"}}))
	require.Equal(t, []string{d, o}, list(inbox.Filter{Key: "7001"}))
	require.Equal(t, []string{s}, list(inbox.Filter{Kinds: []string{"instrument", "order"}, Key: "GBPUSD"}))
	require.Equal(t, []string{o, s}, list(inbox.Filter{Types: []feed.Type{feed.OrderClosed}}))
	require.Equal(t, []string{o}, list(inbox.Filter{IDs: []string{o, "x"}}))
	require.Empty(t, list(inbox.Filter{Dismissed: true}))
	require.Empty(t, list(inbox.Filter{Kinds: []string{"accoun"}}))
	mustDismiss(t, p, o)
	require.Equal(t, []string{o}, list(inbox.Filter{Dismissed: true, Kinds: []string{"account"}, Key: "7001"}))
	require.Equal(t, []string{d, s}, list(inbox.Filter{}))
}
