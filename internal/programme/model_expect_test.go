package programme_test

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
)

// The model computes the expected amounts in a slow and simple way. It stores the
// settings as lists, in the order in which they were set. It finds the first and
// the last day of a period by checking each day.

func (m *model) expectedRow(p *modelPartner, a *modelAccount, closed time.Time) modelRow {
	row := modelRow{partner: p.id, account: a.number}
	if a.kind == "Social" {
		return row
	}
	var own rebate.AccountTerms
	for _, terms := range a.own {
		if !terms.From.After(closed) {
			own = terms
		}
	}
	for _, g := range p.groups {
		var then *rebate.GroupTerms
		for i := range g.terms {
			if !g.terms[i].From.After(closed) {
				then = &g.terms[i]
			}
		}
		if then == nil || then.Deleted {
			continue
		}
		if mine := own.GroupID != nil && *own.GroupID == g.number; mine || (row.group == 0 && then.IsDefault) {
			row.group, row.percent = g.number, int64(then.Percent)
			if mine {
				break
			}
		}
	}
	if row.group != 0 && own.Percent != nil {
		row.percent = int64(*own.Percent)
	}
	if row.percent == 0 {
		row.group = 0
	}
	return row
}

// expect adds the reward of an order, or of its reversal, to the row that should
// contain it. It reports whether a part of the reward should be set aside.
func (m *model) expect(t *testing.T, o *modelOrder, kind int) bool {
	t.Helper()
	var reward, usd, day int64
	require.NoError(t, m.direct.QueryRow(t.Context(), `SELECT reward_e6, reward_usd_e6, reward_day FROM rewards WHERE partner_id = $1 AND ticket = $2 AND kind = $3`,
		o.partner.id, int64(o.ticket), int64(kind)).Scan(&reward, &usd, &day))
	if kind == 0 {
		o.usd, o.day = usd, clock.Day(day)
	}
	if o.row.percent == 0 || (reward == 0 && usd == 0) {
		return false
	}
	row := o.row
	row.first, row.last = m.period(o.partner, row.group, max(clock.Day(day), clock.DayOf(m.clock.Now(), time.UTC)))
	m.rows[row] = m.rows[row].Plus(rebate.Sum{Amount: money.Amount(reward), USD: money.Amount(usd)})
	return true
}

func (m *model) period(p *modelPartner, group int64, day clock.Day) (first, last clock.Day) {
	var s rebate.Schedule
	for _, g := range p.groups {
		if g.number == group {
			s = g.terms[len(g.terms)-1].Schedule
		}
	}
	begins := func(day clock.Day) bool {
		date := day.Start(time.UTC)
		switch s.Period {
		case rebate.Weekly:
			return int(date.Weekday()) == s.Value%7
		case rebate.Monthly:
			return date.Day() == s.Value
		default:
			return true
		}
	}
	for first = day; !begins(first); first-- {
	}
	for last = day; !begins(last + 1); last++ {
	}
	return first, last
}

func (m *model) changeGroup(t *testing.T) {
	p := m.partner()
	percent := money.Percent(m.random.IntN(101)) * 10_000
	isDefault := m.random.IntN(3) > 0
	period := []rebate.Period{rebate.Daily, rebate.Daily, rebate.Weekly, rebate.Monthly}[m.random.IntN(4)]
	value, kind := 1+m.random.IntN(7), []rebate.Type{rebate.Manual, rebate.Manual, rebate.Auto}[m.random.IntN(3)]
	change := rebate.GroupChange{Percent: &percent, IsDefault: &isDefault, Period: &period, PeriodValue: &value, Type: &kind}
	if period == rebate.Daily {
		change.PeriodValue = nil
	}
	var group int64
	if len(p.groups) > 0 {
		group = p.groups[m.random.IntN(len(p.groups))].number
	}
	m.clock.Advance(time.Second)
	effect := "group changed"
	switch n := m.random.IntN(10); {
	case len(p.groups) < 3 || n == 0:
		effect = "group made"
	case n < 3:
		effect = "group deleted"
	}
	m.trySettings(t, p, effect, func() (err error) {
		switch effect {
		case "group made":
			m.next++
			title := fmt.Sprintf("group %d", m.next)
			change.Title = &title
			_, err = m.settings.CreateGroup(t.Context(), p.id, change)
		case "group deleted":
			err = m.settings.DeleteGroup(t.Context(), p.id, group)
		default:
			err = m.settings.ChangeGroup(t.Context(), p.id, group, change)
		}
		return err
	})
}

// assign sets or removes an account's own group and percentage.
func (m *model) assign(t *testing.T) {
	p := m.partner()
	a := p.accounts[m.random.IntN(len(p.accounts))]
	in := rebate.Assignment{Accounts: []string{a.number}}
	if len(p.groups) > 0 && m.random.IntN(3) > 0 {
		in.GroupID = rebate.Change[int64]{Given: true, Value: &p.groups[m.random.IntN(len(p.groups))].number}
	} else {
		in.GroupID = rebate.Change[int64]{Given: true}
	}
	percent := money.Percent(m.random.IntN(10_001)) * 100
	switch m.random.IntN(3) {
	case 0:
		in.Percent = rebate.Change[money.Percent]{Given: true, Value: &percent}
	case 1:
		in.Percent = rebate.Change[money.Percent]{Given: true}
	}
	m.clock.Advance(time.Second)
	m.trySettings(t, p, "assignment", func() error {
		_, err := m.settings.Assign(t.Context(), p.id, in)
		return err
	})
}

// trySettings is like try, for a change of a partner's settings. The change counts
// as an effect if it adds terms.
func (m *model) trySettings(t *testing.T, p *modelPartner, effect string, do func() error) {
	t.Helper()
	terms := func() (n int) {
		for _, g := range p.groups {
			n += len(g.terms)
		}
		for _, a := range p.accounts {
			n += len(a.own)
		}
		return n
	}
	before := terms()
	done, unsure, refused := m.attempt(t, do)
	require.True(t, done || unsure || refused != nil)
	m.readSettings(t, p)
	m.effects.Count(effect, done && terms() > before)
}

// readSettings reads the current settings from the database, because an interrupted
// change may or may not have been stored. The model computes the effect of the
// settings itself.
func (m *model) readSettings(t *testing.T, p *modelPartner) {
	t.Helper()
	p.groups = nil
	rows, err := m.direct.Query(t.Context(), `SELECT group_id, from_at, percent_e4, period, period_value, is_default, is_deleted FROM rebate_group_terms
		WHERE partner_id = $1 ORDER BY group_id, from_at`, p.id)
	require.NoError(t, err)
	for rows.Next() {
		var terms rebate.GroupTerms
		var from int64
		require.NoError(t, rows.Scan(&terms.GroupID, &from, (*int64)(&terms.Percent), (*string)(&terms.Period), &terms.Value, &terms.IsDefault, &terms.Deleted))
		terms.From = db.Instant(from)
		if n := len(p.groups); n == 0 || p.groups[n-1].number != terms.GroupID {
			p.groups = append(p.groups, &modelGroup{number: terms.GroupID})
		}
		g := p.groups[len(p.groups)-1]
		g.terms = append(g.terms, terms)
	}
	require.NoError(t, rows.Err())
	rows.Close()
	for _, a := range p.accounts {
		a.own = nil
		rows, err := m.direct.Query(t.Context(), `SELECT from_at, group_id, percent_e4 FROM rebate_account_terms
			WHERE partner_id = $1 AND client_account = $2 ORDER BY from_at`, p.id, a.number)
		require.NoError(t, err)
		for rows.Next() {
			var terms rebate.AccountTerms
			var from int64
			var percent *int64
			require.NoError(t, rows.Scan(&from, &terms.GroupID, &percent))
			terms.From, terms.Percent = db.Instant(from), (*money.Percent)(percent)
			a.own = append(a.own, terms)
		}
		require.NoError(t, rows.Err())
		rows.Close()
	}
}

func (m *model) look(t *testing.T, after string) {
	t.Helper()
	found := map[modelRow]rebate.Sum{}
	rows, err := m.direct.Query(t.Context(), `SELECT w.partner_id, r.group_id, r.period_start_day, r.period_end_day, w.client_account, w.percent_e4,
		w.reward_e6, w.reward_usd_e6, w.rebate_e6 FROM rebate_rows w JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id`)
	require.NoError(t, err)
	for rows.Next() {
		var row modelRow
		var reward rebate.Sum
		var rebated int64
		require.NoError(t, rows.Scan(&row.partner, &row.group, (*int32)(&row.first), (*int32)(&row.last), &row.account, &row.percent,
			(*int64)(&reward.Amount), (*int64)(&reward.USD), &rebated))
		found[row] = reward
		exact := new(big.Int).Mul(big.NewInt(int64(reward.Amount)), big.NewInt(row.percent))
		require.Equal(t, exact.Quo(exact, big.NewInt(1_000_000)).Int64(), rebated, "after %s: reward x percent", after)
	}
	require.NoError(t, rows.Err())
	rows.Close()
	require.Equal(t, m.rows, found, "after %s: what is set aside", after)
	for _, p := range m.partners {
		var earned, owned int64
		require.NoError(t, m.direct.QueryRow(t.Context(), `SELECT CAST(coalesce((SELECT sum(reward_usd_e6) FROM rewards WHERE partner_id = $1), 0)
			+ coalesce((SELECT sum(amount_usd_e6) FROM overrides WHERE partner_id = $1), 0) AS bigint),
			CAST(coalesce((SELECT sum(amount_usd_e6) FROM balances WHERE partner_id = $1 AND account <> 'expense'), 0) AS bigint)`, p.id).Scan(&earned, &owned))
		require.Equal(t, earned+m.progressRewards(t, p)+m.owedCPA(t, p), owned, "after %s: everything earned is in a wallet, owed or paid", after)
	}
	programmetest.RequireSound(t, m.direct)
}

// fingerprint returns all balances and statuses and the number of postings as text.
func (m *model) fingerprint(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, query := range []string{
		`SELECT account || currency, CAST(amount_e6 AS text) FROM balances ORDER BY partner_id, account, currency`,
		`SELECT CAST(row_id AS text), status FROM rebate_rows ORDER BY partner_id, row_id`,
		`SELECT CAST(rebate_id AS text), status FROM rebates ORDER BY partner_id, rebate_id`,
		`SELECT CAST(payout_id AS text), status FROM payouts ORDER BY partner_id, payout_id`,
		`SELECT CAST(withdrawal_id AS text), status FROM withdrawals ORDER BY partner_id, withdrawal_id`,
		`SELECT CAST(review_day AS text), new_level || CAST(orders_count AS text) FROM level_reviews ORDER BY partner_id, review_day`,
		`SELECT CAST(expires_at AS text), status FROM cpa_clients ORDER BY partner_id, client_uid`,
		`SELECT CAST(from_day AS text), level FROM partner_levels ORDER BY partner_id, from_day`,
		`SELECT CAST(count(*) AS text), '' FROM postings`,
	} {
		rows, err := db.Collect(context.WithoutCancel(t.Context()), m.direct, func(rows db.Rows) (string, error) {
			var name, value string
			err := rows.Scan(&name, &value)
			return name + "=" + value, err
		}, query)
		require.NoError(t, err)
		out.WriteString(strings.Join(rows, " ") + "\n")
	}
	return out.String()
}

func (m *model) promisedRebates(t *testing.T, p *modelPartner) money.Amount {
	t.Helper()
	return money.Amount(dbtest.Scalar(t, m.direct, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM payouts
		WHERE partner_id = $1 AND kind = 'rebate' AND status <> 'failed'`, p.id))
}

// payoutIDs returns the ids of all payouts with a status, in the form that the
// broker uses.
func (m *model) payoutIDs(t *testing.T, status string) []string {
	t.Helper()
	payouts, err := db.Collect(t.Context(), m.direct, func(rows db.Rows) (name string, err error) {
		var owner id.UUID
		var n int64
		err = rows.Scan(&owner, &n)
		return fmt.Sprintf("%s-%d", owner.Hex(), n), err
	}, `SELECT partner_id, payout_id FROM payouts WHERE status = $1 ORDER BY partner_id, payout_id`, status)
	require.NoError(t, err)
	return payouts
}

func (m *model) inWallets(t *testing.T, p *modelPartner) money.Amount {
	t.Helper()
	return money.Amount(dbtest.Scalar(t, m.direct, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = 'wallet'`, p.id))
}

func (m *model) smallestWallet(t *testing.T, p *modelPartner) money.Amount {
	t.Helper()
	return money.Amount(dbtest.Scalar(t, m.direct, `SELECT CAST(coalesce(min(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = 'wallet'`, p.id))
}
