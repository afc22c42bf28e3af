package outbox_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func testEventsOfALife(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	types, _ := b.readEvents(t, programmetest.PartnerA)
	require.Equal(t, []string{"client.registered", "account.opened"}, types)
	b.MustFeed(t,
		b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		b.Fact(feed.DepositReceived, "2026-02-04T00:00:00Z", `"client_account":"1001","amount_usd":100`),
		b.Fact(feed.DepositReceived, "2026-02-05T00:00:00Z", `"client_account":"1001","amount_usd":10`))
	b.MustFeed(t,
		b.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), b.Order("1001", 2, "EURUSD", "2026-03-01T11:00:00Z", ``),
		b.Order("1001", 3, "EURUSD", "2026-03-02T11:00:00Z", ``))
	b.MustFeed(t, b.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	b.MustFeed(t, b.Fact(feed.AccountTypeChanged, "2026-03-02T00:00:00Z", `"client_account":"1001","account_type":"Raw Spread"`))
	b.MustFeed(t,
		b.Fact(feed.ContactShared, "2026-04-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","granted":true`),
		b.Fact(feed.ClientLeft, "2026-04-02T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		b.Fact(feed.AccountEquity, "2026-04-02T00:00:00Z", `"client_account":"1001","balance_usd":5,"equity_usd":5`))
	types, events := b.readEvents(t, programmetest.PartnerA)
	require.Equal(t, []string{
		"client.registered", "account.opened",
		"client.verified", "client.first_deposit", "deposit.received", "deposit.received",
		"client.first_trade", "client.qualified", "client.status_changed", "reward.booked", "wallet.changed",
		"reward.reversed", "wallet.changed",
		"account.type_changed", "reward.corrected", "wallet.changed", "reward.booked", "wallet.changed",
		"client.contact_answered", "client.status_changed",
	}, types)

	require.Equal(t, event.Client{
		ClientUID: programmetest.UUID(programmetest.Client1), Country: "DE", LinkCode: "alpha", RegisteredAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		Status: attribution.StatusInactive, ContactStatus: "EMPTY",
	}, dataOf[event.Client](t, &events[0]))
	deposit := dataOf[event.Deposit](t, &events[4])
	require.Equal(t, 3, deposit.Amount, "100 USD is in the band up to 250")
	require.NotContains(t, string(events[3].Data), "100")
	rewards := dataOf[event.Rewards](t, &events[9])
	require.Equal(t, "USD", rewards.Currency)
	require.Equal(t, []event.Reward{
		{ClientAccount: "1001", ClientUID: programmetest.UUID(programmetest.Client1), Day: dayOf(t, "2026-03-01"), Orders: 2, VolumeLots: 2_0000_0000, VolumeUSD: 240_000_0000, Reward: 4_000_000, RewardUSD: 4_000_000},
		{ClientAccount: "1001", ClientUID: programmetest.UUID(programmetest.Client1), Day: dayOf(t, "2026-03-02"), Orders: 1, VolumeLots: 1_0000_0000, VolumeUSD: 120_000_0000, Reward: 2_000_000, RewardUSD: 2_000_000},
	}, rewards.Rewards)
	left := dataOf[event.Client](t, &events[19])
	require.Equal(t, attribution.StatusLeft, left.Status)
	require.Equal(t, attribution.StatusActive, left.PreviousStatus)
	for i := range events {
		require.Equal(t, programmetest.Now, events[i].At)
		require.Equal(t, programmetest.UUID(programmetest.PartnerA).Hex()+"-"+strconv.Itoa(i+1), events[i].ID())
	}
	// A repeated fact creates no event, and neither does a fact that changes
	// nothing for the partner.
	b.Feed(t, b.Fact(feed.ClientVerified, "2026-02-09T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
	again, _ := b.readEvents(t, programmetest.PartnerA)
	require.Len(t, again, len(types))
}

func dayOf(t *testing.T, text string) clock.Day {
	t.Helper()
	day, err := clock.ParseDay(text)
	require.NoError(t, err)
	return day
}

// testEventsAddUp feeds random facts in random order. The sums of a partner's
// events must equal the partner's account-days and wallet, and the last event
// of a client must show the client's current state.
func testEventsAddUp(t *testing.T, b *outboxBundle) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // a new seed each run, logged for a replay
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	programmetest.WithOverrides(t, b.Programme)
	lines := b.Setting()
	b.Feed(t, lines[2:6]...)
	b.Feed(t, programmetest.RandomServers(b.Programme, random)...)
	b.Shuffled(t, random, slices.Concat(lines[:2], lines[6:], programmetest.RandomFacts(b.Programme, random)))
	type day struct {
		owner   id.UUID
		account string
		day     clock.Day
	}
	type sums struct {
		orders           int64
		lots             money.Lots
		volume           money.Volume
		reward, rewardUS money.Amount
	}
	type purse struct {
		owner    id.UUID
		currency string
	}
	days, kept := map[day]sums{}, map[day]sums{}
	wallets, balances := map[purse][2]money.Amount{}, map[purse][2]money.Amount{}
	clients := 0
	for _, partner := range []string{programmetest.PartnerA, programmetest.PartnerB, "cccccccc-0000-4000-8000-000000000003"} {
		owner := programmetest.UUID(partner)
		_, events := b.readEvents(t, partner)
		last := map[id.UUID]event.Client{}
		for i := range events {
			switch e := &events[i]; e.Type { //nolint:exhaustive // the other types do not change these sums
			case event.RewardBooked, event.RewardReversed, event.RewardCorrected:
				for _, r := range dataOf[event.Rewards](t, e).Rewards {
					key := day{owner, r.ClientAccount, r.Day}
					s := days[key]
					days[key] = sums{s.orders + r.Orders, s.lots + r.VolumeLots, s.volume + r.VolumeUSD, s.reward + r.Reward, s.rewardUS + r.RewardUSD}
				}
			case event.WalletChanged:
				for _, c := range dataOf[event.Wallet](t, e).Changes {
					s := wallets[purse{owner, c.Currency}]
					wallets[purse{owner, c.Currency}] = [2]money.Amount{s[0] + c.Amount, s[1] + c.AmountUSD}
				}
			case event.ClientRegistered, event.ClientJoined:
				c := dataOf[event.Client](t, e)
				require.NotContains(t, last, c.ClientUID, "a client joins once")
				last[c.ClientUID] = c
			case event.ClientVerified, event.ClientFirstDeposit, event.ClientFirstTrade, event.ClientQualified, event.ClientStatusChanged, event.ClientContact:
				c := dataOf[event.Client](t, e)
				require.Contains(t, last, c.ClientUID, "a client joins before its other events")
				last[c.ClientUID] = c
			}
		}
		clients += len(last)
	}
	// The sums of the events must equal the account-days in the database.
	rows, err := b.DB.Query(t.Context(), `SELECT partner_id, client_account, reward_day, orders_count, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6 FROM account_days`)
	require.NoError(t, err)
	for rows.Next() {
		var key day
		var s sums
		var on int64
		require.NoError(t, rows.Scan(&key.owner, &key.account, &on, &s.orders, (*int64)(&s.lots), (*int64)(&s.volume), (*int64)(&s.reward), (*int64)(&s.rewardUS)))
		if key.day = clock.Day(on); key.owner != id.Nil && s != (sums{}) {
			kept[key] = s
		}
	}
	rows.Close()
	for key, s := range days {
		if s == (sums{}) {
			delete(days, key)
		}
	}
	require.NotEmpty(t, kept)
	require.Equal(t, kept, days)
	rows, err = b.DB.Query(t.Context(), `SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM balances WHERE account = 'wallet'`)
	require.NoError(t, err)
	for rows.Next() {
		var key purse
		var s [2]money.Amount
		require.NoError(t, rows.Scan(&key.owner, &key.currency, (*int64)(&s[0]), (*int64)(&s[1])))
		if key.owner != id.Nil && s != [2]money.Amount{} {
			balances[key] = s
		}
	}
	rows.Close()
	for key, s := range wallets {
		if s == [2]money.Amount{} {
			delete(wallets, key)
		}
	}
	require.Equal(t, balances, wallets)
	require.EqualValues(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM clients WHERE partner_id <> $1`, id.Nil), clients)
	// Check in the table that the house has no events, because no method returns them.
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM events WHERE partner_id = $1`, id.Nil))
}

func testEventsOfAMove(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	b.MustFeed(t,
		b.Fact(feed.AccountOpened, "2026-04-01T00:00:00Z", `"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		b.Order("1002", 2, "EURUSD", "2026-05-01T10:00:00Z", ``))
	_, before := b.readEvents(t, programmetest.PartnerA)
	b.MustFeed(t, b.Fact(feed.ClientPartnerChanged, "2026-03-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	types, _ := b.readEvents(t, programmetest.PartnerA)
	require.Equal(t, []string{"client.status_changed", "account.moved", "reward.corrected", "wallet.changed"}, types[len(before):])
	types, _ = b.readEvents(t, programmetest.PartnerB)
	require.Equal(t, []string{"client.registered", "account.opened", "client.joined", "account.opened", "reward.booked", "wallet.changed"},
		slices.DeleteFunc(types, func(s string) bool { return s == "client.first_trade" }))
}

func testEventsOfPayouts(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	for n := range int64(2) {
		dbtest.Insert(t, b.DB, "withdrawals", dbtest.Row{
			"partner_id": programmetest.Alpha, "withdrawal_id": n + 1, "partner_account": "", "method": "bank", "destination": "x", "currency": "USD",
			"amount_e6": int64(1_000_000), "amount_usd_e6": int64(1_000_000), "status": "pending", "payout_id": n + 1, "reason": "", "created_at": int64(0),
		})
		dbtest.Insert(t, b.DB, "payouts", dbtest.Row{
			"partner_id": programmetest.Alpha, "payout_id": n + 1, "kind": "withdrawal", "subject_id": n + 1, "client_account": "", "destination": "x", "currency": "USD",
			"amount_e6": int64(1_000_000), "amount_usd_e6": int64(1_000_000), "status": "pending", "reason": "", "posting_id": id.New(), "created_at": int64(0),
		})
	}
	_, before := b.readEvents(t, programmetest.PartnerA)
	payout := programmetest.Alpha.Hex() + "-"
	b.MustFeed(t,
		b.Fact(feed.PayoutPaid, "2026-06-02T00:00:00Z", `"payout_id":"`+payout+`1"`),
		b.Fact(feed.PayoutFailed, "2026-06-03T00:00:00Z", `"payout_id":"`+payout+`2","reason":"no such bank"`))
	types, events := b.readEvents(t, programmetest.PartnerA)
	require.Equal(t, []string{"payout.paid", "payout.failed", "wallet.changed"}, types[len(before):])
	require.Equal(t, event.Payout{
		PayoutID: payout + "2", Kind: "withdrawal", Currency: "USD", Amount: 1_000_000, AmountUSD: 1_000_000, Status: "failed", Reason: "no such bank",
		AnsweredAt: time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC),
	}, dataOf[event.Payout](t, &events[len(before)+1]))
}

func testEventNumbers(t *testing.T, b *outboxBundle) {
	log := event.NewLog(b.DB)
	require.NoError(t, log.Append(t.Context()))
	require.NoError(t, log.Append(t.Context(), event.New(id.Nil, event.ClientRegistered, programmetest.Now, event.Client{})))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM events`), "nothing was written for anyone")
	failed := errors.New("on purpose")
	for n := range 5 {
		err := b.DB.Write(t.Context(), func(ctx context.Context, _ db.Querier) error {
			for _, owner := range []id.UUID{programmetest.Beta, programmetest.Alpha, programmetest.Beta} {
				if err := log.Append(ctx, event.New(owner, event.ClientRegistered, programmetest.Now, event.Client{LinkCode: strconv.Itoa(n)})); err != nil {
					return err
				}
			}
			if n%2 == 1 {
				return failed
			}
			return nil
		})
		if n%2 == 1 {
			require.ErrorIs(t, err, failed)
		} else {
			require.NoError(t, err)
		}
	}
	_, events := b.readEvents(t, programmetest.PartnerB)
	require.Len(t, events, 6)
	var order []string
	for i := range events {
		order = append(order, dataOf[event.Client](t, &events[i]).LinkCode)
	}
	require.Equal(t, []string{"0", "0", "2", "2", "4", "4"}, order, "a rolled-back event took no number")
}

// testFeedWhileAppending checks that readers of the feed get every event once
// and in order while several writers append events and some of their
// transactions fail.
func testFeedWhileAppending(t *testing.T, b *outboxBundle) {
	const writers, rounds, readers = 4, 25, 3
	log := event.NewLog(b.DB)
	var kept sync.Map
	var writing errgroup.Group
	appended := make([]chan struct{}, readers) // one channel per reader; has a value if there may be more to read
	for r := range readers {
		appended[r] = make(chan struct{}, 1)
	}
	failed := errors.New("on purpose")
	for w := range writers {
		writing.Go(func() error {
			random := rand.New(rand.NewPCG(uint64(w), 7))
			for n := range rounds {
				names, fails := []string{}, random.IntN(4) == 0
				write := b.DB.Write
				if w == 0 {
					write = func(ctx context.Context, fn func(context.Context, db.Querier) error) error {
						return b.DB.Lock(ctx, db.WholeStore(), fn)
					}
				}
				err := write(t.Context(), func(ctx context.Context, _ db.Querier) error {
					names = names[:0]
					for i := range 1 + random.IntN(3) {
						name := strconv.Itoa(w) + "." + strconv.Itoa(n) + "." + strconv.Itoa(i)
						names = append(names, name)
						err := log.Append(ctx, event.New(programmetest.Alpha, event.ClientRegistered, programmetest.Now, event.Client{LinkCode: name}),
							event.New(programmetest.Beta, event.ClientRegistered, programmetest.Now, event.Client{LinkCode: name}))
						if err != nil {
							return err
						}
					}
					if fails {
						return failed
					}
					return nil
				})
				switch {
				case errors.Is(err, failed):
				case err != nil:
					return err
				default:
					for _, name := range names {
						kept.Store(name, true)
					}
					for _, reader := range appended {
						signal(reader)
					}
				}
			}
			return nil
		})
	}
	done := make(chan struct{})
	var reading errgroup.Group
	got := make([][]string, readers)
	for r := range readers {
		reading.Go(func() error {
			cursor, seen := "", int64(0)
			for finishing := false; ; {
				part, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Cursor: cursor, Limit: 1 + r*3})
				if err != nil {
					return err
				}
				for i := range part.Events {
					if part.Events[i].Seq != seen+1 {
						return errors.New("event " + strconv.FormatInt(part.Events[i].Seq, 10) + " after " + strconv.FormatInt(seen, 10))
					}
					seen++
					got[r] = append(got[r], string(part.Events[i].Data))
				}
				cursor = part.Next
				if len(part.Events) > 0 {
					continue
				}
				if finishing {
					return nil
				}
				select {
				case <-done:
					finishing = true
				case <-appended[r]:
				}
			}
		})
	}
	require.NoError(t, writing.Wait())
	close(done)
	require.NoError(t, reading.Wait())
	count := 0
	kept.Range(func(any, any) bool { count++; return true })
	require.Len(t, got[0], count)
	for r := range readers {
		require.Equal(t, got[0], got[r])
	}
}

func testCursors(t *testing.T, b *outboxBundle) {
	read := func(partner id.UUID, cursor string) (outbox.Part, error) {
		return b.feed.Read(t.Context(), partner, outbox.Read{Cursor: cursor, Limit: 2})
	}
	part, err := read(programmetest.Alpha, "")
	require.NoError(t, err)
	require.Empty(t, part.Events)
	require.False(t, part.More)
	beginning := part.Next
	b.append(t, 3)
	part, err = read(programmetest.Alpha, beginning)
	require.NoError(t, err)
	require.Len(t, part.Events, 2)
	require.True(t, part.More)
	again, err := read(programmetest.Alpha, beginning)
	require.NoError(t, err)
	require.Equal(t, part, again, "a cursor can be used again")
	part, err = read(programmetest.Alpha, part.Next)
	require.NoError(t, err)
	require.Len(t, part.Events, 1)
	require.False(t, part.More)
	end := part.Next
	latest, err := read(programmetest.Alpha, outbox.Latest)
	require.NoError(t, err)
	require.Equal(t, end, latest.Next)
	require.Empty(t, latest.Events)
	for _, cursor := range []string{"1", "abc", end[:len(end)-1], end + "A", "AAAAAAAAAAAAAAAA", "________________", "%", "-"} {
		_, err = read(programmetest.Alpha, cursor)
		requireCode(t, err, fault.ValidationError, "cursor", "invalid")
	}
	_, err = read(programmetest.Beta, end)
	requireCode(t, err, fault.ValidationError, "cursor", "invalid")
}

func testFeedTypes(t *testing.T, b *outboxBundle) {
	log := event.NewLog(b.DB)
	for n := range 30 {
		kind := event.DepositReceived
		if n%10 == 9 {
			kind = event.PayoutPaid
		}
		require.NoError(t, log.Append(t.Context(), event.New(programmetest.Alpha, kind, programmetest.Now, event.Payout{PayoutID: strconv.Itoa(n)})))
	}
	cursor, seqs := "", []int64{}
	for more := true; more; {
		part, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Cursor: cursor, Limit: 1, Types: []event.Type{event.PayoutPaid, event.PayoutFailed}})
		require.NoError(t, err)
		for i := range part.Events {
			seqs = append(seqs, part.Events[i].Seq)
		}
		cursor, more = part.Next, part.More
	}
	require.Equal(t, []int64{10, 20, 30}, seqs)
}

// TestFeedWaitsItsTime runs on SQLite only, because network connections stop
// the fake clock of synctest.
func TestFeedWaitsItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := event.NewLog(dbtest.SQLite(t))
		for wait, waited := range map[time.Duration]time.Duration{700 * time.Millisecond: 700 * time.Millisecond, time.Hour: outbox.MaxWait} {
			began := time.Now() //nolint:forbidigo // the fake clock of synctest
			part, err := outbox.NewFeed(log).Read(t.Context(), programmetest.Alpha, outbox.Read{Limit: 10, Wait: wait})
			require.NoError(t, err)
			require.Empty(t, part.Events)
			require.Equal(t, waited, time.Since(began)) //nolint:forbidigo // the fake clock of synctest
		}
	})
}

func testFeedWaits(t *testing.T, b *outboxBundle) {
	part, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, part.Events)

	type answer struct {
		part outbox.Part
		err  error
	}
	wait := func(ctx context.Context, cursor string, types ...event.Type) (answers chan answer, feed *outbox.Feed, waits func()) {
		out, store := make(chan answer, 1), &dbtest.Noticing{DB: b.DB}
		feed = outbox.NewFeed(event.NewLog(store))
		go func() {
			part, err := feed.Read(ctx, programmetest.Alpha, outbox.Read{Cursor: cursor, Limit: 10, Wait: 30 * time.Second, Types: types})
			out <- answer{part, err}
		}()
		return out, feed, func() { store.Await(t, 2, "FROM event_counters") } // by now the request has found nothing and waits
	}
	all, _, allWait := wait(t.Context(), part.Next)
	latest, _, latestWaits := wait(t.Context(), outbox.Latest)
	paid, _, paidWaits := wait(t.Context(), part.Next, event.PayoutPaid)
	allWait()
	latestWaits()
	paidWaits()
	b.append(t, 3)
	for _, waiting := range []chan answer{all, latest} {
		got := <-waiting
		require.NoError(t, got.err)
		require.Len(t, got.part.Events, 3)
	}
	require.NoError(t, event.NewLog(b.DB).Append(t.Context(), event.New(programmetest.Alpha, event.PayoutPaid, programmetest.Now, event.Payout{})))
	got := <-paid
	require.NoError(t, got.err)
	require.Len(t, got.part.Events, 1)
	require.EqualValues(t, 4, got.part.Events[0].Seq, "events of other types did not end the wait")

	ctx, cancel := context.WithCancel(t.Context())
	gone, _, goneWaits := wait(ctx, got.part.Next)
	stopped, feed, stoppedWaits := wait(t.Context(), got.part.Next)
	goneWaits()
	stoppedWaits()
	cancel()
	require.ErrorIs(t, (<-gone).err, context.Canceled)
	feed.Stop()
	feed.Stop()
	last := <-stopped
	require.NoError(t, last.err)
	require.Empty(t, last.part.Events)
	require.Equal(t, got.part.Next, last.part.Next)
}
