package partner_test

// Some tests send raw requests, because they compare whole responses, or send bodies
// that the SDK cannot write.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

const (
	groups  = "/api/v2/autorebates/groups/"
	clients = "/api/v2/autorebates/clients/"
)

// setupRebates returns a World whose partners A and B are verified. Partner A's
// client has a second account.
func setupRebates(t *testing.T) *apitest.World {
	t.Helper()
	w := apitest.SetupWorld(t, func(c *programme.Config) { c.RebatesExcept = []string{"MX"} })
	for _, partner := range []string{programmetest.PartnerA, programmetest.PartnerB} {
		apitest.OK(w.Broker(t).VerifyPartner(t.Context(), partner))(t)
	}
	w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-03-02T00:00:00Z",
		`"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Social Pro","currency":"USD"`))
	return w
}

// TestRebateGroups_Golden compares the list of groups with its golden file, byte by
// byte.
func TestRebateGroups_Golden(t *testing.T) {
	t.Parallel()
	w := setupRebates(t)
	const row = `{"id":%d,"partner_uid":"aaaaaaaa-0000-4000-8000-000000000001","group_title":"Everybody","group_type":"MANUAL","clients_count":0,"rebate_percent":0,` +
		`"created":"2026-06-30T12:00:00Z","is_default":false,"rebate_size":{"min":0,"max":100},"rebate_period":"MONTHLY","rebate_period_value":1,` +
		`"rebate_period_start":"2026-06-01","rebate_period_end":"2026-06-30","link_code":null}`
	got := w.Call(t, "a", http.MethodPost, groups, `{"group_title":" Everybody "}`)
	require.Equal(t, http.StatusCreated, got.Code)
	var group struct{ ID int64 }
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &group))
	require.Equal(t, fmt.Sprintf(row, group.ID), got.Body.String()) //nolint:testifylint // the bytes must be equal

	w.Clock.Advance(time.Hour)
	got = w.Call(t, "a", http.MethodPost, groups, `{"group_title":"=VIP","rebate_percent":"25.50","note":null,"group_type":"AUTO","is_default":true,"rebate_period":"WEEKLY","rebate_period_value":7,"link_code":"alpha"}`)
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	second := group.ID + 1
	const rowTwo = `{"id":%d,"partner_uid":"aaaaaaaa-0000-4000-8000-000000000001","group_title":"=VIP","group_type":"AUTO","clients_count":2,"rebate_percent":25.5,` +
		`"created":"2026-06-30T13:00:00Z","is_default":true,"rebate_size":{"min":0,"max":100},"rebate_period":"WEEKLY","rebate_period_value":7,` +
		`"rebate_period_start":"2026-06-28","rebate_period_end":"2026-07-04","link_code":"alpha"}`
	for target, want := range map[string]string{
		groups: `{"data":[` + fmt.Sprintf(rowTwo, second) + `,` + fmt.Sprintf(row, group.ID) + `],"totals":{"count":2,"clients":2}}`,
		groups + "?ordering=clients_count&limit=1":                                  `{"data":[` + fmt.Sprintf(row, group.ID) + `],"totals":{"count":2,"clients":2}}`,
		groups + "?group_type=AUTO&rebate_period=WEEKLY,DAILY&link_code=alpha":      `{"data":[` + fmt.Sprintf(rowTwo, second) + `],"totals":{"count":1,"clients":2}}`,
		groups + fmt.Sprintf("?group_id=%d", group.ID):                              `{"data":[` + fmt.Sprintf(row, group.ID) + `],"totals":{"count":1,"clients":0}}`,
		groups + strconv.FormatInt(second, 10):                                      fmt.Sprintf(rowTwo, second),
		groups + "filters/":                                                         fmt.Sprintf(`{"group_type":["AUTO","MANUAL"],"rebate_period":["MONTHLY","WEEKLY"],"link_code":["alpha"],"group_id":[%d,%d]}`, group.ID, second),
		"//api//v2/autorebates//groups//filters?field=rebate_period&q=" + "k":       `{"rebate_period":["WEEKLY"]}`,
		groups + "?group_type=OTHER&ordering=group_title,-created,rebate_percent":   `{"data":[],"totals":{"count":0,"clients":0}}`,
		groups + "?ordering=-rebate_period,group_type,link_code&limit=1&offset=1":   `{"data":[` + fmt.Sprintf(row, group.ID) + `],"totals":{"count":2,"clients":2}}`,
		groups + "?format=csv&limit=1&ordering=group_title&group_type=AUTO,UNKNOWN": "id,partner_uid,group_title,group_type,clients_count,rebate_percent,created,is_default,rebate_size,rebate_period,rebate_period_value,rebate_period_start,rebate_period_end,link_code\r\n" + fmt.Sprintf(`%d,aaaaaaaa-0000-4000-8000-000000000001,'=VIP,AUTO,2,25.5,2026-06-30T13:00:00Z,true,"{""min"":0,""max"":100}",WEEKLY,7,2026-06-28,2026-07-04,alpha`, second) + "\r\n",
	} {
		got := w.Call(t, "a", http.MethodGet, target, "")
		require.Equal(t, http.StatusOK, got.Code, "%s: %s", target, got.Body)
		require.Equal(t, want, got.Body.String(), target)
	}
	book, err := excelize.OpenReader(bytes.NewReader(w.Call(t, "a", http.MethodGet, groups+"?format=xlsx", "").Body.Bytes()))
	require.NoError(t, err)
	rows, err := book.GetRows(book.GetSheetName(0))
	require.NoError(t, err)
	require.Equal(t, []string{"=VIP", "AUTO", "2", "25.5", "2026-06-30 13:00:00", "TRUE", `{"min":0,"max":100}`, "WEEKLY", "7", "2026-06-28"}, rows[1][2:12])

	for body, end := range map[string]string{
		`{"rebate_period":"DAILY","rebate_period_value":0,"link_code":null}`: `"rebate_period":"DAILY","rebate_period_value":0,"rebate_period_start":"2026-06-30","rebate_period_end":"2026-06-30","link_code":null}`,
	} {
		require.JSONEq(t, `{"code":"OK","message":"The group was changed."}`, w.Call(t, "a", http.MethodPatch, groups+strconv.FormatInt(second, 10), body).Body.String())
		require.True(t, strings.HasSuffix(w.Call(t, "a", http.MethodGet, groups+strconv.FormatInt(second, 10), "").Body.String(), end))
	}
}

func TestRebateGroups(t *testing.T) {
	t.Parallel()
	w := setupRebates(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	first := apitest.OK(a.CreateRebateGroup(ctx, sdk.CreateRebateGroupIn{GroupTitle: "first", IsDefault: new(true)}))(t)
	for want, in := range map[string]sdk.CreateRebateGroupIn{
		"group_title blank":      {GroupTitle: " "},
		"group_title max_length": {GroupTitle: strings.Repeat("é", 101)},
		"group_title already_in_use: Another group has this title.": {GroupTitle: "first"},
		"rebate_percent max_value":                                  {GroupTitle: "x", RebatePercent: "100.01"},
		"rebate_percent min_value":                                  {GroupTitle: "x", RebatePercent: "-1"},
		"rebate_percent max_decimal_places":                         {GroupTitle: "x", RebatePercent: "1.234"},
		"rebate_percent invalid":                                    {GroupTitle: "x", RebatePercent: "much"},
		"group_type invalid_choice":                                 {GroupTitle: "x", GroupType: "auto"},
		"rebate_period invalid_choice":                              {GroupTitle: "x", RebatePeriod: "YEARLY"},
		"rebate_period_value max_value: Ensure this value is less than or equal to 7.": {GroupTitle: "x", RebatePeriod: sdk.RebatePeriodWeekly, RebatePeriodValue: new(int64(8))},
		"link_code does_not_exist: You have no link with this code.":                   {GroupTitle: "x", LinkCode: sdk.Value("beta")},
	} {
		apitest.Refused(a.CreateRebateGroup(ctx, in))(t, sdk.ValidationError, want)
	}
	apitest.Refused(b.RebateGroup(ctx, first.ID))(t, sdk.NotFound)
	apitest.RequireRefused(t, b.UpdateRebateGroup(ctx, first.ID, sdk.UpdateRebateGroupIn{GroupTitle: new("x")}), sdk.NotFound)
	apitest.RequireRefused(t, b.DeleteRebateGroup(ctx, first.ID), sdk.NotFound)
	require.Empty(t, apitest.All(t, b.RebateGroups(ctx, sdk.RebateGroupsQuery{})))
	require.NoError(t, a.UpdateRebateGroup(ctx, first.ID, sdk.UpdateRebateGroupIn{}), "nothing to change")
	apitest.RequireRefused(t, a.UpdateRebateGroup(ctx, first.ID, sdk.UpdateRebateGroupIn{GroupTitle: new("")}), sdk.ValidationError, "group_title blank")
	require.NoError(t, a.DeleteRebateGroup(ctx, first.ID))
	apitest.Refused(a.RebateGroup(ctx, first.ID))(t, sdk.NotFound)

	var again sdk.Answer
	once := sdk.WithIdempotencyKey("k")
	made := apitest.OK(a.CreateRebateGroup(ctx, sdk.CreateRebateGroupIn{GroupTitle: "once"}, once))(t)
	require.Equal(t, made, apitest.OK(a.CreateRebateGroup(ctx, sdk.CreateRebateGroupIn{GroupTitle: "once"}, once, sdk.WithAnswer(&again)))(t))
	require.True(t, again.Replayed)
}

// TestRebateGroups_Wire sends bodies that the SDK cannot send.
func TestRebateGroups_Wire(t *testing.T) {
	t.Parallel()
	w := setupRebates(t)
	form := w.Send(t, "a", http.MethodPost, groups, strings.NewReader("group_title=form&is_default=false&rebate_percent=1"), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusCreated, form.Code, form.Body)
	unknown := w.Call(t, "a", http.MethodPost, groups, `{"group_title":"first","unknown":1,"rebate_percent":null,"group_type":null}`)
	require.Equal(t, http.StatusCreated, unknown.Code, unknown.Body)
	w.Play(t, []apitest.Scene{
		{Name: "no title", Token: "a", Method: "POST", Target: groups, Body: `{}`, Status: 400, Answer: apitest.Wrong("group_title", "required", "This field is required.")},
		{Name: "no id", Token: "a", Target: groups + "first/", Status: 404, Answer: apitest.NotFound},
		{Name: "no id", Token: "a", Method: "PATCH", Target: groups + "99999999999999999999/", Body: `{}`, Status: 404, Answer: apitest.NotFound},
		{Name: "no list", Token: "a", Target: groups + "?group_id=x", Status: 400, Answer: apitest.Wrong("group_id", "invalid", "A valid integer is required.")},
	})
}

func TestRebateClients_Golden(t *testing.T) {
	t.Parallel()
	w := setupRebates(t)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	group := apitest.OK(w.Partner(t, "a").CreateRebateGroup(t.Context(), sdk.CreateRebateGroupIn{GroupTitle: "VIP", RebatePercent: "12.5", IsDefault: new(true)}))(t).ID
	const own = `{"id":%s,"client_uid":"11111111","partner_account":"%s","client_account":"1001","group_id":%d,"volume_lots":1,"volume_usd":120000,"reward":2,"reward_usd":2,` +
		`"processed_rebate":0,"processed_rebate_usd":0,"rebate_percent":%s,"rebate_group_percent":12.5,"group_title":"VIP","client_account_type":"Standard","country":"DE",` +
		`"partner_currency":"USD","partner_code":"alpha","reg_date":"2026-02-02","destination_client_account":%s,"rebate_size":{"min":0,"max":100}}`
	const social = `{"id":%s,"client_uid":"11111111","partner_account":"%s","client_account":"1002","group_id":%d,"volume_lots":0,"volume_usd":0,"reward":0,"reward_usd":0,` +
		`"processed_rebate":0,"processed_rebate_usd":0,"rebate_percent":0,"rebate_group_percent":12.5,"group_title":"VIP","client_account_type":"Social Pro","country":"DE",` +
		`"partner_currency":"USD","partner_code":"alpha","reg_date":"2026-03-02","destination_client_account":null,"rebate_size":{"min":0,"max":100}}`
	number := func(account string) string {
		var n int64
		require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT number FROM accounts WHERE client_account = $1`, account).Scan(&n))
		return strconv.FormatInt(n, 10)
	}
	fill := placeholderFiller(t)
	account := fill("%ACCOUNT_A%")
	get := func(target string) string {
		got := w.Call(t, "a", http.MethodGet, target, "")
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		return got.Body.String()
	}
	socialRow := fmt.Sprintf(social, number("1002"), account, group)
	require.Equal(t, `{"data":[`+socialRow+`,`+fmt.Sprintf(own, number("1001"), account, group, "12.5", "null")+`],"totals":{"count":2,"group_title":"VIP","assign_clients_count":2}}`, get(clients))
	require.JSONEq(t, `{"code":"OK","message":"The account was changed."}`,
		w.Call(t, "a", http.MethodPatch, clients+"1001", `{"rebate_percent":"99.99","destination_client_account":1002,"note":null}`).Body.String())
	ownRow := fmt.Sprintf(own, number("1001"), account, group, "99.99", `"1002"`)
	require.Equal(t, `{"data":[`+ownRow+`],"totals":{"count":1,"group_title":"VIP","assign_clients_count":1}}`, get(clients+"?destination_client_account=1002&client_uid=11111111&date_to=2026-02-28"))
	require.JSONEq(t, fmt.Sprintf(`{"client_uid":["11111111"],"partner_account":["%s"],"client_account":["1001","1002"],"group_id":[%d],"client_account_type":["Social Pro","Standard"],`+
		`"country":["DE"],"partner_code":["alpha"],"destination_client_account":["1002"],"date":["2026-03-02","2026-02-02"]}`, account, group), get(clients+"filters/"))
	require.True(t, strings.HasPrefix(get(clients+"?format=csv"), "id,client_uid,partner_account,client_account,group_id,volume_lots,volume_usd,reward,reward_usd,processed_rebate,processed_rebate_usd,"+
		"rebate_percent,rebate_group_percent,group_title,client_account_type,country,partner_currency,partner_code,reg_date,destination_client_account,rebate_size\r\n"+number("1002")+","))

	// An assignment returns the accounts that it has changed, with their new values.
	got := w.Call(t, "a", http.MethodPatch, clients+"?ordering=rebate_percent&limit=1", `{"group_id":null,"all":true,"client_account":[]}`)
	require.Equal(t, `{"data":[`+socialRow+`],"totals":{"count":2,"group_title":"VIP","assign_clients_count":2}}`, got.Body.String(), "an account of the default group")
	require.Equal(t, `{"data":[`+socialRow+`],"totals":{"count":1,"group_title":"VIP","assign_clients_count":1}}`,
		w.Call(t, "a", http.MethodPatch, clients, fmt.Sprintf(`{"group_id":%d,"client_account":[1002,"1002"],"rebate_size":null}`, group)).Body.String())
}

func TestRebateClients_Assign(t *testing.T) {
	t.Parallel()
	w := setupRebates(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	group := apitest.OK(a.CreateRebateGroup(ctx, sdk.CreateRebateGroupIn{GroupTitle: "VIP", RebatePercent: "12.5"}))(t).ID
	groupOf := func(account string) *int64 {
		return apitest.Only(t, a.RebateClients(ctx, sdk.RebateClientsQuery{ClientAccount: []string{account}})).GroupID
	}
	type query = sdk.AssignRebateClientsQuery
	into := func(in sdk.AssignRebateClientsIn) sdk.AssignRebateClientsIn {
		in.GroupID = sdk.Value(group)
		return in
	}
	assigns := func(query query, in sdk.AssignRebateClientsIn) *sdk.Page[sdk.RebateClientsRow, sdk.RebateClientsTotals] {
		t.Helper()
		w.Clock.Advance(time.Second)
		return apitest.OK(a.AssignRebateClients(ctx, in, query))(t)
	}
	everyone := sdk.AssignRebateClientsIn{All: new(true)}
	filtered := func(filters map[string]any) sdk.AssignRebateClientsIn {
		return into(sdk.AssignRebateClientsIn{All: new(true), Filters: filters})
	}
	require.EqualValues(t, 1, assigns(query{}, filtered(map[string]any{"client_account_type": []string{"Standard"}, "country": "DE"})).Totals.Count)
	require.Equal(t, &group, groupOf("1001"))
	require.Nil(t, groupOf("1002"))
	require.EqualValues(t, 1, assigns(query{GroupID: []int64{group}}, sdk.AssignRebateClientsIn{GroupID: sdk.Null[int64](), All: new(true)}).Totals.Count)
	require.Nil(t, groupOf("1001"))
	require.EqualValues(t, 1, assigns(query{Country: []string{"FR"}}, filtered(map[string]any{
		"country": []string{"DE"}, "client_account": []any{1001, nil}, "date_to": "2026-12-31", "date_from": nil,
	})).Totals.Count, "a filter in the body counts")
	require.Equal(t, &group, groupOf("1001"))
	require.Equal(t, "1002", assigns(query{ClientAccount: []string{"1002"}}, filtered(map[string]any{})).Data[0].ClientAccount)
	require.Zero(t, assigns(query{Country: []string{"XX"}}, into(everyone)).Totals)

	many := make([]string, 100_001)
	for i := range many {
		many[i] = strconv.Itoa(1_000_000_000 + i)
	}
	for _, tt := range []struct {
		in    sdk.AssignRebateClientsIn
		fault string
	}{
		{into(sdk.AssignRebateClientsIn{ClientAccount: []string{"1001", "2001"}}), "client_account does_not_exist: There is no account 2001."},
		{sdk.AssignRebateClientsIn{ClientAccount: []string{"1001"}}, "group_id required: Send a group_id, a rebate_percent, or both. A null group_id removes the accounts from their group."},
		{into(sdk.AssignRebateClientsIn{}), "client_account required: Send accounts, or all: true."},
		{into(sdk.AssignRebateClientsIn{All: new(true), ClientAccount: []string{"1001"}}), "client_account invalid: Send either all: true or accounts, not both."},
		{sdk.AssignRebateClientsIn{GroupID: sdk.Value(int64(1)), ClientAccount: []string{"1001"}}, "group_id does_not_exist: You have no group with this id."},
		{sdk.AssignRebateClientsIn{RebatePercent: sdk.Value(sdk.Decimal("0.001")), ClientAccount: []string{"1001"}}, "rebate_percent max_decimal_places"},
		{filtered(map[string]any{"contry": "DE"}), "filters.contry invalid_choice: The list has no such filter."},
		{filtered(map[string]any{"country": map[string]int{"a": 1}}), "filters.country invalid: Must be a value or a list of values."},
		{filtered(map[string]any{"country": [][]string{{"DE"}}}), "filters.country invalid: Must be a value or a list of values."},
		{into(sdk.AssignRebateClientsIn{ClientAccount: many}), "client_account max_length: Ensure this field has no more than 100000 elements."},
	} {
		apitest.Refused(a.AssignRebateClients(ctx, tt.in, query{}))(t, sdk.ValidationError, tt.fault)
	}
	_, err := a.AssignRebateClients(ctx, into(sdk.AssignRebateClientsIn{ClientAccount: many[:100_000]}), query{})
	refusal, _ := errors.AsType[*sdk.Error](err)
	require.Len(t, refusal.Details, 101, "the first hundred and the total number")
	w.Play(t, []apitest.Scene{
		{Name: "the query", Token: "a", Method: http.MethodPatch, Target: clients + "?group_id=x", Body: `{"group_id":null,"all":true}`, Status: 400, Answer: apitest.Wrong("group_id", "invalid", "A valid integer is required.")},
		{Name: "no number", Token: "a", Method: http.MethodPatch, Target: clients, Body: `{"group_id":"x","all":true}`, Status: 400, Answer: apitest.Wrong("group_id", "invalid", "A valid integer is required.")},
	})
}

func TestRebateClients_Update(t *testing.T) {
	t.Parallel()
	w := setupRebates(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	apitest.RequireRefused(t, a.UpdateRebateClient(ctx, "1001", sdk.UpdateRebateClientIn{DestinationClientAccount: sdk.Value("2001")}),
		sdk.ValidationError, "destination_client_account does_not_exist: The client has no such account.")
	percent := func(d sdk.Decimal) sdk.UpdateRebateClientIn {
		return sdk.UpdateRebateClientIn{RebatePercent: sdk.Value(d)}
	}
	apitest.RequireRefused(t, a.UpdateRebateClient(ctx, "1001", percent("101")), sdk.ValidationError, "rebate_percent max_value")
	for _, account := range []string{"2001", "404", "x", " "} {
		apitest.RequireRefused(t, a.UpdateRebateClient(ctx, account, percent("1")), sdk.NotFound)
	}
	require.NoError(t, a.UpdateRebateClient(ctx, "1001", sdk.UpdateRebateClientIn{DestinationClientAccount: sdk.Value("1002")}))
	form := w.Send(t, "a", http.MethodPatch, clients+"1001", strings.NewReader("destination_client_account="), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, form.Code, form.Body)
	account := apitest.Only(t, a.RebateClients(ctx, sdk.RebateClientsQuery{ClientAccount: []string{"1001"}}))
	require.Nil(t, account.DestinationClientAccount, "a form clears a field with an empty value")
}
