package cpa_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/wallet"
)

// scene is a programme on 30 June 2026, with the bundles of a scenario.
type scene struct {
	*programmetest.Programme
	t        *testing.T
	payments *cpa.Service
	ticket   int
}

// basic pays 200 USD for a client who deposits 100 USD and trades 2 lots within
// 10 days.
var basic = reward.CPA{
	Name: "All", AmountUSD: 200_000_000, MinDepositUSD: 100_000_000, MinLots: 2_0000_0000, LotsWithinDays: 10, WithinDays: 30, Approval: reward.AutomaticApproval,
}

// share pays 10 percent of a first deposit of at least 80 USD.
var share = reward.CPA{Name: "Share", DepositPercent: 10_0000, CapPerClientUSD: usd(1000), MinDepositUSD: 80_000_000, WithinDays: 30, Approval: reward.AutomaticApproval}

// manual is like basic, but the broker has to approve each client.
func manual() reward.CPA {
	c := basic
	c.Approval = reward.ManualApproval
	return c
}

func usd(n int64) *money.Amount { return new(money.Amount(n * 1_000_000)) }

func newScene(t *testing.T, database db.DB, bundles ...reward.CPA) *scene {
	t.Helper()
	s := &scene{Programme: programmetest.New(database), t: t}
	s.setDay("2026-06-30")
	s.payments = programmetest.WithCPA(s.Programme)
	programmetest.WithBundles(t, s.Programme, bundles...)
	setting := s.Setting()
	s.MustFeed(t, setting[:6]...) // without clients
	return s
}

// setDay moves the clock to the beginning of a day.
func (s *scene) setDay(day string) {
	s.t.Helper()
	to, err := time.Parse(time.DateOnly, day)
	require.NoError(s.t, err)
	s.Clock.Advance(to.Sub(s.Clock.Now()))
}

// payOn moves the clock to the beginning of a day and pays what is due.
func (s *scene) payOn(day string) {
	s.t.Helper()
	s.setDay(day)
	require.NoError(s.t, s.payments.Run(s.t.Context()))
}

func uid(n int) string     { return fmt.Sprintf("c%07d-0000-4000-8000-000000000000", n) }
func account(n int) string { return strconv.Itoa(5000 + n) }

// client registers client n on a day of June 2026, and opens an account for it.
func (s *scene) client(n int, day, more string) {
	s.t.Helper()
	s.MustFeed(s.t, s.lines(n, day, more)...)
}

// clientOf is like client, for another partner than alpha.
func (s *scene) clientOf(code string, n int, day string) {
	s.t.Helper()
	s.MustFeed(s.t, s.linesOf(code, n, day, "")...)
}

func (s *scene) lines(n int, day, more string) []string { return s.linesOf("alpha", n, day, more) }

func (s *scene) linesOf(code string, n int, day, more string) []string {
	at := day + "T00:00:00Z"
	return []string{
		s.Fact(feed.ClientRegistered, at, fmt.Sprintf(`"client_uid":%q,"email":"c%d@example.com","country":"PL","partner_code":%q%s`, uid(n), n, code, more)),
		s.Fact(feed.AccountOpened, at, fmt.Sprintf(`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, account(n), uid(n))),
	}
}

func (s *scene) depositLine(n int, at string, usd int) string {
	kind := feed.DepositReceived
	if usd < 0 {
		kind, usd = feed.DepositReversed, -usd
	}
	return s.Fact(kind, at, fmt.Sprintf(`"client_account":%q,"amount_usd":%d`, account(n), usd))
}

// deposit feeds a deposit of client n, or a reversal if usd is negative.
func (s *scene) deposit(n int, at string, usd int) {
	s.t.Helper()
	s.MustFeed(s.t, s.depositLine(n, at, usd))
}

// trade feeds an order of one lot.
func (s *scene) trade(n int, closed string) {
	s.t.Helper()
	s.ticket++
	s.MustFeed(s.t, s.Order(account(n), s.ticket, "EURUSD", closed, ``))
}

// move moves client n to another partner.
func (s *scene) move(n int, at, code string) {
	s.t.Helper()
	s.MustFeed(s.t, s.Fact(feed.ClientMoved, at, fmt.Sprintf(`"client_uid":%q,"partner_code":%q,"reason":"test"`, uid(n), code)))
}

// qualify feeds the deposit and the two orders that basic requires. The second
// order closes at noon of the day.
func (s *scene) qualify(n int, day string) {
	s.t.Helper()
	s.deposit(n, day+"T08:00:00Z", 100)
	s.trade(n, day+"T11:00:00Z")
	s.trade(n, day+"T12:00:00Z")
}

var scenes = []struct {
	name    string
	bundles []reward.CPA
	do      func(*scene)
	want    string // of partner A's clients
	wallet  string // of partner A; an order of one lot earns 2 USD
}{
	{"a client who has only registered is pending", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
	}, "c0000001 pending 0", "0"},
	{"a client who met the conditions is paid on the 1st", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		require.Equal(s.t, "c0000001 approved 200", s.CPA(s.t, programmetest.Alpha))
		s.payOn("2026-07-01")
	}, "c0000001 approved 200 paid", "204"},
	{"it is paid once", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.deposit(1, "2026-07-01T00:00:00Z", 100)
		s.trade(1, "2026-07-01T00:00:00Z")
		s.payOn("2026-08-01")
		s.payOn("2026-09-01")
	}, "c0000001 approved 200 paid", "206"},
	{"a client of the current month waits for the next 1st", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-28", "")
		s.setDay("2026-07-01")
		s.qualify(1, "2026-07-01")
		s.payOn("2026-07-31")
	}, "c0000001 approved 200", "4"},
	{"the broker has to approve", []reward.CPA{manual()}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
	}, "c0000001 pending 200", "4"},
	{"what the broker approves is paid on the next 1st", []reward.CPA{manual()}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.approve(1)
		s.payOn("2026-07-31")
		require.Equal(s.t, "c0000001 approved 200", s.CPA(s.t, programmetest.Alpha))
		s.payOn("2026-08-01")
	}, "c0000001 approved 200 paid", "204"},
	{"what the broker rejects is not paid", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.reject(1, "two accounts")
		s.payOn("2026-07-01")
	}, "c0000001 rejected two accounts 0", "4"},
	{"the broker can reject a client early, and withdraw this", []reward.CPA{manual()}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.reject(1, "a friend")
		s.qualify(1, "2026-06-03")
		require.Equal(s.t, "c0000001 rejected a friend 0", s.CPA(s.t, programmetest.Alpha))
		s.approve(1)
		s.payOn("2026-07-01")
	}, "c0000001 approved 200 paid", "204"},
	{"an approval on the 1st before a late run waits for the next run", []reward.CPA{manual()}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.setDay("2026-07-01")
		s.approve(1)
		s.payOn("2026-07-02")
	}, "c0000001 approved 200", "4"},
	{"a rejection on the 1st before a late run is refused", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.setDay("2026-07-01")
		_, err := s.payments.Reject(s.t.Context(), programmetest.UUID(uid(1)), "late")
		require.ErrorContains(s.t, err, "The CPA for this client was paid on 2026-07-01.")
		require.NoError(s.t, s.payments.Run(s.t.Context()))
	}, "c0000001 approved 200 paid", "204"},
	{"the window ends", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.deposit(1, "2026-06-03T00:00:00Z", 100)
		s.payOn("2026-07-01")
		require.Equal(s.t, "c0000001 pending 0", s.CPA(s.t, programmetest.Alpha), "the window ends on 2 July")
		s.payOn("2026-08-01")
	}, "c0000001 rejected expired 0", "0"},
	{"late facts show that the conditions were met in time", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.payOn("2026-08-01")
		s.qualify(1, "2026-06-03")
		require.Equal(s.t, "c0000001 approved 200", s.CPA(s.t, programmetest.Alpha))
		s.payOn("2026-09-01")
	}, "c0000001 approved 200 paid", "204"},
	{"orders after the days for lots do not count", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.deposit(1, "2026-06-03T23:00:00Z", 100)
		s.trade(1, "2026-06-13T23:59:59Z")
		s.trade(1, "2026-06-14T00:00:00Z")
	}, "c0000001 pending 0", "4"},
	{"a reversed order still counts", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.MustFeed(s.t, s.Fact(feed.OrderReversed, "2026-06-04T00:00:00Z", `"server":"Real","ticket":2,"reason":"test"`))
		s.payOn("2026-07-01")
	}, "c0000001 approved 200 paid", "202"},
	{"a deposit that is reversed before the payment", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.deposit(1, "2026-06-10T00:00:00Z", -1)
		s.payOn("2026-07-01")
	}, "c0000001 rejected deposit_reversed 0", "4"},
	{"a deposit that is reversed after the payment", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.deposit(1, "2026-07-01T00:00:00Z", -100)
		s.deposit(1, "2026-07-01T01:00:00Z", 100)
		s.payOn("2026-08-01")
	}, "c0000001 rejected deposit_reversed 0 paid", "4"},
	{"the 24 hours of the first deposit are not over", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.client(2, "2026-06-02", "")
		for n, first := range map[int]string{1: "2026-06-29T23:59:59Z", 2: "2026-06-30T00:00:00Z"} {
			s.deposit(n, first, 100)
			s.trade(n, "2026-06-30T11:00:00Z")
			s.trade(n, "2026-06-30T12:00:00Z")
		}
		s.payOn("2026-07-01")
		require.Equal(s.t, "c0000001 approved 200 paid, c0000002 approved 200", s.CPA(s.t, programmetest.Alpha))
		s.deposit(2, "2026-07-01T00:00:00Z", -1)
		s.payOn("2026-08-01")
	}, "c0000001 approved 200 paid, c0000002 rejected expired 0", "208"},
	{"a percentage needs the first deposit that was paid for", []reward.CPA{share}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.client(2, "2026-06-02", "")
		s.deposit(1, "2026-06-03T00:00:00Z", 100)
		s.deposit(2, "2026-06-03T00:00:00Z", 100)
		s.payOn("2026-07-01")
		s.deposit(1, "2026-06-03T01:00:00Z", -1) // arrives late; the minimum is left
		s.deposit(2, "2026-06-03T01:00:00Z", 50)
		s.deposit(2, "2026-07-01T00:00:00Z", -50)
	}, "c0000001 rejected deposit_reversed 0 paid, c0000002 approved 10 paid", "10"},
	{"a reversal after the payment counts against an earlier deposit too", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.deposit(1, "2026-06-02T00:00:00Z", 50) // arrives late
		s.deposit(1, "2026-07-01T00:00:00Z", -50)
	}, "c0000001 approved 200 paid", "204"},
	{"a reversal after a move takes the payment back from the partner who was paid", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.move(1, "2026-07-02T00:00:00Z", "beta")
		s.setDay("2026-07-05")
		s.deposit(1, "2026-07-04T00:00:00Z", -100)
		require.Equal(s.t, "0", s.Wallet(s.t, programmetest.PartnerB))
	}, "c0000001 rejected deposit_reversed 0 paid", "4"},
	{"a reversal of a deposit that was made after a move", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.move(1, "2026-06-20T00:00:00Z", "beta")
		s.deposit(1, "2026-06-21T00:00:00Z", 500)
		s.payOn("2026-07-01")
		s.setDay("2026-07-05")
		s.deposit(1, "2026-07-04T00:00:00Z", -500)
		require.Equal(s.t, "c0000001 approved 200 paid", s.CPA(s.t, programmetest.Alpha))
		s.move(1, "2026-07-04T12:00:00Z", "alpha")
		require.Equal(s.t, "c0000001 approved 200 paid", s.CPA(s.t, programmetest.Alpha))
		s.deposit(1, "2026-07-04T13:00:00Z", -1)
	}, "c0000001 rejected deposit_reversed 0 paid", "4"},
	{"a move with an earlier date takes the first deposit away", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.move(1, "2026-06-03T00:00:00Z", "beta")
		require.Empty(s.t, s.CPA(s.t, programmetest.Beta))
	}, "c0000001 rejected deposit_reversed 0 paid", "0"},
	{"an approval of an approved client changes nothing", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.approve(1)
		s.payOn("2026-07-01")
		s.approve(1)
		require.Zero(s.t, dbtest.Scalar(s.t, s.DB, `SELECT count(*) FROM cpa_clients WHERE decided_at IS NOT NULL`)+dbtest.Scalar(s.t, s.DB, `SELECT count(*) FROM audit_log WHERE action = 'cpa.approved'`))
	}, "c0000001 approved 200 paid", "204"},
	{"a late deposit shows that the first one was not touched", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.deposit(1, "2026-07-01T00:00:00Z", -100)
		require.Equal(s.t, "4", s.Wallet(s.t, programmetest.PartnerA))
		s.deposit(1, "2026-06-30T00:00:00Z", 100)
	}, "c0000001 approved 200 paid", "204"},
	{"the wallet can become negative", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		require.NoError(s.t, partner.NewAdminStore(s.DB).Verify(s.t.Context(), programmetest.Alpha))
		wallets := programmetest.Wallets{Programme: s.Programme}
		wallets.Service = wallets.With(wallet.Exchange{})
		wallets.Withdraw(s.t, programmetest.WithdrawalRequest(programmetest.USD(204)))
		s.deposit(1, "2026-07-01T00:00:00Z", -100)
	}, "c0000001 rejected deposit_reversed 0 paid", "-200"},
	{"another partner gets the client later", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.MustFeed(s.t, s.Fact(feed.ClientPartnerChanged, "2026-06-04T00:00:00Z", `"client_uid":"`+uid(1)+`","partner_code":"beta"`))
		s.payOn("2026-07-01")
	}, "c0000001 approved 200 paid", "204"},
	{"only the accounts of the first partner count", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.deposit(1, "2026-06-03T00:00:00Z", 100)
		s.trade(1, "2026-06-03T01:00:00Z")
		s.MustFeed(s.t, s.Fact(feed.AccountOpened, "2026-06-03T00:00:00Z",
			`"client_account":"6001","client_uid":"`+uid(1)+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"beta"`))
		s.MustFeed(s.t, s.Order("6001", 900, "EURUSD", "2026-06-03T02:00:00Z", ``))
	}, "c0000001 pending 0", "2"},
	{"a late change of partner moves the account away after the payment", []reward.CPA{basic}, func(s *scene) {
		s.MustFeed(s.t, s.Fact(feed.ClientRegistered, "2026-06-02T00:00:00Z", `"client_uid":"`+uid(1)+`","email":"c1@example.com","country":"PL","partner_code":"alpha"`))
		s.MustFeed(s.t, s.Fact(feed.AccountOpened, "2026-06-02T12:00:00Z",
			`"client_account":"5001","client_uid":"`+uid(1)+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
		s.qualify(1, "2026-06-03")
		s.payOn("2026-07-01")
		s.MustFeed(s.t, s.Fact(feed.ClientPartnerChanged, "2026-06-02T06:00:00Z", `"client_uid":"`+uid(1)+`","partner_code":"beta"`))
	}, "c0000001 rejected deposit_reversed 0 paid", "0"},
	{"the first bundle that covers the client counts", []reward.CPA{
		{Name: "Other", Countries: []string{"DE"}, AmountUSD: 1, MinDepositUSD: 10_000, WithinDays: 30, Approval: reward.AutomaticApproval},
		{Name: "Link", LinkCodes: []string{"alpha"}, Countries: []string{"pl", "CZ"}, AmountUSD: 50_000_000, MinDepositUSD: 10_000_000, WithinDays: 30, Approval: reward.AutomaticApproval},
		basic,
	}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.deposit(1, "2026-06-03T00:00:00Z", 10)
		s.payOn("2026-07-01")
	}, "c0000001 approved 50 paid", "50"},
	{"a client that no bundle covers", []reward.CPA{{Name: "DE", Countries: []string{"DE"}, AmountUSD: 1, MinDepositUSD: 10_000, WithinDays: 30}}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
	}, "", "4"},
	{"a percentage of the deposit, up to the cap per client", []reward.CPA{
		{Name: "Share", AmountUSD: 10_000_000, DepositPercent: 15_0000, CapPerClientUSD: usd(30), MinDepositUSD: 100_000_000, WithinDays: 30, Approval: reward.AutomaticApproval},
	}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.client(2, "2026-06-02", "")
		s.deposit(1, "2026-06-03T00:00:00Z", 101)
		s.deposit(2, "2026-06-03T00:00:00Z", 2000)
		s.payOn("2026-07-01")
	}, "c0000001 approved 25.15 paid, c0000002 approved 30 paid", "55.15"},
	{"the cap per month, in the order in which the clients met the conditions", []reward.CPA{func() reward.CPA {
		c := basic
		c.CapPerMonthUSD = usd(500)
		return c
	}()}, func(s *scene) {
		for n := 1; n <= 5; n++ {
			s.client(n, "2026-06-02", "")
		}
		for n := 5; n > 1; n-- { // client 5 is the last
			s.qualify(n, fmt.Sprintf("2026-06-%02d", 3+n))
		}
		s.payOn("2026-07-01")
		s.qualify(1, "2026-07-01")
		s.payOn("2026-08-01")
	}, "c0000001 approved 200 paid, c0000002 approved 200 paid, c0000003 approved 200 paid, c0000004 approved 100 paid cap_per_month, c0000005 approved 0 paid cap_per_month", "720"},
	{"the caps per month and per campaign together", []reward.CPA{func() reward.CPA {
		c := basic
		c.CapPerMonthUSD, c.CapPerCampaignUSD = usd(500), usd(300)
		return c
	}()}, func(s *scene) {
		for n := 1; n <= 4; n++ {
			more := ""
			if n <= 3 {
				more = `,"campaign_code":"spring"`
			}
			s.client(n, "2026-06-02", more)
			s.qualify(n, fmt.Sprintf("2026-06-%02d", 3+n))
		}
		s.payOn("2026-07-01")
	}, "c0000001 approved 200 paid, c0000002 approved 100 paid cap_per_campaign, c0000003 approved 0 paid cap_per_campaign, c0000004 approved 200 paid", "516"},
	{"several months are paid late", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		s.payOn("2026-09-15")
	}, "c0000001 approved 200 paid", "204"},
	{"the plan in force at the registration counts", []reward.CPA{basic}, func(s *scene) {
		s.client(1, "2026-06-02", "")
		plan := reward.Default()
		plan.From = time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC)
		_, err := reward.NewStore(s.DB).Add(s.t.Context(), plan, s.Clock.Now())
		require.NoError(s.t, err)
		s.client(2, "2026-06-03", "")
		s.qualify(1, "2026-06-04")
		s.qualify(2, "2026-06-04")
		s.payOn("2026-07-01")
	}, "c0000001 approved 200 paid", "208"},
}

func (s *scene) approve(n int) {
	s.t.Helper()
	_, err := s.payments.Approve(s.t.Context(), programmetest.UUID(uid(n)))
	require.NoError(s.t, err)
}

func (s *scene) reject(n int, reason string) {
	s.t.Helper()
	_, err := s.payments.Reject(s.t.Context(), programmetest.UUID(uid(n)), reason)
	require.NoError(s.t, err)
}

func TestScenes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for _, c := range scenes {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, open(t), c.bundles...)
				c.do(s)
				require.Equal(t, c.want, s.CPA(t, programmetest.Alpha))
				require.Equal(t, c.wallet, s.Wallet(t, programmetest.PartnerA))
				programmetest.RequireSound(t, s.DB)
			})
		}
	})
}
