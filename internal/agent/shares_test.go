package agent_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"an agent gets its share of a reward":         agentShare,
			"the agreement in force at the close counts":  agentAgreements,
			"a limit bounds what is earned":               agentCap,
			"a share does not reduce the client's rebate": agentRebate,
			"who does not earn":                           agentNobody,
			"an agent whose registration comes late":      agentLate,
			"an order waits for the agent's rate":         agentRate,
			"a reversal takes the share back":             agentReversal,
			"a late change of type books the share again": agentTypeChange,
			"a late change of link":                       agentRelink,
			"a late change of link wakes what waited":     agentWoken,
			"a late change of partner":                    agentReassign,
			"a share that would not fit":                  agentBounded,
			"sums of many agents, owners and corrections": agentRandom,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				p.MustFeed(t, p.Setting()...)
				test(t, p)
				programmetest.RequireSound(t, p.DB)
			})
		}
		t.Run("what verify finds", func(t *testing.T) {
			t.Parallel()
			agentDamage(t, open)
		})
		t.Run("facts in any order", func(t *testing.T) {
			t.Parallel()
			agentAnyOrder(t, programmetest.New(open(t)), programmetest.New(open(t)))
		})
	})
}

const (
	agentsLink   = int64(700)
	agentAccount = "7001"
	march        = "2026-03-01T10:00:00Z" // an order of one lot of EURUSD that closes at this time earns 2 USD
	february     = "2026-02-01T00:00:00Z"
	noShares     = `SELECT count(*) FROM agent_shares`
)

// withAgent gives A a link for an agent with B's e-mail address, and opens an
// account under the link.
func withAgent(t *testing.T, p *programmetest.Programme, shareE4, limit int64) {
	t.Helper()
	p.AgentLink(t, programmetest.PartnerA, agentsLink, "agent", "b@example.com")
	if shareE4 > 0 {
		p.Agree(t, programmetest.PartnerA, agentsLink, february, shareE4, limit)
	}
	p.MustFeed(t, p.OpenAccount(programmetest.Client1, agentAccount, "agent", ""))
}

func agentShare(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 0)
	p.MustFeed(t, p.Order(agentAccount, 1, "EURUSD", march, ``), p.Order("1001", 2, "EURUSD", march, ``))
	// 2 USD x 25 percent = 0.5 USD, and 0.5 / 1.085 = 0.460829 EUR.
	require.Equal(t, "3.5", p.Wallet(t, programmetest.PartnerA))
	require.Equal(t, "0.460829", p.Wallet(t, programmetest.PartnerB))
	require.Equal(t, "4", p.Rewards(t, programmetest.PartnerA), "the reward itself is not less")
	require.Equal(t, "0.5", p.AgentsEarned(t, programmetest.PartnerA))
	require.EqualValues(t, 500_000, dbtest.Scalar(t, p.DB, `SELECT earned_usd_e6 FROM agent_links WHERE link_id = $1`, agentsLink))
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'agent_share'`), "one under each partner")
	// 1.666667 USD x 33.33 percent = 0.555500..., which is truncated to 0.5555.
	p.Agree(t, programmetest.PartnerA, agentsLink, "2026-04-01T00:00:00Z", 33_3300, 0)
	p.MustFeed(t, p.Order(agentAccount, 3, "USDJPY", "2026-04-01T10:00:00Z", ``))
	require.EqualValues(t, 555_500, dbtest.Scalar(t, p.DB, `SELECT amount_usd_e6 FROM agent_shares WHERE ticket = 3`))
}

func agentAgreements(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 0, 0)
	p.Agree(t, programmetest.PartnerA, agentsLink, march, 10_0000, 0)
	p.Agree(t, programmetest.PartnerA, agentsLink, "2026-03-02T00:00:00Z", 20_0000, 0)
	p.Agree(t, programmetest.PartnerA, agentsLink, "2026-03-03T00:00:00Z", 0, 0)
	p.MustFeed(t,
		p.Order(agentAccount, 1, "EURUSD", "2026-03-01T09:59:59Z", ``), p.Order(agentAccount, 2, "EURUSD", march, ``),
		p.Order(agentAccount, 3, "EURUSD", "2026-03-02T00:00:00Z", ``), p.Order(agentAccount, 4, "EURUSD", "2026-03-03T00:00:00Z", ``))
	require.EqualValues(t, 200_000, dbtest.Scalar(t, p.DB, `SELECT amount_usd_e6 FROM agent_shares WHERE ticket = 2`))
	require.EqualValues(t, 400_000, dbtest.Scalar(t, p.DB, `SELECT amount_usd_e6 FROM agent_shares WHERE ticket = 3`))
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, noShares), "none before the first agreement, and none at 0 percent")
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT earned_usd_e6 FROM agent_links WHERE link_id = $1`, agentsLink), "under the newest one")
}

func agentCap(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 750_000)
	p.MustFeed(t, p.Order(agentAccount, 1, "EURUSD", march, ``))
	p.MustFeed(t, p.Order(agentAccount, 2, "EURUSD", march, ``), p.Order(agentAccount, 3, "EURUSD", march, ``))
	require.Equal(t, "0.75", p.AgentsEarned(t, programmetest.PartnerA))
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, noShares), "the limit leaves nothing for the third order")
	// After a reversal the agent can earn the same amount again.
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))
	p.MustFeed(t, p.Order(agentAccount, 4, "EURUSD", march, ``))
	require.Equal(t, "0.75", p.AgentsEarned(t, programmetest.PartnerA))
	// The limit of the next agreement starts from zero.
	p.Agree(t, programmetest.PartnerA, agentsLink, "2026-04-01T00:00:00Z", 25_0000, 100_000)
	p.MustFeed(t, p.Order(agentAccount, 5, "EURUSD", "2026-04-01T10:00:00Z", ``))
	require.Equal(t, "0.85", p.AgentsEarned(t, programmetest.PartnerA))
	require.EqualValues(t, 100_000, dbtest.Scalar(t, p.DB, `SELECT earned_usd_e6 FROM agent_links WHERE link_id = $1`, agentsLink))
}

// agentRebate checks that an agent gets at most the 10 percent that are left
// after a rebate of 90 percent, so that the owner's wallet is never negative.
func agentRebate(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 90, "MONTHLY", 1, true, "")
	withAgent(t, p, 50_0000, 0)
	for i := range 20 {
		p.MustFeed(t, p.Order(agentAccount, 1+i, "USDJPY", "2026-03-01T10:00:00Z", fmt.Sprintf(`,"open_spread":%d`, i)))
		require.GreaterOrEqual(t, amount(t, p.Wallet(t, programmetest.PartnerA)), money.Amount(0))
	}
	require.InDelta(t, int64(amount(t, p.Rewards(t, programmetest.PartnerA)))/10, int64(amount(t, p.AgentsEarned(t, programmetest.PartnerA))), 20)
	require.LessOrEqual(t, amount(t, p.Wallet(t, programmetest.PartnerA)), money.Amount(40), "what was cut off")
}

func amount(t *testing.T, text string) money.Amount {
	t.Helper()
	a, err := money.Parse[money.Amount](text)
	require.NoError(t, err)
	return a
}

func agentNobody(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 0)
	p.Agree(t, programmetest.PartnerA, agentsLink, "2026-01-01T00:00:00Z", 25_0000, 0)
	p.AgentLink(t, programmetest.PartnerA, 701, "stranger", "stranger@example.com")
	p.AgentLink(t, programmetest.PartnerA, 702, "own", "a@example.com")
	p.AgentLink(t, programmetest.PartnerA, 703, "house", "house")
	for _, link := range []int64{701, 702, 703} {
		p.Agree(t, programmetest.PartnerA, link, february, 25_0000, 0)
	}
	p.Write(t, `INSERT INTO sign_in_emails (email, partner_id) VALUES ('house', $1)`, id.Nil)
	p.MustFeed(t,
		p.OpenAccount(programmetest.Client1, "7101", "stranger", ""), p.OpenAccount(programmetest.Client1, "7102", "own", ""), p.OpenAccount(programmetest.Client1, "7103", "house", ""),
		p.Order("7101", 1, "EURUSD", march, ``), p.Order("7102", 2, "EURUSD", march, ``), p.Order("7103", 3, "EURUSD", march, ``),
		p.Order(agentAccount, 4, "EURUSD", "2026-01-01T12:00:00Z", ``), // the order closed before B registered
		p.Order(agentAccount, 5, "EURUSD", march, `,"open_spread":0,"close_spread":0`))
	require.Zero(t, dbtest.Scalar(t, p.DB, noShares))
	p.Write(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, programmetest.UUID(programmetest.PartnerB))
	p.MustFeed(t, p.Order(agentAccount, 6, "EURUSD", march, ``))
	require.Zero(t, dbtest.Scalar(t, p.DB, noShares), "suspended")
	p.Write(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, programmetest.UUID(programmetest.PartnerB))
	p.MustFeed(t, p.Order(agentAccount, 7, "EURUSD", march, ``))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, noShares))
}

const partnerC = "cccccccc-0000-4000-8000-000000000003"

// agentLate checks that an agent also earns from orders that arrived before the
// agent's registration, if they closed after it.
func agentLate(t *testing.T, p *programmetest.Programme) {
	p.AgentLink(t, programmetest.PartnerA, agentsLink, "agent", "c@example.com")
	p.Agree(t, programmetest.PartnerA, agentsLink, february, 25_0000, 0)
	p.MustFeed(t, p.OpenAccount(programmetest.Client1, agentAccount, "agent", ""),
		p.Order(agentAccount, 1, "EURUSD", march, ``), p.Order(agentAccount, 2, "EURUSD", "2026-02-15T00:00:00Z", ``), p.Order("1001", 3, "EURUSD", march, ``),
		p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`), p.Order(agentAccount, 4, "EURUSD", march, ``))
	require.Zero(t, dbtest.Scalar(t, p.DB, noShares))
	p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-02-20T00:00:00Z",
		`"partner_uid":"`+partnerC+`","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"USD"`))
	require.EqualValues(t, 3, dbtest.Scalar(t, p.DB, noShares), "of two orders and a reversal")
	require.Equal(t, "0.5", p.Wallet(t, partnerC))
	require.Equal(t, "5.5", p.Wallet(t, programmetest.PartnerA))
}

// agentRate checks that an order waits if its agent's currency has no rate, and
// is booked once the rate arrives.
func agentRate(t *testing.T, p *programmetest.Programme) {
	p.AgentLink(t, programmetest.PartnerA, agentsLink, "agent", "c@example.com")
	p.Agree(t, programmetest.PartnerA, agentsLink, february, 25_0000, 0)
	p.MustFeed(t, p.OpenAccount(programmetest.Client1, agentAccount, "agent", ""), p.Order(agentAccount, 1, "EURUSD", march, ``))
	p.Feed(t, p.Fact(feed.PartnerRegistered, "2026-02-20T00:00:00Z",
		`"partner_uid":"`+partnerC+`","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting WHERE waits_for = 'rate:GBP'`), "it was booked, and waits again")
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM clients WHERE first_trade_day IS NOT NULL`), "as if it had never been there")
	require.EqualValues(t, 1, p.Feed(t, p.Order(agentAccount, 2, "EURUSD", march, ``)).Unattributed)
	p.MustFeed(t, p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"GBP","usd":"1.25"`))
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	require.Equal(t, "0.8", p.Wallet(t, partnerC))
}

func agentReversal(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 0)
	reversed := p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":1,"reason":"price error"`)
	require.EqualValues(t, 1, p.Feed(t, reversed).Unattributed)
	p.MustFeed(t, p.Order(agentAccount, 1, "EURUSD", march, ``))
	p.Agree(t, programmetest.PartnerA, agentsLink, "2026-03-02T00:00:00Z", 50_0000, 0) // the new agreement does not change the recorded amounts
	p.MustFeed(t, p.Order(agentAccount, 2, "EURUSD", march, ``))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-06T00:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerB))
	require.Equal(t, "0", p.AgentsEarned(t, programmetest.PartnerA))
	require.EqualValues(t, 4, dbtest.Scalar(t, p.DB, noShares))
	// If an agent has already spent a share, a reversal makes the agent's
	// wallet negative, as it does with the wallet of any other partner.
	p.MustFeed(t, p.Order(agentAccount, 3, "EURUSD", march, ``))
	spend(t, p, programmetest.PartnerB, "EUR", 460_829, 500_000)
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-07T00:00:00Z", `"server":"Real","ticket":3,"reason":"x"`))
	require.Equal(t, "-0.460829", p.Wallet(t, programmetest.PartnerB))
}

func spend(t *testing.T, p *programmetest.Programme, partner, currency string, amount, usd int64) {
	t.Helper()
	posting := programmetest.RandomUID(rand.New(rand.NewPCG(1, uint64(amount))))
	p.Write(t, `INSERT INTO postings (partner_id, posting_id, kind, booked_at, cause) VALUES ($1, $2, 'payout_paid', 0, 'test')`, programmetest.UUID(partner), posting)
	for line, account := range []string{"wallet", "expense"} {
		sign := int64(2*line - 1)
		p.Write(t, `INSERT INTO entries (partner_id, posting_id, line, account, currency, amount_e6, amount_usd_e6) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			programmetest.UUID(partner), posting, int64(line), account, currency, sign*amount, sign*usd)
		p.Write(t, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (partner_id, account, currency) DO UPDATE SET amount_e6 = balances.amount_e6 + excluded.amount_e6, amount_usd_e6 = balances.amount_usd_e6 + excluded.amount_usd_e6`,
			programmetest.UUID(partner), account, currency, sign*amount, sign*usd)
	}
}

func agentTypeChange(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 0)
	p.MustFeed(t, p.Order(agentAccount, 1, "EURUSD", march, ``), p.Order(agentAccount, 2, "EURUSD", march, ``),
		p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-02-20T00:00:00Z", `"client_account":"7001","account_type":"Raw Spread"`))
	// The reward is now 3.5 USD per lot instead of 2.
	require.Equal(t, "0.875", p.AgentsEarned(t, programmetest.PartnerA))
	require.Equal(t, "2.625", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 3, dbtest.Scalar(t, p.DB, noShares))
}

func agentRelink(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 0)
	p.AgentLink(t, programmetest.PartnerA, 701, "other", "c@example.com")
	p.Agree(t, programmetest.PartnerA, 701, february, 10_0000, 0)
	p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-20T00:00:00Z",
		`"partner_uid":"`+partnerC+`","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"USD"`),
		p.Fact(feed.AccountOpened, "2026-02-10T00:00:00Z",
			`"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Order("1002", 1, "EURUSD", march, ``))
	require.Zero(t, dbtest.Scalar(t, p.DB, noShares))
	change := func(at, code string) {
		p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, at, `"client_uid":"`+programmetest.Client1+`","partner_code":"`+code+`"`))
	}
	change("2026-02-03T00:00:00Z", "agent")
	require.Equal(t, "0.460829", p.Wallet(t, programmetest.PartnerB))
	change("2026-02-04T00:00:00Z", "other")
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerB))
	require.Equal(t, "0.2", p.Wallet(t, partnerC))
	change("2026-02-05T00:00:00Z", "alpha")
	require.Equal(t, "0", p.Wallet(t, partnerC))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	require.Equal(t, "0", p.AgentsEarned(t, programmetest.PartnerA))
}

// agentWoken checks an order that waits for the rate of its agent's currency. A
// late fact removes the agent, so that the order no longer waits.
func agentWoken(t *testing.T, p *programmetest.Programme) {
	p.AgentLink(t, programmetest.PartnerA, agentsLink, "agent", "c@example.com")
	p.Agree(t, programmetest.PartnerA, agentsLink, february, 25_0000, 0)
	change := func(at, code string) string {
		return p.Fact(feed.ClientPartnerChanged, at, `"client_uid":"`+programmetest.Client1+`","partner_code":"`+code+`"`)
	}
	p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-20T00:00:00Z",
		`"partner_uid":"`+partnerC+`","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`),
		change("2026-02-03T00:00:00Z", "agent"),
		p.Fact(feed.AccountOpened, "2026-02-10T00:00:00Z",
			`"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
	require.EqualValues(t, 1, p.Feed(t, p.Order("1002", 1, "EURUSD", march, ``)).Unattributed)
	p.MustFeed(t, change("2026-02-04T00:00:00Z", "alpha"))
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
}

func agentReassign(t *testing.T, p *programmetest.Programme) {
	withAgent(t, p, 25_0000, 0)
	p.AgentLink(t, programmetest.PartnerB, 700, "of-b", "a@example.com") // A is also B's agent
	p.Agree(t, programmetest.PartnerB, 700, february, 10_0000, 0)
	p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"agent"`),
		p.Fact(feed.AccountOpened, "2026-02-10T00:00:00Z",
			`"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Order("1002", 1, "EURUSD", march, ``))
	require.Equal(t, "0.460829", p.Wallet(t, programmetest.PartnerB))
	p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, "2026-02-04T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"of-b"`))
	// B's reward is 2 USD or 1.843318 EUR. A's share is 0.2 USD or 0.184332 EUR.
	require.Equal(t, "1.658986", p.Wallet(t, programmetest.PartnerB))
	require.Equal(t, "0.2", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, noShares))
}

// agentBounded checks that an order is refused if its agent's share would
// exceed the range of the agent's wallet. The agent's currency has very little
// value.
func agentBounded(t *testing.T, p *programmetest.Programme) {
	p.AgentLink(t, programmetest.PartnerA, agentsLink, "agent", "c@example.com")
	p.Agree(t, programmetest.PartnerA, agentsLink, february, 100_0000, 0)
	p.MustFeed(t, p.OpenAccount(programmetest.Client1, agentAccount, "agent", ""),
		p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"ZWL","usd":"0.000000000001"`),
		p.Fact(feed.PartnerRegistered, "2026-02-20T00:00:00Z",
			`"partner_uid":"`+partnerC+`","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"ZWL"`))
	s := p.Feed(t, p.Order(agentAccount, 1, "EURUSD", march, ``), p.Order(agentAccount, 2, "EURUSD", march, ``), p.Order(agentAccount, 3, "EURUSD", march, ``))
	require.EqualValues(t, 2, s.RejectedCount)
	require.Equal(t, "out_of_range", s.Rejected[0].Code)
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, noShares))
}
