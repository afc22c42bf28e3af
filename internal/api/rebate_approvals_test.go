package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
)

// rebateRunsBundle is a world whose partners A and B may give rebates; its time is
// that of its programme.
type rebateRunsBundle struct {
	*world
	runs    *rebate.Runs
	tickets int
}

const autorebates = "/api/v2/autorebates/"

func setupRebateRuns(t *testing.T) *rebateRunsBundle {
	t.Helper()
	b := &rebateRunsBundle{world: setupWorld(t)}
	b.runs = b.p.RebateRuns
	for _, partner := range []string{programmetest.PartnerA, programmetest.PartnerB} {
		require.NoError(t, b.p.Stores.Admin.Verify(t.Context(), uid(partner)))
	}
	return b
}

// closed has accounts of partner A trade for 2 USD each, 25 percent of which
// waits for approval the next day.
func (b *rebateRunsBundle) closed(t *testing.T, accounts int) (rebateID string, rows []string) {
	t.Helper()
	require.Equal(t, 201, b.call(t, "a", "POST", autorebates+"groups/", `{"group_title":"all","rebate_percent":25,"is_default":true,"rebate_period":"DAILY"}`).Code)
	lines := make([]string, accounts)
	for i := range lines {
		lines[i] = b.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
			`"client_account":"%d","client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, 5000+i, programmetest.Client1))
	}
	b.MustFeed(t, lines...)
	for i := range lines {
		b.tickets++
		lines[i] = b.Order(strconv.Itoa(5000+i), b.tickets, "EURUSD", "2026-06-30T12:00:00Z", ``)
	}
	b.MustFeed(t, lines...)
	b.nextDay(t)
	list := b.object(t, "a", autorebates+"rebates/?status=pending")
	rebateID = fmt.Sprint(list["data"].([]any)[0].(map[string]any)["id"])
	for offset := 0; offset < accounts; offset += 1000 {
		for _, row := range b.object(t, "a", autorebates+"rebates/"+rebateID+"/rows/?limit=1000&offset="+strconv.Itoa(offset))["data"].([]any) {
			rows = append(rows, fmt.Sprint(row.(map[string]any)["id"]))
		}
	}
	require.Len(t, rows, accounts)
	return rebateID, rows
}

func (b *rebateRunsBundle) nextDay(t *testing.T) {
	t.Helper()
	b.Clock.Advance(24 * time.Hour)
	require.NoError(t, b.runs.Run(t.Context()))
}

// object reads an answer that has to be good.
func (b *rebateRunsBundle) object(t *testing.T, token, target string) map[string]any {
	t.Helper()
	return decoded(t, b.call(t, token, "GET", target, ""), 200)
}

func decoded(t *testing.T, answer *httptest.ResponseRecorder, status int) (out map[string]any) {
	t.Helper()
	require.Equal(t, status, answer.Code, answer.Body.String())
	decoder := json.NewDecoder(answer.Body)
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&out))
	return out
}

// post sends what a partner decides.
func (b *rebateRunsBundle) post(t *testing.T, token, path, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	return b.send(t, token, http.MethodPost, autorebates+path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, pairs...)...)
}

func selecting(rebates, rows []string) string {
	return fmt.Sprintf(`{"rebates":[%s],"rebate_rows":[%s]}`, strings.Join(rebates, ","), strings.Join(rows, ","))
}

// coded goes the whole way from what is shown to a token.
func (b *rebateRunsBundle) coded(t *testing.T, token, body string) (temporary string) {
	t.Helper()
	started := decoded(t, b.post(t, token, "approve/start/", body), 200)
	payload, err := json.Marshal(map[string]any{"operation_type": "APPROVE_REBATES", "payload": started["verification_payload"]})
	require.NoError(t, err)
	const operations = "/api/v1/verification/operations/"
	operation := decoded(t, b.call(t, token, "POST", operations, string(payload)), 201)
	var text string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT text_body FROM mails WHERE kind = 'verification_code' ORDER BY mail_id DESC LIMIT 1`).Scan(&text))
	require.Contains(t, text, "of rebates to")
	code := regexp.MustCompile(`\d{6}`).FindString(text)
	done := decoded(t, b.call(t, token, "POST", operations+operation["verification_uid"].(string)+"/complete/", `{"code":"`+code+`"}`), 200)
	return done["verification_token"].(string)
}

func (b *rebateRunsBundle) payouts(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT count(*) FROM payouts WHERE kind = 'rebate'`).Scan(&n))
	return n
}

// The whole way: closed, shown, approved with a code, paid by the broker.
func TestRebates(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, rows := b.closed(t, 3)
	waiting := b.object(t, "a", autorebates+"rebates/")
	listed := waiting["data"].([]any)[0].(map[string]any)
	for name, want := range map[string]string{
		"group_title": "all", "group_type": "MANUAL", "status": "pending", "period_start_date": "2026-06-30", "period_end_date": "2026-06-30", "clients_count": "3",
		"reward": "6", "reward_usd": "6", "topay_rebate": "1.5", "topay_rebate_usd": "1.5", "currency": "USD", "closed": "2026-07-01T12:00:00Z", "expires": "2026-07-31T12:00:00Z",
	} {
		require.Equal(t, want, fmt.Sprint(listed[name]), name)
	}
	require.Equal(t, map[string]any{
		"count": json.Number("1"), "clients_count": json.Number("3"), "reward_usd": json.Number("6"),
		"topay_rebate": json.Number("1.5"), "topay_rebate_usd": json.Number("1.5"),
	}, waiting["totals"])
	row := b.object(t, "a", autorebates+"rebates/"+rebateID+"/rows/?client_account=5000")["data"].([]any)[0].(map[string]any)
	for name, want := range map[string]string{
		"id": rows[0], "rebate_id": rebateID, "client_account": "5000", "client_uid": "11111111", "orders_count": "1", "rebate_percent": "25", "reward": "2",
		"rebate": "0.500000", "rebate_usd": "0.500000", "topay_rebate": "0.5", "status": "pending", "payout_id": "<nil>", "reason": "<nil>",
	} {
		require.Equal(t, want, fmt.Sprint(row[name]), name)
	}
	orders := b.object(t, "a", autorebates+"rebates/rows/"+rows[0]+"/orders/")
	require.Equal(t, "Real:1", orders["data"].([]any)[0].(map[string]any)["order_id"])
	require.Equal(t, json.Number("2.000000"), orders["totals"].(map[string]any)["reward"], "what the row's rebate is a percent of")

	// Ids as text, in another order, one of them twice: out they go as numbers.
	started := decoded(t, b.post(t, "a", "approve/start/", `{"rebates":["`+rebateID+`"],"rebate_rows":["`+rows[2]+`",`+rows[0]+`,"`+rows[0]+`"],"more":null}`), 200)
	payload := started["verification_payload"].(map[string]any)
	require.Equal(t, "["+rebateID+"]", fmt.Sprint(payload["rebate_ids"]))
	require.Equal(t, "["+rows[0]+" "+rows[2]+"]", fmt.Sprint(payload["rebate_row_ids"]))
	require.Equal(t, programmetest.PartnerA, payload["user_uid"])
	require.Equal(t, "APPROVE_REBATES", payload["operation_type"])
	require.Equal(t, "2026-07-01T12:00:00Z", payload["requested_at"])
	require.Len(t, payload, 5)
	for name, want := range map[string]string{
		"clients_approved_count": "3", "reward_usd": "6", "topay_rebate_usd": "1.5", "period_start_date": "2026-06-30", "period_end_date": "2026-06-30",
	} {
		require.Equal(t, want, fmt.Sprint(started[name]), name)
	}

	all := selecting([]string{rebateID}, nil)
	temporary := b.coded(t, "a", all)
	done := decoded(t, b.post(t, "a", "approve/", `{"rebates":["`+rebateID+`"]}`, "X-Temporary-Token", temporary), 200)
	require.Equal(t, "OK", done["code"])
	require.Equal(t, "3 1.5", fmt.Sprint(done["clients_approved_count"], " ", done["topay_rebate"]))
	require.Equal(t, 3, b.payouts(t))
	require.Equal(t, "approved", b.object(t, "a", autorebates+"rebates/")["data"].([]any)[0].(map[string]any)["status"])

	ids := decoded(t, b.call(t, "broker", "GET", payoutsPath, ""), 200)["data"].([]any)
	require.Len(t, ids, 3)
	for i, p := range ids {
		answer := []string{"confirm/", "fail/"}[i/2]
		decoded(t, b.call(t, "broker", "POST", payoutsPath+p.(map[string]any)["id"].(string)+"/"+answer, `{"reason":"closed account"}`), 200)
	}
	history := b.object(t, "a", autorebates+"history/?ordering=status,client_account")
	require.Equal(t, json.Number("3"), history["totals"].(map[string]any)["count"])
	failed := history["data"].([]any)[0].(map[string]any)
	require.Equal(t, "failed closed account 2026-06-30 all", fmt.Sprint(failed["status"], " ", failed["reason"], " ", failed["period_end_date"], " ", failed["group_title"]))
	require.Equal(t, "paid", history["data"].([]any)[1].(map[string]any)["status"])
	paid := b.object(t, "a", autorebates+"history/?status=paid&period_from=2026-06-30&period_to=2026-06-30&client_uid=11111111&group="+fmt.Sprint(listed["group_id"]))
	require.Equal(t, json.Number("2"), paid["totals"].(map[string]any)["count"])
	require.Equal(t, json.Number("1"), b.object(t, "a", autorebates+"history/?client_account=5000")["totals"].(map[string]any)["count"])

	retried := `{"rebate_rows":["` + fmt.Sprint(failed["id"]) + `"]}`
	require.Equal(t, 400, b.post(t, "a", "payments/retry/", `{"rebate_rows":["`+fmt.Sprint(failed["id"])+`",5]}`).Code)
	require.Equal(t, 200, b.post(t, "a", "payments/retry/", retried, "Idempotency-Key", "again").Code)
	require.Equal(t, "true", b.post(t, "a", "payments/retry/", retried, "Idempotency-Key", "again").Header().Get("Idempotent-Replayed"))
	require.Equal(t, 400, b.post(t, "a", "payments/retry/", retried).Code, "it is with the broker again")
	require.Equal(t, 4, b.payouts(t))
	programmetest.RequireSound(t, b.DB)
}

func TestRebates_Exports(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, _ := b.closed(t, 3)
	require.Equal(t, 200, b.post(t, "a", "reject/", selecting([]string{rebateID}, nil)).Code)
	for path, wanted := range map[string]int{
		"rebates/": 2, "rebates/" + rebateID + "/rows/": 4, "history/": 4, "history/?status=paid": 1, "history/?status=rejected": 4,
	} {
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		text := b.call(t, "a", "GET", autorebates+path+join+"format=csv", "")
		require.Equal(t, 200, text.Code, text.Body.String())
		records, err := csv.NewReader(text.Body).ReadAll()
		require.NoError(t, err)
		require.Len(t, records, wanted, path)
		book := b.call(t, "a", "GET", autorebates+path+join+"format=xlsx", "")
		file, err := excelize.OpenReader(bytes.NewReader(book.Body.Bytes()))
		require.NoError(t, err)
		sheet, err := file.GetRows(file.GetSheetList()[0])
		require.NoError(t, err)
		require.Len(t, sheet, wanted, path)
	}
	values := b.object(t, "a", autorebates+"history/filters/")
	require.Equal(t, []any{"rejected"}, values["status"])
	require.Equal(t, []any{"5000", "5001", "5002"}, values["client_account"])
	require.Equal(t, []any{"2026-06-30"}, values["period"])
	require.Equal(t, []any{"pending"}, func() []any {
		b.MustFeed(t, b.Order("5000", 99, "EURUSD", "2026-07-01T13:00:00Z", ``))
		b.nextDay(t)
		return b.object(t, "a", autorebates+"rebates/filters/?field=status&q=pend")["status"].([]any)
	}())
}
