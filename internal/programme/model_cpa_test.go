package programme_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// modelClient is a client whom the bundle of the model's plan covers.
type modelClient struct {
	uid      id.UUID
	account  string
	partner  *modelPartner  // with whom the client registered, and who is paid for it
	now      *modelPartner  // to whom the client was moved last
	deposits []modelDeposit // oldest first
	next     int
}

type modelDeposit struct {
	at  time.Time
	usd int  // negative for a reversal
	own bool // whether the partner who is paid for the client had the account
}

// withBundle adds the plan of the model. For a client who deposits 100 USD, it pays
// 100 USD and 10 percent of the first deposit.
func withBundle(t *testing.T, p *programmetest.Programme) {
	t.Helper()
	store := reward.NewStore(p.DB)
	plans, err := store.List(t.Context())
	require.NoError(t, err)
	plan := *reward.InForce(plans, programmetest.Now)
	plan.CPA = []reward.CPA{{Name: "All", AmountUSD: 100_000_000, DepositPercent: 10_0000, CapPerClientUSD: new(money.Amount(112_000_000)), MinDepositUSD: 100_000_000, WithinDays: 60, Approval: reward.ManualApproval}}
	_, err = store.Add(t.Context(), &plan, programmetest.Now)
	require.NoError(t, err)
}

// register registers a client, who soon makes a deposit.
func (m *model) register(t *testing.T) { m.registerClient(t, 60+m.random.IntN(100)) }

func (m *model) registerClient(t *testing.T, usd int) *modelClient {
	t.Helper()
	m.next++
	c := &modelClient{uid: id.New(), account: strconv.Itoa(700_000 + m.next), partner: m.partner()}
	c.now = c.partner
	code := m.code(c.partner)
	now := m.clock.Now().Format(time.RFC3339Nano)
	m.feedLines(t,
		fmt.Sprintf(`{"id":"c-%d","type":%q,"at":%q,"client_uid":%q,"email":"model%d@example.com","country":"PL","partner_code":%q}`, m.next, feed.ClientRegistered, now, c.uid, m.next, code),
		fmt.Sprintf(`{"id":"a-%d","type":%q,"at":%q,"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"}`,
			m.next, feed.AccountOpened, now, c.account, c.uid))
	m.covered = append(m.covered, c)
	m.deposit(t, c, usd)
	m.effects.Count("client", true)
	return c
}

// code returns the link code of a partner.
func (m *model) code(p *modelPartner) string {
	if p == m.partners[0] {
		return "alpha"
	}
	return "beta"
}

// move moves a random client to the other partner.
func (m *model) move(t *testing.T) {
	if len(m.covered) == 0 {
		return
	}
	m.moveClient(t, m.covered[m.random.IntN(len(m.covered))])
}

// moveClient moves a client to the other partner.
func (m *model) moveClient(t *testing.T, c *modelClient) {
	t.Helper()
	to := m.partners[0]
	if c.now == to {
		to = m.partners[1]
	}
	c.now = to
	m.clock.Advance(time.Second) // a deposit at the moment of the move would have no defined partner
	m.next++
	m.feedLines(t, fmt.Sprintf(`{"id":"v-%d","type":%q,"at":%q,"client_uid":%q,"partner_code":%q,"reason":"test"}`,
		m.next, feed.ClientMoved, m.clock.Now().Format(time.RFC3339Nano), c.uid, m.code(to)))
	m.effects.Count("client moved", true)
}

// deposit feeds a deposit of a client, or a reversal if usd is negative.
func (m *model) deposit(t *testing.T, c *modelClient, usd int) {
	t.Helper()
	m.clock.Advance(time.Second) // two changes at the same moment would have no defined order
	c.next++
	kind, amount := feed.DepositReceived, usd
	if usd < 0 {
		kind, amount = feed.DepositReversed, -usd
	}
	c.deposits = append(c.deposits, modelDeposit{m.clock.Now(), usd, c.now == c.partner})
	m.feedLines(t, fmt.Sprintf(`{"id":"d-%s-%d","type":%q,"at":%q,"client_account":%q,"amount_usd":%d}`,
		c.account, c.next, kind, m.clock.Now().Format(time.RFC3339Nano), c.account, amount))
}

// moreDeposits feeds a deposit of a random client, or a reversal.
func (m *model) moreDeposits(t *testing.T) {
	if len(m.covered) == 0 {
		return
	}
	c := m.covered[m.random.IntN(len(m.covered))]
	takenBack := func() int64 {
		return dbtest.Scalar(t, m.direct, `SELECT count(*) FROM postings WHERE kind = 'cpa_clawback'`)
	}
	if m.wants("taken back after a move", 3) { // choose a client with a payment to take back, if there is one
		for _, other := range m.covered {
			if m.paid(t, other) && other.keptDeposit() {
				c = other
			}
		}
		if c.now == c.partner {
			m.moveClient(t, c)
		}
	}
	before := takenBack()
	m.deposit(t, c, m.random.IntN(200)-150)
	m.effects.Count("taken back", takenBack() > before)
	m.effects.Count("taken back after a move", takenBack() > before && c.now != c.partner)
}

// decide approves or rejects a random client, as the broker does. Often this is a new
// client, because older ones may have taken their deposits back.
func (m *model) decide(t *testing.T) {
	if m.wants("cpa paid", 4) || len(m.covered) == 0 {
		m.registerClient(t, 100+m.random.IntN(50))
		m.decideOn(t, m.covered[len(m.covered)-1])
		return
	}
	m.decideOn(t, m.covered[m.random.IntN(len(m.covered))])
}

func (m *model) decideOn(t *testing.T, c *modelClient) {
	t.Helper()
	effect, do := "cpa approved", func() error {
		_, err := m.cpa.Approve(t.Context(), c.uid)
		return err
	}
	if m.random.IntN(4) == 0 {
		effect, do = "cpa rejected", func() error {
			_, err := m.cpa.Reject(t.Context(), c.uid, "test")
			return err
		}
	}
	before := m.fingerprint(t)
	done, unsure, refused := m.attempt(t, do)
	if refused != nil {
		require.Equal(t, fault.ValidationError, fault.CodeOf(refused), refused)
		return
	}
	if unsure {
		_, again := errors.AsType[*fault.Error](do())
		require.False(t, again, "a decision can be repeated")
	}
	m.effects.Count(effect, done && m.fingerprint(t) != before)
}

// paid reports whether the client's partner was paid for the client.
func (m *model) paid(t *testing.T, c *modelClient) bool {
	t.Helper()
	return dbtest.Scalar(t, m.direct, `SELECT count(*) FROM cpa_clients WHERE partner_id = $1 AND client_uid = $2 AND paid_day IS NOT NULL`, c.partner.id, c.uid) == 1
}

// owedCPA returns the amount that the ledger must contain for the clients of a
// partner, in millionths of a USD. It is the sum of the amounts for each client that
// was paid and whose first deposit was not reversed.
func (m *model) owedCPA(t *testing.T, p *modelPartner) (owed int64) {
	t.Helper()
	for _, c := range m.covered {
		if c.partner == p && m.paid(t, c) && c.keptDeposit() {
			first, _ := c.firstDeposit()
			owed += min(112_000_000, 100_000_000+int64(first)*100_000)
		}
	}
	return owed
}

// keptDeposit reports whether the client deposited 100 USD within 24 hours, and kept
// its whole first deposit after that.
func (c *modelClient) keptDeposit() bool {
	first, left := c.firstDeposit()
	if first < 100 {
		return false
	}
	end := c.deposits[0].at.Add(24 * time.Hour)
	for _, d := range c.deposits {
		if d.at.After(end) {
			if left += d.usd; left < first {
				return false
			}
		}
	}
	return true
}

// firstDeposit returns the sum that the client deposited with the partner in the
// first 24 hours, and the sum that is left of all deposits after this time. A
// reversal reduces the deposits with other partners first.
func (c *modelClient) firstDeposit() (own, left int) {
	end := c.deposits[0].at.Add(24 * time.Hour)
	others := 0
	for _, d := range c.deposits {
		switch {
		case d.at.After(end):
		case d.usd >= 0 && d.own:
			own += d.usd
		case d.usd >= 0:
			others += d.usd
		default:
			fromOthers := max(0, min(others, -d.usd))
			others -= fromOthers
			own += d.usd + fromOthers
		}
	}
	return own, own + others
}
