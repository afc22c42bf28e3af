package rebate_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
)

func settingsAssign(t *testing.T, b *settingsBundle) {
	group := b.group(t, "VIP", rebate.GroupChange{})
	assign := func(a rebate.Assignment) []string {
		b.clock.Advance(time.Minute)
		accounts, err := b.settings.Assign(t.Context(), programmetest.Alpha, a)
		require.NoError(t, err)
		return accounts
	}
	named := []string{"1002", "1001", "1002"}
	require.Equal(t, []string{"1001", "1002"}, assign(rebate.Assignment{Accounts: named, AccountChange: rebate.AccountChange{GroupID: changeTo(&group)}}))
	for account, terms := range map[string]int64{"1001": 1, "1002": 1, "1003": 0} {
		own, percent, noted := b.ownSettings(t, account)
		require.Equal(t, terms == 1, own != nil && *own == group, account)
		require.Nil(t, percent)
		require.Equal(t, terms, noted)
	}
	assign(rebate.Assignment{Accounts: named, AccountChange: rebate.AccountChange{GroupID: changeTo(&group)}})
	_, _, noted := b.ownSettings(t, "1001")
	require.EqualValues(t, 1, noted, "nothing changed")
	require.EqualValues(t, 1, b.countLogged(t, "rebate_accounts.assigned"))

	assign(rebate.Assignment{Accounts: []string{"1001", "1003"}, AccountChange: rebate.AccountChange{Percent: changeTo(new(money.Percent(7_0000)))}})
	own, percent, noted := b.ownSettings(t, "1001")
	require.Equal(t, group, *own, "its group stays")
	require.EqualValues(t, 7_0000, *percent)
	require.EqualValues(t, 2, noted)
	assign(rebate.Assignment{Accounts: []string{"1001"}, AccountChange: rebate.AccountChange{GroupID: changeTo[int64](nil)}})
	own, percent, _ = b.ownSettings(t, "1001")
	require.Nil(t, own)
	require.EqualValues(t, 7_0000, *percent, "its percent stays")
	assign(rebate.Assignment{Accounts: []string{"1001"}, AccountChange: rebate.AccountChange{GroupID: changeTo(&group), Percent: changeTo[money.Percent](nil)}})
	own, percent, noted = b.ownSettings(t, "1001")
	require.Equal(t, group, *own)
	require.Nil(t, percent)
	require.EqualValues(t, 4, noted)

	require.NoError(t, b.settings.DeleteGroup(t.Context(), programmetest.Alpha, group))
	own, _, noted = b.ownSettings(t, "1001")
	require.Nil(t, own)
	require.EqualValues(t, 4, noted)
}

func settingsAssignAll(t *testing.T, b *settingsBundle) {
	group := b.group(t, "VIP", rebate.GroupChange{})
	change := rebate.AccountChange{GroupID: changeTo(&group)}
	accounts, err := b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{
		All: true, Filters: url.Values{"client_account_type": {"Pro"}, "date_from": {"2026-02-15"}}, AccountChange: change,
	})
	require.NoError(t, err)
	require.Equal(t, []string{"1002", "1003"}, accounts)
	own, _, _ := b.ownSettings(t, "1001")
	require.Nil(t, own)
	b.clock.Advance(time.Minute)
	accounts, err = b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{All: true, Filters: url.Values{"group_id": {strconv.FormatInt(group, 10)}}, AccountChange: rebate.AccountChange{GroupID: changeTo[int64](nil)}})
	require.NoError(t, err)
	require.Equal(t, []string{"1002", "1003"}, accounts, "a filter reads what stood before the change")
	accounts, err = b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{All: true, AccountChange: change})
	require.NoError(t, err)
	require.Len(t, accounts, 3, "all of the partner's, and no others")
	require.Zero(t, dbtest.Scalar(t, b.db, `SELECT count(*) FROM rebate_accounts WHERE partner_id <> $1`, programmetest.Alpha), "nothing was written for others")
	accounts, err = b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{All: true, Filters: url.Values{"country": {"XX"}}, AccountChange: change})
	require.NoError(t, err)
	require.Empty(t, accounts)
	_, err = b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{All: true, Filters: url.Values{"group_id": {"x"}}, AccountChange: change})
	programmetest.RequireRefused(t, err, "group_id", "invalid")
}

func settingsAssignRefused(t *testing.T, b *settingsBundle) {
	group := b.group(t, "VIP", rebate.GroupChange{})
	change := rebate.AccountChange{GroupID: changeTo(&group)}
	for _, tt := range []struct {
		field, code string
		assignment  rebate.Assignment
	}{
		{"client_account", "required", rebate.Assignment{AccountChange: change}},
		{"client_account", "invalid", rebate.Assignment{All: true, Accounts: []string{"1001"}, AccountChange: change}},
		{"client_account", "max_length", rebate.Assignment{Accounts: make([]string, rebate.MaxAccounts+1), AccountChange: change}},
		{"client_account", "does_not_exist", rebate.Assignment{Accounts: []string{"1001", "2001"}, AccountChange: change}},
		{"client_account", "does_not_exist", rebate.Assignment{Accounts: []string{"1001", "", "1001"}, AccountChange: change}},
		{"group_id", "required", rebate.Assignment{Accounts: []string{"1001"}}},
		{"group_id", "does_not_exist", rebate.Assignment{Accounts: []string{"1001"}, AccountChange: rebate.AccountChange{GroupID: changeTo(new(group + 1))}}},
		{"rebate_percent", "max_value", rebate.Assignment{Accounts: []string{"1001"}, AccountChange: rebate.AccountChange{Percent: changeTo(new(money.Percent(100_0100)))}}},
	} {
		_, err := b.settings.Assign(t.Context(), programmetest.Alpha, tt.assignment)
		programmetest.RequireRefused(t, err, tt.field, tt.code)
	}
	var strangers []string
	for n := range 150 {
		strangers = append(strangers, strconv.Itoa(5_000_000+n))
	}
	_, err := b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{Accounts: append(strangers, "1001"), AccountChange: change})
	named := programmetest.FieldsOf(t, err)
	require.Len(t, named, 101)
	require.Contains(t, named[0].Message, "5000000")
	require.Contains(t, named[100].Message, "50 other accounts")
	require.Zero(t, dbtest.Scalar(t, b.db, `SELECT count(*) FROM rebate_accounts`), "nothing was half done")
	require.Zero(t, b.countLogged(t, "rebate_accounts.assigned"))
}

func settingsAccount(t *testing.T, b *settingsBundle) {
	change := func(partnerID id.UUID, account string, c rebate.OwnChange) error {
		b.clock.Advance(time.Minute)
		return b.settings.ChangeAccount(t.Context(), partnerID, account, c)
	}
	to := func() (destination string) {
		require.NoError(t, b.db.QueryRow(t.Context(), `SELECT destination FROM rebate_accounts WHERE client_account = '1001'`).Scan(&destination))
		return destination
	}
	require.NoError(t, change(programmetest.Alpha, "1001", rebate.OwnChange{Destination: changeTo(new("1003"))}))
	require.Equal(t, "1003", to())
	_, percent, noted := b.ownSettings(t, "1001")
	require.Nil(t, percent)
	require.Zero(t, noted, "where it is paid is no term")
	require.NoError(t, change(programmetest.Alpha, "1001", rebate.OwnChange{Percent: changeTo(new(money.Percent(1_0000)))}))
	_, percent, noted = b.ownSettings(t, "1001")
	require.EqualValues(t, 1_0000, *percent)
	require.EqualValues(t, 1, noted)
	require.Equal(t, "1003", to())
	require.NoError(t, change(programmetest.Alpha, "1001", rebate.OwnChange{}))
	require.EqualValues(t, 2, b.countLogged(t, "rebate_account.changed"))
	require.NoError(t, change(programmetest.Alpha, "1001", rebate.OwnChange{Percent: changeTo[money.Percent](nil), Destination: changeTo[string](nil)}))
	_, percent, noted = b.ownSettings(t, "1001")
	require.Nil(t, percent)
	require.EqualValues(t, 2, noted)
	require.Empty(t, to())
	require.NoError(t, change(programmetest.Alpha, "1001", rebate.OwnChange{Destination: changeTo(new("1001"))}))
	require.Empty(t, to(), "to itself")

	for _, account := range []string{"2001", "404", "", "x"} {
		require.Equal(t, fault.NotFound, fault.CodeOf(change(programmetest.Alpha, account, rebate.OwnChange{})), account)
	}
	b.MustFeed(t,
		b.Fact("client.registered", "2026-02-01T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"alpha"`),
		b.Fact("account.opened", "2026-03-01T00:00:00Z", `"client_account":"3001","client_uid":"33333333-0000-4000-8000-000000000003","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`))
	for _, account := range []string{"3001", "2001", "404", "x"} {
		programmetest.RequireRefused(t, change(programmetest.Alpha, "1001", rebate.OwnChange{Destination: changeTo(new(account))}), "destination_client_account", "does_not_exist")
	}
	err := change(programmetest.Alpha, "1001", rebate.OwnChange{Destination: changeTo(new("404")), Percent: changeTo(new(money.Percent(-1_0000)))})
	require.Len(t, programmetest.FieldsOf(t, err), 2)
	require.Empty(t, to())
}

// settingsTotals checks that the totals are the same with and without filters.
// Only the totals with filters are computed row by row.
func settingsTotals(t *testing.T, b *settingsBundle) {
	totals := func(params string) string {
		values, err := url.ParseQuery(params)
		require.NoError(t, err)
		answer, err := b.reports.Prepare(report.ByID("rebate_clients"), &report.Request{PartnerID: programmetest.Alpha, Params: values})
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, answer.Write(t.Context(), &out))
		_, tail, _ := strings.Cut(out.String(), `"totals":`)
		return strings.TrimSuffix(tail, "}")
	}
	both := func(want string) {
		t.Helper()
		require.Equal(t, want, totals(""))
		require.Equal(t, want, totals("country=DE"), "all accounts, one by one")
	}
	both(`{"count":3,"group_title":"","assign_clients_count":0}`)
	group := b.group(t, "some", rebate.GroupChange{})
	assign := func(accounts ...string) {
		_, err := b.settings.Assign(t.Context(), programmetest.Alpha, rebate.Assignment{Accounts: accounts, AccountChange: rebate.AccountChange{GroupID: changeTo(&group)}})
		require.NoError(t, err)
	}
	assign("1001")
	both(`{"count":3,"group_title":"","assign_clients_count":1}`)
	assign("1002", "1003")
	both(`{"count":3,"group_title":"some","assign_clients_count":3}`)
	group = b.group(t, "all", rebate.GroupChange{IsDefault: new(true)})
	both(`{"count":3,"group_title":"some","assign_clients_count":3}`)
	assign("1003")
	both(`{"count":3,"group_title":"","assign_clients_count":3}`)
	assign("1001", "1002")
	both(`{"count":3,"group_title":"all","assign_clients_count":3}`)
}
