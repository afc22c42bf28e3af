package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

const (
	groups  = "/api/v2/autorebates/groups/"
	clients = "/api/v2/autorebates/clients/"
)

// setupRebates returns a world in which partners A and B are verified, and A
// has a second account of its client.
func setupRebates(t *testing.T) (*world, *clock.Fixed) {
	t.Helper()
	w := setupWorld(t, func(c *programme.Config) { c.RebatesExcept = []string{"MX"} })
	w.exec(t, `UPDATE partners SET verified = true WHERE programme <> 'house'`)
	w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-03-02T00:00:00Z",
		`"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Social Pro","currency":"USD"`))
	return w, w.Clock
}

// madeGroup creates a group and returns its id.
func (w *world) madeGroup(t *testing.T, token, body string) int64 {
	t.Helper()
	got := w.call(t, token, http.MethodPost, groups, body)
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	var group struct{ ID int64 }
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &group))
	return group.ID
}

// The wire, byte by byte.
func TestRebateGroups_Golden(t *testing.T) {
	t.Parallel()
	w, stands := setupRebates(t)
	const row = `{"id":%d,"partner_uid":"aaaaaaaa-0000-4000-8000-000000000001","group_title":"Everybody","group_type":"MANUAL","clients_count":0,"rebate_percent":0,` +
		`"created":"2026-06-30T12:00:00Z","is_default":false,"rebate_size":{"min":0,"max":100},"rebate_period":"MONTHLY","rebate_period_value":1,` +
		`"rebate_period_start":"2026-06-01","rebate_period_end":"2026-06-30","link_code":null}`
	got := w.call(t, "a", http.MethodPost, groups, `{"group_title":" Everybody "}`)
	require.Equal(t, http.StatusCreated, got.Code)
	var group struct{ ID int64 }
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &group))
	require.Equal(t, fmt.Sprintf(row, group.ID), got.Body.String()) //nolint:testifylint // byte by byte

	stands.Advance(time.Hour)
	second := w.madeGroup(t, "a", `{"group_title":"=VIP","rebate_percent":"25.50","note":null,"group_type":"AUTO","is_default":true,"rebate_period":"WEEKLY","rebate_period_value":7,"link_code":"alpha"}`)
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
		got := w.call(t, "a", http.MethodGet, target, "")
		require.Equal(t, http.StatusOK, got.Code, "%s: %s", target, got.Body)
		require.Equal(t, want, got.Body.String(), target)
	}
	book, err := excelize.OpenReader(bytes.NewReader(w.call(t, "a", http.MethodGet, groups+"?format=xlsx", "").Body.Bytes()))
	require.NoError(t, err)
	rows, err := book.GetRows(book.GetSheetName(0))
	require.NoError(t, err)
	require.Equal(t, []string{"=VIP", "AUTO", "2", "25.5", "2026-06-30 13:00:00", "TRUE", `{"min":0,"max":100}`, "WEEKLY", "7", "2026-06-28"}, rows[1][2:12])

	for body, end := range map[string]string{
		`{"rebate_period":"DAILY","rebate_period_value":0,"link_code":null}`: `"rebate_period":"DAILY","rebate_period_value":0,"rebate_period_start":"2026-06-30","rebate_period_end":"2026-06-30","link_code":null}`,
	} {
		require.JSONEq(t, `{"code":"OK","message":"The group was changed."}`, w.call(t, "a", http.MethodPatch, groups+strconv.FormatInt(second, 10), body).Body.String())
		require.True(t, strings.HasSuffix(w.call(t, "a", http.MethodGet, groups+strconv.FormatInt(second, 10), "").Body.String(), end))
	}
}

func TestRebateGroups(t *testing.T) {
	t.Parallel()
	w, _ := setupRebates(t)
	first := w.madeGroup(t, "a", `{"group_title":"first","is_default":true,"unknown":1,"rebate_percent":null,"group_type":null}`)
	one := groups + strconv.FormatInt(first, 10) + "/"
	form := w.send(t, "a", http.MethodPost, groups, strings.NewReader("group_title=form&is_default=false&rebate_percent=1"), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusCreated, form.Code, form.Body)
	create := func(name, body, answer string) scene {
		return scene{name: name, token: "a", method: "POST", target: groups, body: body, status: 400, answer: answer}
	}
	w.play(t, []scene{
		create("no title", `{}`, wrong("group_title", "required", "This field is required.")),
		create("a blank title", `{"group_title":" "}`, wrong("group_title", "blank", "This field may not be blank.")),
		create("a long title", `{"group_title":"`+strings.Repeat("é", 101)+`"}`, wrong("group_title", "max_length", "Ensure this field has no more than 100 characters.")),
		create("a taken title", `{"group_title":"first"}`, wrong("group_title", "already_in_use", "Another group has this title.")),
		create("above 100", `{"group_title":"x","rebate_percent":100.01}`, wrong("rebate_percent", "max_value", "Ensure this value is less than or equal to 100.")),
		create("below 0", `{"group_title":"x","rebate_percent":-1}`, wrong("rebate_percent", "min_value", "Ensure this value is greater than or equal to 0.")),
		create("three places", `{"group_title":"x","rebate_percent":1.234}`, wrong("rebate_percent", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")),
		create("no number", `{"group_title":"x","rebate_percent":"much"}`, wrong("rebate_percent", "invalid", "A valid number is required.")),
		create("a type", `{"group_title":"x","group_type":"auto"}`, wrong("group_type", "invalid_choice", `\"auto\" is not a valid choice.`)),
		create("a period", `{"group_title":"x","rebate_period":"YEARLY"}`, wrong("rebate_period", "invalid_choice", `\"YEARLY\" is not a valid choice.`)),
		create("a day", `{"group_title":"x","rebate_period":"WEEKLY","rebate_period_value":8}`, wrong("rebate_period_value", "max_value", "Ensure this value is less than or equal to 7.")),
		create("another's link", `{"group_title":"x","link_code":"beta"}`, wrong("link_code", "does_not_exist", "This is none of your link codes.")),
		{name: "a key that reads", token: "a:read", method: "POST", target: groups, body: `{"group_title":"x"}`, status: 403, answer: denied},
		{name: "the broker", token: "broker", target: groups, status: 403, answer: denied},
		{name: "nobody", target: groups, status: 401, answer: nobody},
		{name: "another's", token: "b", target: one, status: 404, answer: notFound},
		{name: "another's", token: "b", method: "PATCH", target: one, body: `{"group_title":"x"}`, status: 404, answer: notFound},
		{name: "another's", token: "b", method: "DELETE", target: one, status: 404, answer: notFound},
		{name: "no id", token: "a", target: groups + "first/", status: 404, answer: notFound},
		{name: "no id", token: "a", method: "PATCH", target: groups + "99999999999999999999/", body: `{}`, status: 404, answer: notFound},
		{name: "nothing", token: "a", method: "PATCH", target: one, body: `{}`, status: 200, answer: `{"code":"OK","message":"The group was changed."}`},
		{name: "a blank title", token: "a", method: "PATCH", target: one, body: `{"group_title":""}`, status: 400, answer: wrong("group_title", "blank", "This field may not be blank.")},
		{name: "no list", token: "a", target: groups + "?group_id=x", status: 400, answer: wrong("group_id", "invalid", "A valid integer is required.")},
	})
	require.Equal(t, http.StatusNoContent, w.call(t, "a", http.MethodDelete, one, "").Code)
	require.Equal(t, http.StatusNotFound, w.call(t, "a", http.MethodGet, one, "").Code)
	require.Contains(t, w.call(t, "b", http.MethodGet, groups, "").Body.String(), `"data":[]`)

	keyed := func() (string, string) {
		got := w.send(t, "a", http.MethodPost, groups, strings.NewReader(`{"group_title":"once"}`), "Content-Type", "application/json", "Idempotency-Key", "k")
		require.Equal(t, http.StatusCreated, got.Code, got.Body)
		return got.Body.String(), got.Header().Get("Idempotent-Replayed")
	}
	body, _ := keyed()
	again, replayed := keyed()
	require.Equal(t, body, again)
	require.Equal(t, "true", replayed)
}

func TestRebateClients_Golden(t *testing.T) {
	t.Parallel()
	w, _ := setupRebates(t)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	group := w.madeGroup(t, "a", `{"group_title":"VIP","rebate_percent":12.5,"is_default":true}`)
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
	fill := planned(t)
	account := fill("%ACCOUNT_A%")
	get := func(target string) string {
		got := w.call(t, "a", http.MethodGet, target, "")
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		return got.Body.String()
	}
	socialRow := fmt.Sprintf(social, number("1002"), account, group)
	require.Equal(t, `{"data":[`+socialRow+`,`+fmt.Sprintf(own, number("1001"), account, group, "12.5", "null")+`],"totals":{"count":2,"group_title":"VIP","assign_clients_count":2}}`, get(clients))
	require.JSONEq(t, `{"code":"OK","message":"The account was changed."}`,
		w.call(t, "a", http.MethodPatch, clients+"1001", `{"rebate_percent":"99.99","destination_client_account":1002,"note":null}`).Body.String())
	ownRow := fmt.Sprintf(own, number("1001"), account, group, "99.99", `"1002"`)
	require.Equal(t, `{"data":[`+ownRow+`],"totals":{"count":1,"group_title":"VIP","assign_clients_count":1}}`, get(clients+"?destination_client_account=1002&client_uid=11111111&date_to=2026-02-28"))
	require.JSONEq(t, fmt.Sprintf(`{"client_uid":["11111111"],"partner_account":["%s"],"client_account":["1001","1002"],"group_id":[%d],"client_account_type":["Social Pro","Standard"],`+
		`"country":["DE"],"partner_code":["alpha"],"destination_client_account":["1002"],"date":["2026-03-02","2026-02-02"]}`, account, group), get(clients+"filters/"))
	require.True(t, strings.HasPrefix(get(clients+"?format=csv"), "id,client_uid,partner_account,client_account,group_id,volume_lots,volume_usd,reward,reward_usd,processed_rebate,processed_rebate_usd,"+
		"rebate_percent,rebate_group_percent,group_title,client_account_type,country,partner_currency,partner_code,reg_date,destination_client_account,rebate_size\r\n"+number("1002")+","))

	// The list form of an assignment: the accounts that it was for, as they are now.
	got := w.call(t, "a", http.MethodPatch, clients+"?ordering=rebate_percent&limit=1", `{"group_id":null,"all":true,"client_account":[]}`)
	require.Equal(t, `{"data":[`+socialRow+`],"totals":{"count":2,"group_title":"VIP","assign_clients_count":2}}`, got.Body.String(), "the default group's")
	require.Equal(t, `{"data":[`+socialRow+`],"totals":{"count":1,"group_title":"VIP","assign_clients_count":1}}`,
		w.call(t, "a", http.MethodPatch, clients, fmt.Sprintf(`{"group_id":%d,"client_account":[1002,"1002"],"rebate_size":null}`, group)).Body.String())
}

func TestRebateClients_Assign(t *testing.T) {
	t.Parallel()
	w, stands := setupRebates(t)
	group := w.madeGroup(t, "a", `{"group_title":"VIP","rebate_percent":12.5}`)
	groupOf := func(account string) any {
		var list struct {
			Data []struct {
				Group *int64 `json:"group_id"`
			}
		}
		require.NoError(t, json.Unmarshal(w.call(t, "a", http.MethodGet, clients+"?client_account="+account, "").Body.Bytes(), &list))
		if list.Data[0].Group == nil {
			return nil
		}
		return *list.Data[0].Group
	}
	assign := func(target, body string, status int) string {
		stands.Advance(time.Second)
		got := w.call(t, "a", http.MethodPatch, target, strings.ReplaceAll(body, "GROUP", strconv.FormatInt(group, 10)))
		require.Equal(t, status, got.Code, got.Body)
		return got.Body.String()
	}
	require.Contains(t, assign(clients, `{"group_id":GROUP,"all":true,"filters":{"client_account_type":["Standard"],"country":"DE"}}`, 200), `"totals":{"count":1,`)
	require.Equal(t, group, groupOf("1001"))
	require.Nil(t, groupOf("1002"))
	require.Contains(t, assign(clients+fmt.Sprintf("?group_id=%d&search=x", group), `{"group_id":null,"all":true}`, 200), `"totals":{"count":1,`)
	require.Nil(t, groupOf("1001"))
	require.Contains(t, assign(clients+"?country=FR", `{"group_id":GROUP,"all":true,"filters":{"country":["DE"],"client_account":[1001,null],"date_to":"2026-12-31","date_from":null}}`, 200), `"totals":{"count":1,`, "the body's filter counts")
	require.Equal(t, group, groupOf("1001"))
	require.Contains(t, assign(clients+"?client_account=1002", `{"group_id":GROUP,"all":true,"filters":{}}`, 200), `"client_account":"1002"`)
	require.Contains(t, assign(clients+"?country=XX", `{"group_id":GROUP,"all":true}`, 200), `{"data":[],"totals":{"count":0,"group_title":"","assign_clients_count":0}}`)

	bad := func(target, body, answer string) {
		t.Helper()
		require.JSONEq(t, answer, assign(target, body, 400))
	}
	bad(clients, `{"group_id":GROUP,"client_account":["1001","2001"]}`, wrong("client_account", "does_not_exist", "There is no account 2001."))
	bad(clients, `{"client_account":["1001"]}`, wrong("group_id", "required", "Send a group_id, null to remove the accounts from their group, or a rebate_percent."))
	bad(clients, `{"group_id":GROUP}`, wrong("client_account", "required", "Name the accounts, or send all: true."))
	bad(clients, `{"group_id":GROUP,"all":true,"client_account":["1001"]}`, wrong("client_account", "invalid", "Either all accounts, or those that are named."))
	bad(clients, `{"group_id":1,"client_account":["1001"]}`, wrong("group_id", "does_not_exist", "There is no such group."))
	bad(clients, `{"rebate_percent":0.001,"client_account":["1001"]}`, wrong("rebate_percent", "max_decimal_places", "Ensure that there are no more than 2 decimal places."))
	bad(clients, `{"group_id":GROUP,"all":true,"filters":{"contry":"DE"}}`, wrong("filters.contry", "invalid_choice", "The list has no such filter."))
	bad(clients, `{"group_id":GROUP,"all":true,"filters":{"country":{"a":1}}}`, wrong("filters.country", "invalid", "Must be a value or a list of values."))
	bad(clients, `{"group_id":GROUP,"all":true,"filters":{"country":[["DE"]]}}`, wrong("filters.country", "invalid", "Must be a value or a list of values."))
	bad(clients+"?group_id=x", `{"group_id":GROUP,"all":true}`, wrong("group_id", "invalid", "A valid integer is required."))
	bad(clients, `{"group_id":"x","all":true}`, wrong("group_id", "invalid", "A valid integer is required."))
	bad(clients+"1001/", `{"destination_client_account":"2001"}`, wrong("destination_client_account", "does_not_exist", "The client has no such account."))
	bad(clients+"1001/", `{"rebate_percent":101}`, wrong("rebate_percent", "max_value", "Ensure this value is less than or equal to 100."))
	for _, account := range []string{"2001", "404", "x", "%20"} {
		require.Equal(t, http.StatusNotFound, w.call(t, "a", http.MethodPatch, clients+account, `{"rebate_percent":1}`).Code, account)
	}
	form := w.send(t, "a", http.MethodPatch, clients+"1001", strings.NewReader("destination_client_account="), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, form.Code, form.Body)

	many := make([]string, 100_000)
	for i := range many {
		many[i] = fmt.Sprintf("%q", strconv.Itoa(1_000_000_000+i))
	}
	got := w.call(t, "a", http.MethodPatch, clients, `{"group_id":null,"client_account":[`+strings.Join(many, ",")+`]}`)
	require.Equal(t, http.StatusBadRequest, got.Code)
	require.Equal(t, 101, strings.Count(got.Body.String(), `"does_not_exist"`))
	got = w.call(t, "a", http.MethodPatch, clients, `{"group_id":null,"client_account":["1",`+strings.Join(many, ",")+`]}`)
	require.JSONEq(t, wrong("client_account", "max_length", "Ensure this field has no more than 100000 elements."), got.Body.String())
}
