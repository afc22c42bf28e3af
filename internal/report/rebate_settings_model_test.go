package report_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
)

var settingsStart = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

// settingsWorld is a partner with accounts and rebates, and a model of the
// partner's settings after each change.
type settingsWorld struct {
	books    *programmetest.ReportBooks
	db       db.DB
	clock    *clock.Fixed
	settings *rebate.Settings
	reports  *report.Service

	effects programmetest.Effects
	now     settingsState
	history []settingsState
}

type settingsState struct {
	at     time.Time
	groups map[int64]rebate.Group
	own    map[string]ownSettings
}

type ownSettings struct {
	group       int64 // 0 means none
	percent     *money.Percent
	destination string
}

// newSettingsWorld creates a partner with 25 accounts, some of which are
// Social. The accounts are opened in the same months in which the partner
// changes the settings.
func newSettingsWorld(t *testing.T, database db.DB, random *rand.Rand, n int) *settingsWorld {
	t.Helper()
	w := &settingsWorld{books: programmetest.NewReportBooks(random, n), db: database, clock: clock.At(settingsStart)}
	for _, a := range w.books.Accounts {
		opened := settingsStart.Add(time.Duration(random.IntN(60*24)-10*24) * time.Hour)
		a["opened_at"], a["opened_day"] = opened.UnixMicro(), int64(clock.DayOf(opened, time.UTC))
		a["account_type"] = programmetest.Pick(random, "Standard", "Pro", "Social Standard", "Raw Spread")
	}
	w.books.Store(t, database)
	require.NoError(t, database.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		for _, code := range []string{"abc", "Zed", "a_b"} {
			_, err := q.Exec(ctx, `INSERT INTO partner_links (partner_id, link_code, reward_schema, is_default, is_blocked, is_custom, created_at)
				VALUES ($1, $2, '', $3, $3, $3, 0)`, w.books.Partner.ID, code, false)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	w.reports = report.NewService(report.NewSQLStore(database), w.clock, report.Options{MinRebate: 5_0000, MaxRebate: 99_5000})
	w.settings = rebate.NewSettings(rebate.NewSettingsStore(database), w.clock, rebate.Config{
		Min: 5_0000, Max: 99_5000, Audit: audit.NewSQLLog(database, w.clock), Find: w.reports.RebateAccounts,
	})
	w.effects = programmetest.Effects{}
	w.now = settingsState{groups: map[int64]rebate.Group{}, own: map[string]ownSettings{}}
	return w
}

func (w *settingsWorld) saveState() {
	state := settingsState{at: w.clock.Now(), groups: maps.Clone(w.now.groups), own: maps.Clone(w.now.own)}
	w.history = append(w.history, state)
}

func (w *settingsWorld) stateAt(at time.Time) (state settingsState) {
	for _, s := range w.history {
		if !s.at.After(at) {
			state = s
		}
	}
	return state
}

// inForce returns an account's group and percent at a given time. They depend
// on the settings at that time, and on the settings when the account was
// opened.
func (w *settingsWorld) inForce(a programmetest.ReportRow, at time.Time) (group *rebate.Group, percent money.Percent) {
	then, opened := w.stateAt(at), w.stateAt(time.UnixMicro(a.Int("opened_at")))
	own := then.own[a.Text("client_account")]
	find := func(groups map[int64]rebate.Group, wanted func(rebate.Group) bool) *rebate.Group {
		for number := range groups {
			if still, ok := then.groups[number]; ok && wanted(groups[number]) {
				return &still
			}
		}
		return nil
	}
	group = find(then.groups, func(g rebate.Group) bool { return g.ID == own.group })
	if group == nil {
		group = find(opened.groups, func(g rebate.Group) bool { return g.LinkCode == a.Text("link_code") })
	}
	if group == nil {
		group = find(then.groups, func(g rebate.Group) bool { return g.IsDefault })
	}
	switch {
	case group == nil || strings.HasPrefix(a.Text("account_type"), "Social"):
		return group, 0
	case own.percent != nil:
		return group, *own.percent
	default:
		return group, group.Percent
	}
}

type chooser func(label string, n int) int

var settingsEffects = []string{"group made", "group changed", "group deleted", "default changed", "accounts assigned", "accounts freed", "all assigned", "account changed"}

func (w *settingsWorld) step(t *testing.T, draw chooser) {
	t.Helper()
	w.clock.Advance(time.Duration(1+draw("hours", 72)) * time.Hour)
	numbers := slices.Sorted(maps.Keys(w.now.groups))
	switch what := draw("step", 8); {
	case len(numbers) == 0 || what == 0 && len(numbers) < 6:
		w.createGroup(t, draw)
	case what <= 2:
		w.changeGroup(t, draw, numbers[draw("group", len(numbers))])
	case what == 3:
		w.deleteGroup(t, numbers[draw("group", len(numbers))])
	case what <= 5:
		w.assign(t, draw, numbers)
	case what == 6:
		w.assignAll(t, draw, numbers)
	default:
		w.changeAccount(t, draw)
	}
	w.saveState()
}

func (w *settingsWorld) drawGroup(draw chooser, g *rebate.Group) rebate.GroupChange {
	g.Percent = money.Percent([]int64{5_0000, 12_5000, 33_3300, 99_5000}[draw("percent", 4)])
	g.Type = []rebate.Type{rebate.Auto, rebate.Manual}[draw("type", 2)]
	g.Period = []rebate.Period{rebate.Daily, rebate.Weekly, rebate.Monthly}[draw("period", 3)]
	g.Value = []int{0, 1 + draw("weekday", 7), 1 + draw("day", 28)}[slices.Index([]rebate.Period{rebate.Daily, rebate.Weekly, rebate.Monthly}, g.Period)]
	g.IsDefault = draw("default", 3) == 0
	g.LinkCode = []string{"", "abc", "Zed", "a_b"}[draw("link", 4)]
	for number, other := range w.now.groups {
		if number != g.ID && other.LinkCode == g.LinkCode {
			g.LinkCode = ""
		}
	}
	return rebate.GroupChange{Percent: &g.Percent, Type: &g.Type, Period: &g.Period, PeriodValue: &g.Value, IsDefault: &g.IsDefault, LinkCode: &g.LinkCode}
}

func (w *settingsWorld) keep(g rebate.Group) {
	if g.IsDefault {
		for number, other := range w.now.groups {
			w.effects.Count("default changed", other.IsDefault && number != g.ID)
			other.IsDefault = false
			w.now.groups[number] = other
		}
	}
	w.now.groups[g.ID] = g
}

func (w *settingsWorld) createGroup(t *testing.T, draw chooser) {
	t.Helper()
	g := rebate.Group{Title: fmt.Sprintf("%s group %d", []string{"a", "B", "=c"}[draw("title", 3)], len(w.history)), CreatedAt: w.clock.Now()}
	change := w.drawGroup(draw, &g)
	change.Title = &g.Title
	number, err := w.settings.CreateGroup(t.Context(), w.books.Partner.ID, change)
	require.NoError(t, err)
	g.ID = number
	w.effects.Count("group made", true)
	w.keep(g)
}

func (w *settingsWorld) changeGroup(t *testing.T, draw chooser, number int64) {
	t.Helper()
	g := w.now.groups[number]
	was := g
	change := w.drawGroup(draw, &g)
	if draw("part", 2) == 0 {
		was.Percent, change = g.Percent, rebate.GroupChange{Percent: &was.Percent}
		g = was
	}
	require.NoError(t, w.settings.ChangeGroup(t.Context(), w.books.Partner.ID, number, change))
	w.effects.Count("group changed", g != w.now.groups[number])
	w.keep(g)
}

func (w *settingsWorld) deleteGroup(t *testing.T, number int64) {
	t.Helper()
	require.NoError(t, w.settings.DeleteGroup(t.Context(), w.books.Partner.ID, number))
	delete(w.now.groups, number)
	w.effects.Count("group deleted", true)
	for account, own := range w.now.own {
		if own.group == number {
			own.group = 0
			w.now.own[account] = own
		}
	}
}

// drawChange returns a random change to accounts, and a function that makes the
// same change in the model.
func (w *settingsWorld) drawChange(draw chooser, numbers []int64) (change rebate.AccountChange, apply func(*ownSettings)) {
	group, percent := int64(0), money.Percent(5_0000+int64(draw("own", 900))*100)
	change.GroupID.Given, change.Percent.Given = draw("given", 4) > 0, draw("given", 2) > 0
	if !change.Percent.Given {
		change.GroupID.Given = true
	}
	if i := draw("to", len(numbers)+1); change.GroupID.Given && i > 0 {
		group = numbers[i-1]
		change.GroupID.Value = &group
	}
	if change.Percent.Given && draw("none", 3) > 0 {
		change.Percent.Value = &percent
	}
	return change, func(own *ownSettings) {
		if change.GroupID.Given {
			own.group = group
		}
		if change.Percent.Given {
			own.percent = change.Percent.Value
		}
	}
}

func (w *settingsWorld) apply(accounts []string, apply func(*ownSettings)) {
	for _, account := range accounts {
		own := w.now.own[account]
		apply(&own)
		w.now.own[account] = own
	}
}

func (w *settingsWorld) assign(t *testing.T, draw chooser, numbers []int64) {
	t.Helper()
	change, apply := w.drawChange(draw, numbers)
	var accounts []string
	for range 1 + draw("accounts", 12) {
		accounts = append(accounts, w.books.Accounts[draw("account", len(w.books.Accounts))].Text("client_account"))
	}
	addressed, err := w.settings.Assign(t.Context(), w.books.Partner.ID, rebate.Assignment{Accounts: accounts, AccountChange: change})
	require.NoError(t, err)
	slices.Sort(accounts)
	require.Equal(t, slices.Compact(accounts), addressed)
	w.effects.Count("accounts assigned", change.GroupID.Value != nil)
	w.effects.Count("accounts freed", change.GroupID.Given && change.GroupID.Value == nil)
	w.apply(accounts, apply)
}

func (w *settingsWorld) assignAll(t *testing.T, draw chooser, numbers []int64) {
	t.Helper()
	change, apply := w.drawChange(draw, numbers)
	country, filters := []string{"TH", "ZA", ""}[draw("country", 3)], url.Values{}
	var accounts []string
	for _, a := range w.books.Accounts {
		if country == "" || a["country"] == country {
			accounts = append(accounts, a.Text("client_account"))
		}
	}
	if country != "" {
		filters.Set("country", country)
	}
	addressed, err := w.settings.Assign(t.Context(), w.books.Partner.ID, rebate.Assignment{All: true, Filters: filters, AccountChange: change})
	require.NoError(t, err)
	require.ElementsMatch(t, accounts, addressed)
	w.effects.Count("all assigned", len(accounts) > 0)
	w.apply(accounts, apply)
}

func (w *settingsWorld) changeAccount(t *testing.T, draw chooser) {
	t.Helper()
	a := w.books.Accounts[draw("account", len(w.books.Accounts))]
	var change rebate.OwnChange
	var percent *money.Percent
	if draw("none", 3) > 0 {
		own := money.Percent(5_0000 + int64(draw("own", 900))*100)
		percent = &own
	}
	change.Percent = rebate.Change[money.Percent]{Given: true, Value: percent}
	destination := ""
	for _, other := range w.books.Accounts {
		if other["client_uid"] == a["client_uid"] && draw("other", 2) == 0 {
			destination = other.Text("client_account")
		}
	}
	change.Destination = rebate.Change[string]{Given: true}
	if destination != "" {
		change.Destination.Value = &destination
	}
	require.NoError(t, w.settings.ChangeAccount(t.Context(), w.books.Partner.ID, a.Text("client_account"), change))
	if destination == a["client_account"] {
		destination = ""
	}
	w.effects.Count("account changed", percent != nil || destination != "")
	w.apply([]string{a.Text("client_account")}, func(own *ownSettings) { own.percent, own.destination = percent, destination })
}
