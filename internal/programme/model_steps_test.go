package programme_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// modelStep is a kind of step. The model chooses a step with a probability in
// proportion to its weight. The test fails if one of the effects never occurs.
type modelStep struct {
	name    string
	weight  int
	do      func(*testing.T)
	effects []string
}

func (m *model) steps() []modelStep {
	return []modelStep{
		{"orders", 30, m.feedOrders, []string{"orders", "killed before a commit", "killed after a commit"}},
		{"reversal", 5, m.reverse, []string{"reversal"}},
		{"reinstatement", 3, m.reinstate, []string{"reinstatement"}},
		{"again", 2, m.feedAgain, []string{"again"}},
		{"group", 6, m.changeGroup, []string{"group made", "group changed", "group deleted"}},
		{"assign", 6, m.assign, []string{"assignment"}},
		{"time", 14, m.pass, nil}, // without this step, no period ends, and rebate runs have no effect
		{"run", 12, m.run, []string{"run", "second run"}},
		{"approve", 14, m.approve, []string{"approval", "rows approved", "stale approval"}},
		{"reject", 2, m.reject, []string{"rejection"}},
		{"answer", 12, m.answerPayouts, []string{"paid", "failed", "answered again"}},
		{"retry", 4, m.retry, []string{"retry"}},
		{"withdraw", 5, m.withdraw, []string{"withdrawal", "wrong code"}},
		{"race", 2, m.race, []string{"race"}},
		{"level", 6, m.setLevel, []string{"level set"}},
		{"review", 7, m.review, []string{"review", "rise", "cpa paid"}},
		{"client", 6, m.register, []string{"client"}},
		{"deposit", 5, m.moreDeposits, []string{"taken back", "taken back after a move"}},
		{"move", 3, m.move, []string{"client moved"}},
		{"decide", 8, m.decide, []string{"cpa approved", "cpa rejected", "cpa paid"}},
		{"expire", 1, m.expire, []string{"expiry"}},
	}
}

// wants returns true one time in n. Before the effect has occurred for the first
// time, it returns true half of the time.
func (m *model) wants(effect string, n int) bool {
	if m.effects[effect] == 0 {
		n = 2
	}
	return m.random.IntN(n) == 0
}

func (m *model) missingSteps() (steps []modelStep) {
	for _, s := range m.steps() {
		if m.effects.Missing(s.effects...) != nil {
			steps = append(steps, s)
		}
	}
	return steps
}

// step chooses a step at random by weight, executes it and checks the books.
func (m *model) step(t *testing.T, steps []modelStep) {
	t.Helper()
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	n := m.random.IntN(total)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			s.do(t)
			m.look(t, s.name)
			return
		}
	}
}

func (m *model) feedLines(t *testing.T, lines ...string) {
	t.Helper()
	text := strings.Join(lines, "\n")
	ingest := func() error {
		_, err := m.accrual.Ingest(t.Context(), accrual.Lines(strings.NewReader(text)), nil)
		return err
	}
	if _, unsure, _ := m.attempt(t, ingest); unsure {
		require.NoError(t, ingest()) // the sender repeats the request
	}
}

func (m *model) feedOrders(t *testing.T) {
	var lines []string
	first := len(m.orders)
	for range 1 + m.random.IntN(6) {
		p := m.partner()
		a := p.accounts[m.random.IntN(len(p.accounts))]
		m.next++
		closed := m.clock.Now().Add(-time.Duration(m.random.IntN(100)) * time.Minute)
		if m.random.IntN(8) == 0 {
			closed = closed.Add(-time.Duration(m.random.IntN(20*24)) * time.Hour)
		}
		lots, spread := int64(1+m.random.IntN(299)), int64(m.random.IntN(300))
		line := fmt.Sprintf(`{"id":"m-%d","type":"order.closed","at":%q,"server":"Real","ticket":%d,"client_account":%q,"symbol":"EURUSD","side":"buy",`+
			`"lots":"%d.%02d","open_time":%q,"close_time":%q,"open_price":1.1,"close_price":1.2,"open_spread":"%d.%d"}`,
			m.next, closed.Format(time.RFC3339Nano), m.next, a.number, lots/100, lots%100,
			closed.Add(-time.Hour).Format(time.RFC3339Nano), closed.Format(time.RFC3339Nano), spread/10, spread%10)
		lines = append(lines, line)
		m.orders = append(m.orders, modelOrder{ticket: m.next, partner: p, row: m.expectedRow(p, a, closed), line: line, kind: a.kind, lots: lots, spread: spread})
	}
	m.feedLines(t, lines...)
	for i := first; i < len(m.orders); i++ {
		m.effects.Count("orders", m.expect(t, &m.orders[i], 0))
	}
}

func (m *model) reverse(t *testing.T) { m.changeOrder(t, "order.reversed", "reversal", 0) }

func (m *model) reinstate(t *testing.T) { m.changeOrder(t, "order.reinstated", "reinstatement", 1) }

// changeOrder reverses or reinstates a random order. An order can be reversed only
// after an even number of such changes, and reinstated only after an odd number. The
// caller passes the remainder of this number divided by 2.
func (m *model) changeOrder(t *testing.T, kind, effect string, remainder int) {
	var able []int
	for i := range m.orders {
		if m.orders[i].changes%2 == remainder {
			able = append(able, i)
		}
	}
	if len(able) == 0 {
		return
	}
	o := &m.orders[able[m.random.IntN(len(able))]]
	o.changes++
	m.clock.Advance(time.Second) // two changes at the same moment would have no defined order
	m.feedLines(t, fmt.Sprintf(`{"id":"r-%d-%d","type":%q,"at":%q,"server":" REAL","ticket":%d,"reason":"test"}`,
		o.ticket, o.changes, kind, m.clock.Now().Format(time.RFC3339Nano), o.ticket))
	m.effects.Count(effect, m.expect(t, o, o.changes))
}

// feedAgain sends known facts again and checks that nothing changes. Facts also
// start the monthly work that is due, so this work comes first.
func (m *model) feedAgain(t *testing.T) {
	require.NoError(t, m.monthly(t.Context()))
	before := m.fingerprint(t)
	for range min(5, len(m.orders)) {
		_, err := m.accrual.Ingest(t.Context(), accrual.Lines(strings.NewReader(m.orders[m.random.IntN(len(m.orders))].line)), nil)
		require.NoError(t, err)
	}
	require.Equal(t, before, m.fingerprint(t), "known facts change nothing")
	m.effects.Count("again", len(m.orders) > 0)
}

func (m *model) pass(*testing.T) {
	m.clock.Advance([]time.Duration{time.Minute, time.Hour, 7 * time.Hour, 26 * time.Hour, 8 * 24 * time.Hour}[m.random.IntN(5)])
}

func (m *model) run(t *testing.T) {
	m.try(t, "run", `SELECT count(*) FROM rebates WHERE status NOT IN ('open', 'closing')`, func() error { return m.runs.Run(t.Context()) })
	if m.random.IntN(2) == 0 { // the first run finishes the work of a killed run; the second must change nothing
		require.NoError(t, m.runs.Run(t.Context()))
		before := m.fingerprint(t)
		require.NoError(t, m.runs.Run(t.Context()))
		require.Equal(t, before, m.fingerprint(t), "a second run changes nothing")
		m.effects.Count("second run", true)
	}
}

// pickRebates picks a partner, and some of the partner's rebates with this
// status. If the partner has none, it tries another partner once.
func (m *model) pickRebates(t *testing.T, status string) (p *modelPartner, s rebate.Selection) {
	t.Helper()
	p = m.partner()
	if s = m.waitingFor(t, p, status); len(s.Rebates)+len(s.Rows) == 0 {
		p = m.partner()
		s = m.waitingFor(t, p, status)
	}
	return p, s
}

func (m *model) waitingFor(t *testing.T, p *modelPartner, status string) (s rebate.Selection) {
	t.Helper()
	query, list := `SELECT rebate_id FROM rebates WHERE partner_id = $1 AND status = $2 AND topay_e6 > 0 ORDER BY rebate_id`, &s.Rebates
	if status == "failed" || m.wants("rows approved", 3) {
		query, list = `SELECT row_id FROM rebate_rows w WHERE partner_id = $1 AND status = $2 AND topay_e6 > 0 AND ($2 = 'failed' OR EXISTS
			(SELECT 1 FROM rebates r WHERE r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id AND r.status = $2)) ORDER BY row_id`, &s.Rows
	}
	found, err := db.Collect(t.Context(), m.direct, func(rows db.Rows) (n int64, err error) {
		err = rows.Scan(&n)
		return n, err
	}, query, p.id, status)
	require.NoError(t, err)
	for _, n := range found {
		if m.random.IntN(3) > 0 || len(*list) == 0 {
			*list = append(*list, n)
		}
	}
	return s
}

func (m *model) approve(t *testing.T) {
	require.NoError(t, m.runs.Pay(t.Context())) // pay earlier payouts first, because the sums below do not include them
	p, s := m.pickRebates(t, "pending")
	if len(s.Rebates)+len(s.Rows) == 0 {
		return
	}
	approval, shown, err := m.runs.Start(t.Context(), p.id, s)
	if err != nil {
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), err)
		return
	}
	token, refused := m.requestToken(t, p, verification.ApproveRebates, map[string]any{
		"user_uid": p.id, "requested_at": approval.RequestedAt, "operation_type": "APPROVE_REBATES", "rebate_ids": s.Rebates, "rebate_row_ids": s.Rows,
	})
	if refused != nil { // a partner with a negative wallet cannot pay
		require.Negative(t, m.smallestWallet(t, p), refused)
		return
	}
	other := m.partners[0]
	if other == p {
		other = m.partners[1]
	}
	stale := m.wants("stale approval", 6)
	if stale {
		m.clock.Advance(11 * time.Minute)
	}
	before := m.fingerprint(t)
	m.refuses(t, p, s, "no token")
	m.refuses(t, other, s, token)
	if less, smaller := smallerThan(s); smaller {
		m.refuses(t, p, less, token)
	}
	for _, used := range p.used {
		m.refuses(t, p, s, used)
	}
	require.Equal(t, before, m.fingerprint(t), "a refused call changes nothing")
	payable := m.promisedRebates(t, p)
	done, unsure, _ := m.attempt(t, func() error {
		_, err := m.runs.Approve(t.Context(), p.id, s, token)
		return err
	})
	require.Equal(t, !stale, done || unsure, "a valid code pays the selection that was shown")
	m.effects.Count("stale approval", stale)
	for unsure { // repeat the request until its result is known
		_, unsure, _ = m.attempt(t, func() error { // the request pays now, or is refused because the first try had already paid
			_, err := m.runs.Approve(t.Context(), p.id, s, token)
			return err
		})
	}
	if done {
		require.NoError(t, m.runs.Pay(t.Context()))
		require.Equal(t, payable+shown.Pay.Amount, m.promisedRebates(t, p), "pays exactly the amount that was shown")
		m.refuses(t, p, s, token)
		require.Equal(t, payable+shown.Pay.Amount, m.promisedRebates(t, p), "paid once")
		m.effects.Count("approval", shown.Pay.Amount > 0)
		m.effects.Count("rows approved", shown.Pay.Amount > 0 && len(s.Rows) > 0)
	}
	p.used = append(p.used, token)
	p.used = p.used[max(0, len(p.used)-3):]
}

func (m *model) refuses(t *testing.T, p *modelPartner, s rebate.Selection, token string) {
	t.Helper()
	_, err := m.runs.Approve(t.Context(), p.id, s, token)
	require.Contains(t, []fault.Code{fault.PermissionDenied, fault.ValidationError}, fault.CodeOf(err), "%v", err)
}

func smallerThan(s rebate.Selection) (rebate.Selection, bool) {
	if len(s.Rebates) > 1 {
		return rebate.Selection{Rebates: s.Rebates[1:]}, true
	}
	if len(s.Rows) > 1 {
		return rebate.Selection{Rows: s.Rows[:len(s.Rows)-1]}, true
	}
	return s, false
}

func (m *model) reject(t *testing.T) {
	require.NoError(t, m.runs.Pay(t.Context())) // finish earlier rejections first, because the sums below do not include them
	p, s := m.pickRebates(t, "pending")
	if len(s.Rebates)+len(s.Rows) == 0 {
		return
	}
	wallet := m.inWallets(t, p)
	var rejected *rebate.Outcome
	done, unsure, refused := m.attempt(t, func() (err error) {
		rejected, err = m.runs.Reject(t.Context(), p.id, s)
		return err
	})
	require.True(t, done || unsure, refused)
	if done {
		require.NoError(t, m.runs.Pay(t.Context()))
		require.Equal(t, wallet+rejected.Pay.Amount, m.inWallets(t, p), "returns what was reserved")
		m.effects.Count("rejection", rejected.Pay.Amount > 0)
	}
}

func (m *model) retry(t *testing.T) {
	p, s := m.pickRebates(t, "failed")
	if len(s.Rows) == 0 {
		return
	}
	promised := m.promisedRebates(t, p)
	var retried *rebate.Outcome
	done, unsure, refused := m.attempt(t, func() (err error) {
		retried, err = m.runs.Retry(t.Context(), p.id, s.Rows)
		return err
	})
	if refused != nil { // a partner with a negative wallet cannot pay
		require.Negative(t, m.smallestWallet(t, p), refused)
	}
	require.True(t, done || unsure || refused != nil)
	if done {
		require.Equal(t, promised+retried.Pay.Amount, m.promisedRebates(t, p), "pays the failed amounts again")
		require.EqualValues(t, len(s.Rows), dbtest.Scalar(t, m.direct, `SELECT count(*) FROM rebate_rows w
			JOIN payouts p ON p.partner_id = w.partner_id AND p.payout_id = w.payout_id AND p.status = 'pending' AND p.amount_e6 = w.topay_e6
			WHERE w.partner_id = $1 AND w.row_id @any($2) AND w.status = 'approved' AND EXISTS (SELECT 1 FROM payouts f WHERE f.partner_id = w.partner_id
				AND f.kind = 'rebate' AND f.subject_id = w.row_id AND f.status = 'failed' AND f.destination = p.destination)`, p.id, s.Rows), "each row has another payout to the same destination")
		_, err := m.runs.Retry(t.Context(), p.id, s.Rows)
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), "a payment that has not failed is not retried: %v", err)
		m.effects.Count("retry", retried.Pay.Amount > 0)
	}
}

// answerPayouts reports some payouts as paid or failed, as the broker does. It then
// sends each report again or sends the opposite, which must change nothing.
func (m *model) answerPayouts(t *testing.T) {
	var lines []string
	answered := map[string]string{}
	for _, payout := range m.payoutIDs(t, "pending") {
		word := []string{"paid", "paid", "failed"}[m.random.IntN(3)]
		if m.random.IntN(3) > 0 {
			answered[payout] = word
			lines = append(lines, fmt.Sprintf(`{"id":"p-%s","type":"payout.%s","at":%q,"payout_id":%q,"reason":"test"}`,
				payout, word, m.clock.Now().Format(time.RFC3339), payout))
		}
	}
	m.feedLines(t, lines...)
	settled := map[string][]string{"paid": m.payoutIDs(t, "paid"), "failed": m.payoutIDs(t, "failed")}
	for payout, word := range answered {
		require.Contains(t, settled[word], payout)
		m.effects.Count(word, true)
	}
	before := m.fingerprint(t)
	for _, line := range lines {
		m.next++
		again := strings.Replace(line, `"id":"p-`, fmt.Sprintf(`"id":"q%d-`, m.next), 1)
		if m.random.IntN(2) == 0 {
			again = strings.NewReplacer("payout.paid", "payout.failed", "payout.failed", "payout.paid").Replace(again)
		}
		m.feedLines(t, again)
	}
	require.Equal(t, before, m.fingerprint(t), "a payout is answered once")
	m.effects.Count("answered again", len(lines) > 0)
}

func (m *model) withdrawal(t *testing.T, p *modelPartner) (wallet.Request, bool) {
	t.Helper()
	balance := m.smallestWallet(t, p)
	account, err := db.Collect(t.Context(), m.direct, func(rows db.Rows) (s string, err error) {
		err = rows.Scan(&s)
		return s, err
	},
		`SELECT partner_account FROM partner_accounts WHERE partner_id = $1`, p.id)
	require.NoError(t, err)
	method := m.wallet.Methods()[0]
	amount := max(money.Amount(m.random.Int64N(int64(max(balance, 1))+1)), money.Amount(10_000)) / 10_000 * 10_000
	return wallet.Request{Account: account[0], Amount: amount, Method: method.Name, Destination: "CY17002001280000001200527600"}, true
}

func (m *model) withdraw(t *testing.T) {
	p := m.partner()
	request, _ := m.withdrawal(t, p)
	token, refused := m.requestToken(t, p, verification.Withdraw, request)
	if refused != nil {
		return
	}
	wrong := request
	wrong.Amount += 10_000
	before := m.fingerprint(t)
	_, err := m.wallet.Withdraw(t.Context(), p.id, wrong, token)
	require.Error(t, err, "another amount")
	require.Equal(t, before, m.fingerprint(t))
	wallet := m.inWallets(t, p)
	done, _, _ := m.attempt(t, func() error {
		_, err := m.wallet.Withdraw(t.Context(), p.id, request, token)
		return err
	})
	if done {
		require.Equal(t, wallet-request.Amount, m.inWallets(t, p))
		m.effects.Count("withdrawal", true)
		_, err := m.wallet.Withdraw(t.Context(), p.id, request, token)
		require.Equal(t, fault.PermissionDenied, fault.CodeOf(err), "a token works once")
	}
}

// race approves rebates, rejects rebates and withdraws the whole wallet concurrently.
func (m *model) race(t *testing.T) {
	p, s := m.pickRebates(t, "pending")
	var jobs []func(context.Context)
	if len(s.Rebates)+len(s.Rows) > 0 {
		if approval, _, err := m.runs.Start(t.Context(), p.id, s); err == nil {
			token, refused := m.requestToken(t, p, verification.ApproveRebates, map[string]any{
				"user_uid": p.id, "requested_at": approval.RequestedAt, "operation_type": "APPROVE_REBATES", "rebate_ids": s.Rebates, "rebate_row_ids": s.Rows,
			})
			if refused == nil {
				jobs = append(jobs, func(ctx context.Context) { _, _ = m.runs.Approve(ctx, p.id, s, token) }, func(ctx context.Context) { _, _ = m.runs.Reject(ctx, p.id, s) })
			}
		}
	}
	if request, _ := m.withdrawal(t, p); m.smallestWallet(t, p) > request.Amount {
		request.Amount = m.smallestWallet(t, p) / 10_000 * 10_000
		for range 2 {
			if token, refused := m.requestToken(t, p, verification.Withdraw, request); refused == nil {
				jobs = append(jobs, func(ctx context.Context) { _, _ = m.wallet.Withdraw(ctx, p.id, request, token) })
			}
		}
	}
	before := m.fingerprint(t)
	var work sync.WaitGroup
	for _, job := range slices.Concat(jobs, jobs) { // each job runs twice
		work.Go(func() { job(t.Context()) })
	}
	work.Wait()
	m.effects.Count("race", before != m.fingerprint(t))
}

func (m *model) expire(t *testing.T) {
	m.clock.Advance(31 * 24 * time.Hour)
	m.try(t, "expiry", `SELECT count(*) FROM rebate_rows WHERE status = 'expired'`, func() error { return m.runs.Expire(t.Context()) })
	require.NoError(t, m.runs.Expire(t.Context()))
	before := m.fingerprint(t)
	require.NoError(t, m.runs.Expire(t.Context()))
	require.Equal(t, before, m.fingerprint(t), "an expiry frees the reserve once")
}
