package rebate_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
	free "github.com/tributary-server/tributary/internal/text"
)

func TestRebateSettings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *settingsBundle){
			"a group's life":           settingsGroups,
			"what a group may not be":  settingsGroupRefused,
			"one default group":        settingsDefault,
			"groups and links":         settingsLinks,
			"a thousand groups":        settingsTooMany,
			"accounts that are named":  settingsAssign,
			"accounts by a filter":     settingsAssignAll,
			"assignments that fail":    settingsAssignRefused,
			"one account":              settingsAccount,
			"who may":                  settingsGate,
			"all or nothing":           settingsAllOrNothing,
			"an order by what was set": settingsOrder,
			"totals without filters":   settingsTotals,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newSettingsBundle(t, db.Joining(open(t))))
			})
		}
	})
}

// settingsBundle is a programme with a partner A, who has three accounts of one
// client and may set percents from 0 to 100.
type settingsBundle struct {
	*programmetest.Programme
	db       db.DB
	clock    *clock.Fixed
	store    rebate.SettingsStore
	settings *rebate.Settings
	reports  *report.Service
}

func newSettingsBundle(t *testing.T, db db.DB) *settingsBundle {
	t.Helper()
	b := &settingsBundle{Programme: programmetest.New(db), db: db, clock: clock.At(programmetest.Now), store: rebate.NewSettingsStore(db)}
	b.MustFeed(t, b.Setting()...)
	for _, account := range []string{"1002", "1003"} {
		b.MustFeed(t, b.Fact("account.opened", "2026-03-01T00:00:00Z", `"client_account":"`+account+`","client_uid":"`+programmetest.Client1+
			`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`))
	}
	b.reports = report.NewService(report.NewSQLStore(db), b.clock, report.Options{})
	b.settings = b.settingsWith(audit.NewSQLLog(db, b.clock))
	return b
}

func (b *settingsBundle) settingsWith(log audit.Log) *rebate.Settings {
	return rebate.NewSettings(b.store, b.clock, rebate.Config{Except: []string{"TH"}, Audit: log, Find: b.reports.RebateAccounts})
}

func (b *settingsBundle) group(t *testing.T, title string, change rebate.GroupChange) int64 {
	t.Helper()
	change.Title = &title
	number, err := b.settings.CreateGroup(t.Context(), programmetest.Alpha, change)
	require.NoError(t, err)
	return number
}

func (b *settingsBundle) groups(t *testing.T, partnerID id.UUID) (groups []rebate.Group) {
	t.Helper()
	require.NoError(t, b.store.Change(t.Context(), partnerID, func(ctx context.Context, tx rebate.SettingsTx) (err error) {
		groups, err = tx.Groups(ctx)
		return err
	}))
	return groups
}

// ownSettings returns an account's own group and percent, and the number of its
// stored terms. It reads the tables, because reports show only the terms in
// force.
func (b *settingsBundle) ownSettings(t *testing.T, account string) (group, percent *int64, terms int64) {
	t.Helper()
	err := b.db.QueryRow(t.Context(), `SELECT group_id, percent_e4 FROM rebate_accounts WHERE partner_id = $1 AND client_account = $2`, programmetest.Alpha, account).
		Scan(&group, &percent)
	if !errors.Is(err, db.ErrNoRows) {
		require.NoError(t, err)
	}
	return group, percent, dbtest.Scalar(t, b.db, `SELECT count(*) FROM rebate_account_terms WHERE partner_id = $1 AND client_account = $2`, programmetest.Alpha, account)
}

// countLogged returns the number of an action's entries in the audit log. It
// reads the table, because the API shows the log only in a report.
func (b *settingsBundle) countLogged(t *testing.T, action string) int64 {
	t.Helper()
	return dbtest.Scalar(t, b.db, `SELECT count(*) FROM audit_log WHERE action = $1`, action)
}

// termsOf returns the number of a group's stored terms.
func (b *settingsBundle) termsOf(t *testing.T, group int64) int64 {
	t.Helper()
	return dbtest.Scalar(t, b.db, `SELECT count(*) FROM rebate_group_terms WHERE partner_id = $1 AND group_id = $2`, programmetest.Alpha, group)
}

func changeTo[T any](v *T) rebate.Change[T] { return rebate.Change[T]{Given: true, Value: v} }

func settingsGroups(t *testing.T, b *settingsBundle) {
	first := b.group(t, "Everybody", rebate.GroupChange{})
	want := rebate.Group{ID: first, Title: "Everybody", Type: rebate.Manual, Schedule: rebate.Schedule{Period: rebate.Monthly, Value: 1}, CreatedAt: programmetest.Now}
	require.Equal(t, []rebate.Group{want}, b.groups(t, programmetest.Alpha))

	b.clock.Advance(time.Hour)
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{Title: new("All"), Type: new(rebate.Auto)}))
	want.Title, want.Type = "All", rebate.Auto
	require.Equal(t, []rebate.Group{want}, b.groups(t, programmetest.Alpha))
	require.EqualValues(t, 1, b.termsOf(t, first), "neither matters to an order")

	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{
		Percent: new(money.Percent(12_5000)), Period: new(rebate.Weekly), PeriodValue: new(5), LinkCode: new("alpha"), IsDefault: new(true),
	}))
	want.Percent, want.Schedule, want.LinkCode, want.IsDefault = 12_5000, rebate.Schedule{Period: rebate.Weekly, Value: 5}, "alpha", true
	require.Equal(t, []rebate.Group{want}, b.groups(t, programmetest.Alpha))
	require.EqualValues(t, 2, b.termsOf(t, first))
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{Percent: new(money.Percent(12_5000))}))
	require.EqualValues(t, 2, b.termsOf(t, first), "nothing changed")
	require.EqualValues(t, 2, b.countLogged(t, "rebate_group.changed"))

	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{Period: new(rebate.Monthly)}))
	require.Equal(t, rebate.Schedule{Period: rebate.Monthly, Value: 1}, b.groups(t, programmetest.Alpha)[0].Schedule, "from its first day")
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{Period: new(rebate.Daily), PeriodValue: new(9)}))
	require.Equal(t, rebate.Schedule{Period: rebate.Daily}, b.groups(t, programmetest.Alpha)[0].Schedule)

	second := b.group(t, "Second", rebate.GroupChange{})
	require.Greater(t, second, first)
	require.NoError(t, b.settings.DeleteGroup(t.Context(), programmetest.Alpha, first))
	require.Len(t, b.groups(t, programmetest.Alpha), 1)
	require.Equal(t, fault.NotFound, fault.CodeOf(b.settings.DeleteGroup(t.Context(), programmetest.Alpha, first)))
	require.Equal(t, fault.NotFound, fault.CodeOf(b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{Title: new("x")})))
	require.Greater(t, b.group(t, "All", rebate.GroupChange{LinkCode: new("alpha"), IsDefault: new(true)}), second, "its title, link and rank are free again, its number is not")
	require.EqualValues(t, 1, b.countLogged(t, "rebate_group.deleted"))
	require.EqualValues(t, 3, b.countLogged(t, "rebate_group.created"))
}

func settingsGroupRefused(t *testing.T, b *settingsBundle) {
	b.group(t, "Taken", rebate.GroupChange{})
	long := make([]rune, free.Name+1)
	for i := range long {
		long[i] = 'é'
	}
	for _, tt := range []struct {
		field, code string
		change      rebate.GroupChange
	}{
		{"group_title", "required", rebate.GroupChange{}},
		{"group_title", "blank", rebate.GroupChange{Title: new(" ")}},
		{"group_title", "max_length", rebate.GroupChange{Title: new(string(long))}},
		{"group_title", "already_in_use", rebate.GroupChange{Title: new("Taken")}},
		{"group_type", "invalid_choice", rebate.GroupChange{Title: new("x"), Type: new(rebate.Type("auto"))}},
		{"rebate_percent", "min_value", rebate.GroupChange{Title: new("x"), Percent: new(money.Percent(-100))}},
		{"rebate_percent", "max_value", rebate.GroupChange{Title: new("x"), Percent: new(money.Percent(100_0100))}},
		{"rebate_percent", "max_decimal_places", rebate.GroupChange{Title: new("x"), Percent: new(money.Percent(1))}},
		{"rebate_period", "invalid_choice", rebate.GroupChange{Title: new("x"), Period: new(rebate.Period("YEARLY"))}},
		{"rebate_period_value", "max_value", rebate.GroupChange{Title: new("x"), PeriodValue: new(29)}},
		{"rebate_period_value", "max_value", rebate.GroupChange{Title: new("x"), Period: new(rebate.Weekly), PeriodValue: new(8)}},
		{"rebate_period_value", "min_value", rebate.GroupChange{Title: new("x"), PeriodValue: new(0)}},
		{"link_code", "does_not_exist", rebate.GroupChange{Title: new("x"), LinkCode: new("beta")}},
	} {
		_, err := b.settings.CreateGroup(t.Context(), programmetest.Alpha, tt.change)
		programmetest.RequireRefused(t, err, tt.field, tt.code)
	}
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, b.groups(t, programmetest.Alpha)[0].ID, rebate.GroupChange{Title: new("Taken")}), "its own title")
	_, err := b.settings.CreateGroup(t.Context(), id.New(), rebate.GroupChange{Title: new("x")})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.Len(t, b.groups(t, programmetest.Alpha), 1)
	b.group(t, string(long[1:]), rebate.GroupChange{Percent: new(money.Percent(100_0000)), PeriodValue: new(28)})
}

func settingsDefault(t *testing.T, b *settingsBundle) {
	first := b.group(t, "first", rebate.GroupChange{IsDefault: new(true)})
	b.clock.Advance(time.Hour)
	second := b.group(t, "second", rebate.GroupChange{IsDefault: new(true)})
	standard := func() (numbers []int64) {
		for _, g := range b.groups(t, programmetest.Alpha) {
			if g.IsDefault {
				numbers = append(numbers, g.ID)
			}
		}
		return numbers
	}
	require.Equal(t, []int64{second}, standard())
	require.EqualValues(t, 2, b.termsOf(t, first), "that it is the default no more matters to orders")
	b.clock.Advance(time.Hour)
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{IsDefault: new(true)}))
	require.Equal(t, []int64{first}, standard())
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, first, rebate.GroupChange{IsDefault: new(false)}))
	require.Empty(t, standard())
	require.NoError(t, b.settings.DeleteGroup(t.Context(), programmetest.Alpha, second))
	require.Len(t, b.groups(t, programmetest.Alpha), 1)
}

func settingsLinks(t *testing.T, b *settingsBundle) {
	tied := b.group(t, "tied", rebate.GroupChange{LinkCode: new("alpha"), Percent: new(money.Percent(10_0000))})
	_, err := b.settings.CreateGroup(t.Context(), programmetest.Alpha, rebate.GroupChange{Title: new("other"), LinkCode: new("alpha")})
	programmetest.RequireRefused(t, err, "link_code", "already_in_use")
	b.clock.Advance(time.Hour)
	open := func(account string) {
		b.MustFeed(t, b.Fact("account.opened", b.clock.Now().Format(time.RFC3339), `"client_account":"`+account+`","client_uid":"`+programmetest.Client1+
			`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`))
	}
	members := func(group int64) []string {
		accounts, err := b.reports.RebateAccounts(t.Context(), programmetest.Alpha, url.Values{"group_id": {strconv.FormatInt(group, 10)}})
		require.NoError(t, err)
		return accounts
	}
	open("1004")
	require.Equal(t, []string{"1004"}, members(tied), "those opened before are not its own")
	b.clock.Advance(time.Hour)
	require.NoError(t, b.settings.ChangeGroup(t.Context(), programmetest.Alpha, tied, rebate.GroupChange{LinkCode: new("")}))
	later := b.group(t, "later", rebate.GroupChange{LinkCode: new("alpha")})
	b.clock.Advance(time.Hour)
	open("1005")
	require.Equal(t, []string{"1004"}, members(tied), "it stays where it came")
	require.Equal(t, []string{"1005"}, members(later))
	b.group(t, "default", rebate.GroupChange{IsDefault: new(true)})
	require.NoError(t, b.settings.DeleteGroup(t.Context(), programmetest.Alpha, tied))
	require.Equal(t, []string{"1005"}, members(later))
}

func settingsTooMany(t *testing.T, b *settingsBundle) {
	require.NoError(t, b.store.Change(t.Context(), programmetest.Alpha, func(ctx context.Context, tx rebate.SettingsTx) error {
		for n := range int64(rebate.MaxGroups) {
			g := rebate.Group{ID: 1000 + n, Title: strconv.FormatInt(n, 10), Type: rebate.Auto, Schedule: rebate.Schedule{Period: rebate.Daily}, CreatedAt: programmetest.Now}
			if err := tx.SaveGroup(ctx, &g); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := b.settings.CreateGroup(t.Context(), programmetest.Alpha, rebate.GroupChange{Title: new("one more")})
	programmetest.RequireRefused(t, err, "group_title", "limit_reached")
	require.NoError(t, b.settings.DeleteGroup(t.Context(), programmetest.Alpha, 1000))
	b.group(t, "one more", rebate.GroupChange{})
}

func settingsGate(t *testing.T, b *settingsBundle) {
	allowed := func(partnerID id.UUID) bool {
		err := b.settings.Allowed(t.Context(), partnerID)
		if err != nil {
			require.Equal(t, fault.PermissionDenied, fault.CodeOf(err))
		}
		return err == nil
	}
	require.False(t, allowed(programmetest.Alpha), "not verified")
	admin := partner.NewAdminStore(b.db)
	require.NoError(t, admin.Verify(t.Context(), programmetest.Alpha))
	require.NoError(t, admin.Verify(t.Context(), programmetest.Beta))
	require.True(t, allowed(programmetest.Alpha))
	require.False(t, allowed(programmetest.Beta), "its country has no rebates")
	require.False(t, allowed(id.New()))
	require.False(t, allowed(id.Nil), "the house")
	b.Write(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, programmetest.Alpha)
	require.False(t, allowed(programmetest.Alpha))
}

type failingLog struct{ err error }

func (f failingLog) Record(context.Context, audit.Entry) error { return f.err }

func settingsAllOrNothing(t *testing.T, b *settingsBundle) {
	group := b.group(t, "VIP", rebate.GroupChange{IsDefault: new(true)})
	before := b.groups(t, programmetest.Alpha)
	full := errors.New("the disk is full")
	s := b.settingsWith(failingLog{full})
	_, err := s.CreateGroup(t.Context(), programmetest.Alpha, rebate.GroupChange{Title: new("x"), IsDefault: new(true)})
	require.ErrorIs(t, err, full)
	require.ErrorIs(t, s.ChangeGroup(t.Context(), programmetest.Alpha, group, rebate.GroupChange{Percent: new(money.Percent(1_0000))}), full)
	require.ErrorIs(t, s.DeleteGroup(t.Context(), programmetest.Alpha, group), full)
	_, err = s.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{All: true, AccountChange: rebate.AccountChange{GroupID: changeTo(&group)}})
	require.ErrorIs(t, err, full)
	require.ErrorIs(t, s.ChangeAccount(t.Context(), programmetest.Alpha, "1001", rebate.OwnChange{Destination: changeTo(new("1002"))}), full)
	require.Equal(t, before, b.groups(t, programmetest.Alpha))
	require.EqualValues(t, 1, b.termsOf(t, group))
	// Only the tables show that nothing was written.
	require.Zero(t, dbtest.Scalar(t, b.db, `SELECT count(*) FROM rebate_accounts`))
	require.Zero(t, dbtest.Scalar(t, b.db, `SELECT count(*) FROM rebate_account_terms`))
}

func settingsOrder(t *testing.T, b *settingsBundle) {
	b.clock.Advance(-24 * time.Hour)
	group := b.group(t, "VIP", rebate.GroupChange{Percent: new(money.Percent(10_0000))})
	b.clock.Advance(time.Hour)
	_, err := b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{Accounts: []string{"1001"}, AccountChange: rebate.AccountChange{GroupID: changeTo(&group)}})
	require.NoError(t, err)
	b.clock.Advance(time.Hour)
	require.NoError(t, b.settings.ChangeAccount(t.Context(), programmetest.Alpha, "1001", rebate.OwnChange{Percent: changeTo(new(money.Percent(50_0000)))}))
	reserved := func() int64 {
		return dbtest.Scalar(t, b.db, `SELECT CAST(coalesce(sum(amount_e6), 0) AS BIGINT) FROM balances WHERE account = 'rebates_reserved'`)
	}
	for n, tt := range []struct {
		closed string
		want   int64
	}{
		{"2026-06-29T11:59:00Z", 0},
		{"2026-06-29T12:30:00Z", 0},
		{"2026-06-29T13:30:00Z", 200_000},
		{"2026-06-29T14:00:00Z", 1_200_000},
	} {
		b.MustFeed(t, b.Order("1001", n, "EURUSD", tt.closed, ``))
		require.Equal(t, tt.want, reserved(), tt.closed)
	}
	programmetest.RequireSound(t, b.db)
}
