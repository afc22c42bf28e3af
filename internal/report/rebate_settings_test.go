package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
)

func TestRebateSettingsLists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, db.DB){
			"settings in force":          testSettingsInForce,
			"lists":                      testSettingsLists,
			"nothing of another partner": settingsOthers,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, db.Joining(open(t)))
			})
		}
	})
}

// testSettingsInForce checks that the stored terms give the settings in force
// at any time, by the same rule that accrual uses.
func testSettingsInForce(t *testing.T, database db.DB) {
	made, effects := 10, programmetest.Effects{}
	rapid.Check(t, func(r *rapid.T) {
		made++
		w := newSettingsWorld(t, database, rand.New(rand.NewPCG(1, uint64(made))), made)
		draw := func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(r, label) }
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			w.step(t, draw)
		}
		for kind, n := range w.effects {
			effects[kind] += n
		}
		groups, own := w.terms(t)
		for range 40 {
			a := w.books.Accounts[draw("account", len(w.books.Accounts))]
			at := settingsStart.Add(time.Duration(draw("hours", 40*24)) * time.Hour)
			account := rebate.Account{LinkCode: a.Text("link_code"), OpenedAt: time.UnixMicro(a.Int("opened_at")), Type: a.Text("account_type")}
			terms, some := rebate.InForce(groups, own[a.Text("client_account")], account, at)
			group, percent := w.inForce(a, at)
			require.Equal(t, percent > 0, some)
			effects.Count("in force", some)
			effects.Count("no settings in force", !some)
			if some {
				require.Equal(t, rebate.Terms{GroupID: group.ID, Percent: percent}, terms)
			}
		}
	})
	effects.Require(t, append(settingsEffects, "in force", "no settings in force")...)
}

func (w *settingsWorld) terms(t *testing.T) (groups []rebate.GroupTerms, own map[string][]rebate.AccountTerms) {
	t.Helper()
	own = map[string][]rebate.AccountTerms{}
	all, err := rebate.TermsOf(t.Context(), w.db, []id.UUID{w.books.Partner.ID})
	require.NoError(t, err)
	groups = all[w.books.Partner.ID]
	var keys []rebate.AccountKey
	for _, a := range w.books.Accounts {
		keys = append(keys, rebate.AccountKey{PartnerID: w.books.Partner.ID, ClientAccount: a.Text("client_account")})
	}
	accounts, err := rebate.AccountsWithTerms(t.Context(), w.db, keys)
	require.NoError(t, err)
	for _, a := range accounts {
		own[a.ClientAccount] = a.Terms
	}
	return groups, own
}

func testSettingsLists(t *testing.T, database db.DB) {
	effects := programmetest.Effects{}
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(11, seed))
		w := newSettingsWorld(t, database, random, int(seed)+1)
		draw := func(_ string, n int) int { return random.IntN(n) }
		if seed > 0 { // the partner with seed 0 has no groups
			for range 10 + random.IntN(10) {
				w.step(t, draw)
			}
		}
		for kind, n := range w.effects {
			effects[kind] += n
		}
		w.saveState()
		w.pay(t)
		shown := &reportBundle{books: w.books, service: w.reports, db: database}
		for reportID, s := range map[string]*sheet{"rebate_clients": w.accountSheet(), "rebate_groups": w.groupSheet()} {
			d := definition(t, reportID)
			shown.check(t, d, s, s.rows, url.Values{}, random)
			for _, c := range d.Entry().Columns {
				if c.Orderable {
					shown.check(t, d, s, s.rows, url.Values{"ordering": {programmetest.Pick(random, "", "-") + c.Name}}, random)
				}
			}
			for range 40 {
				params, rows := url.Values{}, s.rows
				for _, c := range d.Entry().Columns {
					if len(c.Filters) > 0 && len(s.rows) > 0 && random.IntN(4) == 0 {
						rows = filterBy(random, rows, s.rows, c.Name, c.Filters, params)
					}
				}
				shown.check(t, d, s, rows, params, random)
			}
		}
	}
	effects.Require(t, settingsEffects...)
}

func (w *settingsWorld) pay(t *testing.T) {
	t.Helper()
	require.NoError(t, w.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		for _, a := range w.books.Accounts {
			paid, usd := a.Int("number")*10_000, a.Int("number")*12_345
			affected, err := q.Exec(ctx, `UPDATE rebate_accounts SET paid_e6 = $3, paid_usd_e6 = $4 WHERE partner_id = $1 AND client_account = $2`,
				w.books.Partner.ID, a.Text("client_account"), paid, usd)
			if err != nil {
				return err
			}
			a["paid_e6"], a["paid_usd_e6"] = paid*affected, usd*affected
		}
		return nil
	}))
}

const settingsSize = `{"min":5,"max":99.5}`

var percentNumber = numeric(4, 2)

func (w *settingsWorld) accountSheet() *sheet {
	s := &sheet{
		visible: keys(`id client_uid partner_account client_account group_id volume_lots volume_usd reward reward_usd processed_rebate processed_rebate_usd
			rebate_percent rebate_group_percent group_title client_account_type country partner_currency partner_code reg_date destination_client_account rebate_size`),
		order: "-reg_date", limit: 100,
		totals: func(rows []row) string {
			title, grouped, groups := "", 0, map[string]bool{}
			for _, r := range rows {
				groups[r.cells["group_id"].wire] = true
				if !r.cells["group_id"].null {
					grouped++
					title = r.cells["group_title"].text
				}
			}
			if len(groups) != 1 || grouped == 0 {
				title = ""
			}
			return fmt.Sprintf(`"group_title":%s,"assign_clients_count":%d`, text(title).wire, grouped)
		},
	}
	for _, a := range w.books.Accounts {
		cells := constants(w.books)
		own := w.now.own[a.Text("client_account")]
		group, percent := w.inForce(a, w.clock.Now())
		cells["id"], cells["client_uid"], cells["client_account"] = integer(a.Int("number")), short(a.UID("client_uid")), account(a.Text("client_account"))
		cells["group_id"], cells["rebate_group_percent"], cells["group_title"] = null(), null(), null()
		if group != nil {
			cells["group_id"], cells["group_title"] = integer(group.ID), text(group.Title)
			cells["rebate_group_percent"] = percentCell(group.Percent)
		}
		cells["rebate_percent"] = percentCell(percent)
		cells["volume_lots"], cells["volume_usd"] = numberCell(a, "volume_lots_e8", lots), numberCell(a, "volume_usd_e4", numeric(4, 4))
		cells["reward"], cells["reward_usd"] = numberCell(a, "reward_e6", moneyNumber), numberCell(a, "reward_usd_e6", moneyNumber)
		cells["processed_rebate"], cells["processed_rebate_usd"] = numberCell(a, "paid_e6", moneyNumber), numberCell(a, "paid_usd_e6", moneyNumber)
		cells["client_account_type"], cells["country"], cells["partner_code"] = text(a.Text("account_type")), text(a.Text("country")), text(a.Text("link_code"))
		cells["partner_currency"], cells["reg_date"], cells["date"] = text(w.books.Partner.Currency), day(a, "opened_day"), day(a, "opened_day")
		cells["rebate_size"] = cell{text: settingsSize, wire: settingsSize}
		if cells["destination_client_account"] = null(); own.destination != "" {
			cells["destination_client_account"] = account(own.destination)
		}
		s.rows = append(s.rows, row{cells, []cell{text(a.Text("client_account"))}, a})
	}
	return s
}

func percentCell(p money.Percent) cell {
	return numberCell(programmetest.ReportRow{"percent_e4": int64(p)}, "percent_e4", percentNumber)
}

func (w *settingsWorld) groupSheet() *sheet {
	s := &sheet{
		visible: keys(`id partner_uid group_title group_type clients_count rebate_percent created is_default rebate_size rebate_period rebate_period_value
			rebate_period_start rebate_period_end link_code`),
		order: "-created", limit: 100,
		totals: func(rows []row) string { return `"clients":` + total(rows, "accounts", count) },
	}
	now := w.clock.Now()
	members := map[int64]int64{}
	for _, a := range w.books.Accounts {
		if group, _ := w.inForce(a, now); group != nil {
			members[group.ID]++
		}
	}
	for _, g := range w.now.groups {
		first, last := g.At(clock.DayOf(now, time.UTC))
		from := programmetest.ReportRow{"accounts": members[g.ID], "created": g.CreatedAt.UnixMicro(), "first": int64(first), "last": int64(last)}
		cells := map[string]cell{
			"id": integer(g.ID), "group_id": integer(g.ID), "partner_uid": uid(w.books.Partner.ID), "group_title": text(g.Title), "group_type": text(string(g.Type)),
			"clients_count": integer(members[g.ID]), "rebate_percent": percentCell(g.Percent), "created": moment(from, "created"), "is_default": boolean(g.IsDefault),
			"rebate_size": {text: settingsSize, wire: settingsSize}, "rebate_period": text(string(g.Period)), "rebate_period_value": integer(int64(g.Value)),
			"rebate_period_start": day(from, "first"), "rebate_period_end": day(from, "last"), "link_code": null(),
		}
		if g.LinkCode != "" {
			cells["link_code"] = text(g.LinkCode)
		}
		s.rows = append(s.rows, row{cells, []cell{cells["id"]}, from})
	}
	return s
}

// settingsOthers checks that two partners do not see each other's settings,
// even if their groups have the same numbers and codes.
func settingsOthers(t *testing.T, database db.DB) {
	random := rand.New(rand.NewPCG(5, 6))
	one, other := newSettingsWorld(t, database, random, 1), newSettingsWorld(t, database, random, 2)
	draw := func(_ string, n int) int { return random.IntN(n) }
	for range 8 {
		one.step(t, draw)
	}
	require.Empty(t, other.groups(t))
	var foreign int64
	for number := range one.now.groups {
		foreign = number
	}
	mine := other.books.Accounts[0].Text("client_account")
	require.Equal(t, fault.NotFound, fault.CodeOf(other.settings.ChangeGroup(t.Context(), other.books.Partner.ID, foreign, rebate.GroupChange{Title: new("x")})))
	require.Equal(t, fault.NotFound, fault.CodeOf(other.settings.DeleteGroup(t.Context(), other.books.Partner.ID, foreign)))
	_, err := other.settings.Assign(t.Context(), other.books.Partner.ID, rebate.Assignment{Accounts: []string{mine}, AccountChange: rebate.AccountChange{GroupID: rebate.Change[int64]{Given: true, Value: &foreign}}})
	programmetest.RequireRefused(t, err, "group_id", "does_not_exist")
	theirs := one.books.Accounts[0].Text("client_account")
	require.Equal(t, fault.NotFound, fault.CodeOf(other.settings.ChangeAccount(t.Context(), other.books.Partner.ID, theirs, rebate.OwnChange{})))
	accounts, err := other.reports.RebateAccounts(t.Context(), other.books.Partner.ID, nil)
	require.NoError(t, err)
	require.NotContains(t, accounts, theirs)
}

func (w *settingsWorld) groups(t *testing.T) (groups []rebate.Group) {
	t.Helper()
	require.NoError(t, rebate.NewSettingsStore(w.db).Change(t.Context(), w.books.Partner.ID, func(ctx context.Context, tx rebate.SettingsTx) (err error) {
		groups, err = tx.Groups(ctx)
		return err
	}))
	return groups
}
