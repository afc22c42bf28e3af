package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

const (
	accountsPath    = "/api/wallet/accounts/"
	transfersPath   = "/api/wallet/transfers/"
	withdrawalsPath = "/api/wallet/withdrawals/"
	payoutsPath     = "/broker/v1/payouts/"
)

var (
	accountA = partner.AccountNumber(uid(programmetest.PartnerA))
	eurosA   = partner.AccountNumberIn(uid(programmetest.PartnerA), "EUR")
)

// rich is a world in which partner A is verified and has 1,500 USD.
func rich(t *testing.T) *world {
	t.Helper()
	w := setupWorld(t)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", `,"open_spread":7500,"close_spread":7500`))
	require.NoError(t, w.p.Stores.Admin.Verify(t.Context(), uid(programmetest.PartnerA)))
	return w
}

func withdrawalBody(amount string) string {
	return fmt.Sprintf(`{"account":%q,"amount":%s,"method":"bank_transfer","destination":"DE89370400440532013000"}`, accountA, amount)
}

// temporary is the token that the code for a withdrawal gives.
func (w *world) temporary(t *testing.T, owner, body string) string {
	t.Helper()
	var in struct {
		Account, Method, Destination string
		Amount                       money.Amount
	}
	require.NoError(t, json.Unmarshal([]byte(body), &in))
	token := id.New().String()
	hash, digest := verification.TokenHash(token), verification.DigestOf(verification.Withdraw, in.Account, in.Amount.String(), in.Method, in.Destination)
	w.exec(t, `INSERT INTO verifications (partner_id, verification_id, operation_type, digest, summary, channel, code_hash, tries,
		created_at, expires_at, completed_at, token_hash, token_expires_at) VALUES ($1, $2, 'WITHDRAW', $3, '', 'email', '', 1, 0, 0, 0, $4, $5)`,
		uid(owner), id.New(), digest[:], hash[:], int64(1)<<60)
	return token
}

// withdraw sends a withdrawal of partner A's.
func (w *world) withdraw(t *testing.T, body, temporary string, pairs ...string) (status int, answer string) {
	t.Helper()
	got := w.send(t, "a", http.MethodPost, withdrawalsPath, strings.NewReader(body),
		append([]string{"Content-Type", "application/json", "X-Temporary-Token", temporary}, pairs...)...)
	return got.Code, got.Body.String()
}

func TestWalletAccounts(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	w.MustFeed(t, w.Order("2001", 2, "usdjpy", "2026-03-01T10:00:00Z", ``))
	w.exec(t, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6) VALUES ($1, 'rebates_reserved', 'EUR', 255000, 271251)`, uid(programmetest.PartnerB))
	fill := planned(t)
	const mine = `{"accounts":[{"id":"%ACCOUNT_A%","name":"a","currency":"USD","balance":0,"type":"reward","reserved_rebates_amount":0}`
	euros := `{"id":"` + eurosA + `","name":"Savings","currency":"EUR","balance":0,"type":"regular","reserved_rebates_amount":0}`
	create := func(name, body string, status int, answer string) scene {
		return scene{name: name, token: "a", method: "POST", target: accountsPath, body: body, status: status, answer: answer}
	}
	rename := func(name, token, account, body string, status int, answer string) scene {
		return scene{name: name, token: token, method: "PATCH", target: accountsPath + account + "/", body: body, status: status, answer: answer}
	}
	blank := wrong("account_name", "blank", "This field may not be blank.")
	w.play(t, []scene{
		{name: "b", token: "b", target: accountsPath, status: 200, answer: fill(`{"accounts":[{"id":"%ACCOUNT_B%","name":"b","currency":"EUR","balance":1.53,"type":"reward","reserved_rebates_amount":0.25}],"summary_equity":1.93,"reserved_rebates":0.27}`)},
		{name: "a", token: "a", target: "/api/wallet/accounts", status: 200, answer: fill(mine + `],"summary_equity":0,"reserved_rebates":0}`)},
		{name: "the broker", token: "broker", target: accountsPath, status: 403, answer: denied},
		create("a new one", `{"account_name":" Savings ","currency":"eur"}`, 200, euros),
		create("the same again", `{"account_name":"Savings","currency":"EUR"}`, 400, wrong("currency", "already_in_use", "There is an account in this currency already.")),
		create("the first one's currency", `{"account_name":"Savings","currency":"USD"}`, 400, wrong("currency", "already_in_use", "There is an account in this currency already.")),
		create("no rate", `{"account_name":"Savings","currency":"CHF"}`, 400, wrong("currency", "invalid_choice", "The programme has no rate for this currency.")),
		create("no name", `{"account_name":"","currency":"JPY"}`, 400, blank),
		create("no currency", `{"account_name":"x"}`, 400, wrong("currency", "required", "This field is required.")),
		create("a long name", `{"account_name":"`+strings.Repeat("é", 101)+`","currency":"JPY"}`, 400, wrong("account_name", "max_length", "Ensure this field has no more than 100 characters.")),
		create("neither", `[]`, 400, badInput),
		{name: "a key that reads", token: "a:read", method: "POST", target: accountsPath, body: `{"account_name":"x","currency":"JPY"}`, status: 403, answer: denied},
		rename("another name", "a", eurosA, `{"account_name":"Holidays"}`, 200, strings.Replace(euros, "Savings", "Holidays", 1)),
		rename("no name", "a", eurosA, `{"account_name":"  "}`, 400, blank),
		rename("another partner's", "b", eurosA, `{"account_name":"mine"}`, 404, notFound),
		rename("nobody's", "a", "nothing", `{"account_name":"mine"}`, 404, notFound),
		{name: "both", token: "a", target: accountsPath, status: 200, answer: fill(mine + `,` + strings.Replace(euros, "Savings", "Holidays", 1) + `],"summary_equity":0,"reserved_rebates":0}`)},
	})
	require.True(t, bytes.HasPrefix(w.call(t, "a", "GET", accountsPath, "").Body.Bytes(), []byte(`{"accounts":[{"id":"`)), "an account's number is a string")
}

func TestWalletTransfers(t *testing.T) {
	t.Parallel()
	w := rich(t)
	require.Equal(t, 200, w.call(t, "a", "POST", accountsPath, `{"account_name":"Savings","currency":"EUR"}`).Code)
	var first int64
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT next_number FROM partners WHERE partner_id = $1`, uid(programmetest.PartnerA)).Scan(&first))
	done := fmt.Sprintf(`{"id":%d,"from_account":%q,"to_account":%q,"from_currency":"USD","to_currency":"EUR","amount":100.1,"to_amount":92.258064,"amount_usd":100.1,`+
		`"from_rate":1,"to_rate":1.085,"spread_percent":0,"created":"2026-06-30T12:00:00Z"}`, first, accountA, eurosA)
	move := func(name, from, to, amount string, status int, answer string) scene {
		return scene{name: name, token: "a", method: "POST", target: transfersPath, body: fmt.Sprintf(`{"from_account":%q,"to_account":%q,"amount":%s}`, from, to, amount), status: status, answer: answer}
	}
	w.play(t, []scene{
		{name: "none yet", token: "a", target: transfersPath, status: 200, answer: `{"data":[],"totals":{"count":0,"amount_usd":0}}`},
		move("there", accountA, eurosA, `100.10`, 201, done),
		move("too much", eurosA, accountA, `92.26`, 400, wrong("amount", "insufficient_funds", "The account does not have this much.")),
		move("back", eurosA, accountA, `92.25`, 201, strings.NewReplacer(fmt.Sprintf(`"id":%d`, first), fmt.Sprintf(`"id":%d`, first+1), accountA, eurosA, eurosA, accountA,
			`"from_currency":"USD","to_currency":"EUR","amount":100.1,"to_amount":92.258064,"amount_usd":100.1,"from_rate":1,"to_rate":1.085`,
			`"from_currency":"EUR","to_currency":"USD","amount":92.25,"to_amount":100.09125,"amount_usd":100.09125,"from_rate":1.085,"to_rate":1`).Replace(done)),
		move("a tenth of a cent", accountA, eurosA, `1.001`, 400, wrong("amount", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")),
		move("too many places", accountA, eurosA, `1.0000001`, 400, wrong("amount", "max_decimal_places", "Ensure that there are no more than 6 decimal places.")),
		move("nothing", accountA, eurosA, `0`, 400, wrong("amount", "min_value", "Ensure this value is greater than or equal to 0.01.")),
		move("backwards", accountA, eurosA, `-5`, 400, wrong("amount", "min_value", "Ensure this value is greater than or equal to 0.01.")),
		move("no number", accountA, eurosA, `"1e"`, 400, wrong("amount", "invalid", "A valid number is required.")),
		move("beyond all bounds", accountA, eurosA, `1e99`, 400, wrong("amount", "invalid", "A valid number is required.")),
		move("to itself", accountA, accountA, `1`, 400, wrong("to_account", "invalid", "Name two different accounts.")),
		move("to another partner", accountA, partner.AccountNumber(uid(programmetest.PartnerB)), `1`, 400, wrong("to_account", "does_not_exist", "There is no such account.")),
		{name: "a key that reads", token: "a:read", method: "POST", target: transfersPath, body: `{"from_account":"1","to_account":"2","amount":1}`, status: 403, answer: denied},
		{name: "one of them", token: "a:read", target: transfersPath + "?limit=1&offset=1", status: 200, answer: `{"data":[` + done + `],"totals":{"count":2,"amount_usd":200.19125}}`},
		{name: "none of b's", token: "b", target: transfersPath, status: 200, answer: `{"data":[],"totals":{"count":0,"amount_usd":0}}`},
	})
	programmetest.RequireSound(t, w.DB)
}

func TestWithdrawals(t *testing.T) {
	t.Parallel()
	w := rich(t)
	w.play(t, []scene{
		{name: "methods", token: "a", target: withdrawalsPath + "methods/", status: 200, answer: `{"data":[{"method":"bank_transfer","min_usd":1,"max_usd":100000,"daily_usd":250000},
			{"method":"card","min_usd":1,"max_usd":10000,"daily_usd":20000},{"method":"crypto","min_usd":1,"max_usd":100000,"daily_usd":250000}],"totals":{"count":3}}`},
		{name: "none yet", token: "a", target: withdrawalsPath, status: 200, answer: `{"data":[],"totals":{"count":0,"amount_usd":0}}`},
		{name: "without a token", token: "a", method: "POST", target: withdrawalsPath, body: withdrawalBody("10"), status: 403, answer: unpaid(verification.Withdraw)},
		{name: "an empty body", token: "a", method: "POST", target: withdrawalsPath, body: `{}`, status: 400, answer: `{"code":"ValidationError","message":"Bad request","details":[
			{"field":"account","code":"required","message":"This field is required."},{"field":"amount","code":"required","message":"This field is required."},
			{"field":"method","code":"required","message":"This field is required."},{"field":"destination","code":"required","message":"This field is required."}]}`},
		{name: "an unknown method", token: "a", method: "POST", target: withdrawalsPath, body: strings.Replace(withdrawalBody("10"), "bank_transfer", "cash", 1), status: 400, answer: wrong("method", "invalid_choice", "There is no such method.")},
	})
	status, answer := w.withdraw(t, withdrawalBody("10"), w.temporary(t, programmetest.PartnerA, withdrawalBody("11")))
	require.Equal(t, 403, status, "a token for another amount")
	require.JSONEq(t, unpaid(verification.Withdraw), answer)
	status, answer = w.withdraw(t, withdrawalBody("1500.01"), w.temporary(t, programmetest.PartnerA, withdrawalBody("1500.01")))
	require.Equal(t, 400, status)
	require.JSONEq(t, wrong("amount", "insufficient_funds", "The account does not have this much."), answer)

	temporary := w.temporary(t, programmetest.PartnerA, withdrawalBody("250"))
	status, answer = w.withdraw(t, withdrawalBody("250.00"), temporary, "Idempotency-Key", "once")
	require.Equal(t, 201, status, answer)
	var made struct {
		ID       int64
		PayoutID string `json:"payout_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &made))
	want := fmt.Sprintf(`{"id":%d,"account":%q,"method":"bank_transfer","destination":"DE89370400440532013000","currency":"USD","amount":250,"amount_usd":250,`+
		`"status":"pending","payout_id":"%s-%d","reason":null,"created":"2026-06-30T12:00:00Z","answered":null}`, made.ID, accountA, uid(programmetest.PartnerA).Hex(), made.ID+1)
	require.JSONEq(t, want, answer)
	status, answer = w.withdraw(t, withdrawalBody("250.00"), temporary, "Idempotency-Key", "once")
	require.Equal(t, 201, status, "the same call, answered again")
	require.JSONEq(t, want, answer)
	status, _ = w.withdraw(t, withdrawalBody("250"), temporary)
	require.Equal(t, 403, status, "a token pays once")
	// A refused call spends neither token nor key.
	temporary = w.temporary(t, programmetest.PartnerA, withdrawalBody("1300"))
	status, _ = w.withdraw(t, withdrawalBody("1300"), temporary, "Idempotency-Key", "later")
	require.Equal(t, 400, status)
	w.MustFeed(t, w.Order("1001", 2, "EURUSD", "2026-06-02T10:00:00Z", `,"open_spread":500,"close_spread":500`))
	status, _ = w.withdraw(t, withdrawalBody("1300"), temporary, "Idempotency-Key", "later")
	require.Equal(t, 201, status)

	w.play(t, []scene{
		{name: "one page", token: "a:read", target: withdrawalsPath + "?limit=1&offset=1&status=pending&status=paid&method=bank_transfer", status: 200, answer: `{"data":[` + want + `],"totals":{"count":2,"amount_usd":1550}}`},
		{name: "none of them", token: "a", target: withdrawalsPath + "?status=failed", status: 200, answer: `{"data":[],"totals":{"count":0,"amount_usd":0}}`},
		{name: "an unknown status", token: "a", target: withdrawalsPath + "?status=lost", status: 400, answer: wrong("status", "invalid_choice", `\"lost\" is not a valid choice.`)},
		{name: "another partner's", token: "b", target: withdrawalsPath, status: 200, answer: `{"data":[],"totals":{"count":0,"amount_usd":0}}`},
		{name: "the broker", token: "broker", target: withdrawalsPath, status: 403, answer: denied},
	})
	// Partner B is not verified.
	body := strings.Replace(withdrawalBody("1"), accountA, partner.AccountNumber(uid(programmetest.PartnerB)), 1)
	got := w.send(t, "b", "POST", withdrawalsPath, strings.NewReader(body), "Content-Type", "application/json", "X-Temporary-Token", w.temporary(t, programmetest.PartnerB, body))
	require.Equal(t, 403, got.Code)
	programmetest.RequireSound(t, w.DB)
}

// Whatever the keys: fifty calls at once for one balance are paid once.
func TestWithdrawals_FiftyAtOnce(t *testing.T) {
	t.Parallel()
	const callers = 50
	w := rich(t)
	body := withdrawalBody("1500")
	temporary := make([]string, callers)
	for i := range temporary {
		temporary[i] = w.temporary(t, programmetest.PartnerA, body)
	}
	codes := make([]int, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { codes[i], _ = w.withdraw(t, body, temporary[i], "Idempotency-Key", fmt.Sprint("key ", i/2)) })
	}
	group.Wait()
	counted := map[int]int{}
	for _, code := range codes {
		counted[code]++
	}
	require.LessOrEqual(t, counted[201], 2, "the one, and the call that shares its key")
	require.Positive(t, counted[201])
	require.Equal(t, callers, counted[201]+counted[400])
	require.EqualValues(t, 1, w.count(t, "withdrawals"))
	require.EqualValues(t, 1, w.count(t, "payouts"))
	programmetest.RequireSound(t, w.DB)
}

func TestPayouts(t *testing.T) {
	t.Parallel()
	w := rich(t)
	var ids []string
	for range 3 {
		status, answer := w.withdraw(t, withdrawalBody("10"), w.temporary(t, programmetest.PartnerA, withdrawalBody("10")))
		require.Equal(t, 201, status)
		var made struct {
			PayoutID string `json:"payout_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(answer), &made))
		ids = append(ids, made.PayoutID)
	}
	row := func(payoutID, status, reason, answered string) string {
		return fmt.Sprintf(`{"id":%q,"kind":"withdrawal","partner_uid":%q,"client_account":null,"method":"bank_transfer","destination":"DE89370400440532013000","currency":"USD",`+
			`"amount":10,"amount_usd":10,"status":%q,"reason":%s,"created":"2026-06-30T12:00:00Z","answered":%s}`, payoutID, programmetest.PartnerA, status, reason, answered)
	}
	waits := func(payoutID string) string { return row(payoutID, "pending", "null", "null") }
	paid := row(ids[0], "paid", "null", `"2026-06-30T12:00:00Z"`)
	failed := row(ids[1], "failed", `"closed"`, `"2026-06-30T12:00:00Z"`)
	list := func(rows ...string) string {
		sums := `[]`
		if len(rows) > 0 {
			sums = fmt.Sprintf(`[{"currency":"USD","count":%d,"amount":%d,"amount_usd":%d}]`, len(rows), 10*len(rows), 10*len(rows))
		}
		return fmt.Sprintf(`{"data":[%s],"totals":{"count":%d,"amount_usd":%d,"sums":%s}}`, strings.Join(rows, ","), len(rows), 10*len(rows), sums)
	}
	post := func(name, path, body string, status int, answer string) scene {
		return scene{name: name, token: "broker", method: "POST", target: payoutsPath + path, body: body, status: status, answer: answer}
	}
	conflict := func(status string) string { return wrong("id", "conflict", "This payout is "+status+" already.") }
	w.play(t, []scene{
		{name: "all wait", token: "broker", target: payoutsPath, status: 200, answer: list(waits(ids[0]), waits(ids[1]), waits(ids[2]))},
		{name: "a rebate", token: "broker:read", target: payoutsPath + "?kind=rebate", status: 200, answer: list()},
		{name: "its partner's", token: "broker", target: payoutsPath + "?partner_uid=" + programmetest.PartnerB + "&status=pending&status=paid", status: 200, answer: list()},
		{name: "no partner", token: "broker", target: payoutsPath + "?partner_uid=x", status: 400, answer: wrong("partner_uid", "invalid", "Must be a valid UUID.")},
		{name: "a partner asks", token: "a", target: payoutsPath, status: 403, answer: denied},
		{name: "nobody asks", target: payoutsPath, status: 401, answer: nobody},
		post("paid", ids[0]+"/confirm/", "", 200, paid),
		post("paid, said again", strings.ToUpper(ids[0])+"/confirm", `{"anything":1}`, 200, paid),
		post("and yet failed", ids[0]+"/fail/", `{"reason":"x"}`, 400, conflict("paid")),
		post("failed", ids[1]+"/fail/", `{"reason":"closed"}`, 200, failed),
		post("failed, said again", ids[1]+"/fail/", `{"reason":"another reason"}`, 200, failed),
		post("and yet paid", ids[1]+"/confirm/", "", 400, conflict("failed")),
		post("nothing", "x/confirm/", "", 404, notFound),
		post("nobody's", strings.Repeat("0", 32)+"-1/fail/", `{}`, 404, notFound),
		post("a long reason", ids[2]+"/fail/", `{"reason":"`+strings.Repeat("x", 101)+`"}`, 400, wrong("reason", "max_length", "Ensure this field has no more than 100 characters.")),
		{name: "a key that reads", token: "broker:read", method: "POST", target: payoutsPath + ids[2] + "/confirm/", status: 403, answer: denied},
		{name: "a partner answers", token: "a", method: "POST", target: payoutsPath + ids[2] + "/confirm/", status: 403, answer: denied},
		post("none", "confirm/", `{"ids":[]}`, 400, wrong("ids", "empty", "This list may not be empty.")),
		post("many", "confirm/", fmt.Sprintf(`{"ids":[%q,%q,%q,"x",%q]}`, ids[0], ids[1], ids[2], ids[2]), 200, fmt.Sprintf(`{"data":[
			{"id":%q,"result":"already_confirmed","status":"paid"},{"id":%q,"result":"conflict","status":"failed"},{"id":%q,"result":"confirmed","status":"paid"},
			{"id":"x","result":"not_found","status":null},{"id":%q,"result":"already_confirmed","status":"paid"}],
			"totals":{"count":5,"confirmed":1,"already_confirmed":2,"conflict":1,"not_found":1}}`, ids[0], ids[1], ids[2], ids[2])),
		{name: "none waits", token: "broker", target: payoutsPath, status: 200, answer: list()},
		{name: "those that were answered, newest first", token: "broker", target: payoutsPath + "?status=failed&status=paid&ordering=-created", status: 200, answer: list(row(ids[2], "paid", "null", `"2026-06-30T12:00:00Z"`), failed, paid)},
		{name: "an unknown order", token: "broker", target: payoutsPath + "?ordering=amount", status: 400, answer: wrong("ordering", "invalid_choice", `\"amount\" is not a valid choice.`)},
	})
	require.Contains(t, w.call(t, "a", "GET", withdrawalsPath+"?status=failed", "").Body.String(), `"reason":"closed"`)
	require.Contains(t, w.call(t, "a", "GET", accountsPath, "").Body.String(), `"balance":1480,`, "what failed is back")
	programmetest.RequireSound(t, w.DB)
}

func TestPayouts_ManyAtOnce(t *testing.T) {
	t.Parallel()
	w := rich(t)
	var all []string
	for i := range 10_001 {
		all = append(all, fmt.Sprintf("%q", fmt.Sprintf("%032d-%d", 1, 1+i)))
	}
	got := w.call(t, "broker", "POST", payoutsPath+"confirm/", `{"ids":[`+strings.Join(all, ",")+`]}`)
	require.Equal(t, 400, got.Code)
	require.Contains(t, got.Body.String(), `"code":"max_length"`)
	got = w.call(t, "broker", "POST", payoutsPath+"confirm/", `{"ids":[`+strings.Join(all[1:], ",")+`]}`)
	require.Equal(t, 200, got.Code, got.Body)
	require.Contains(t, got.Body.String(), `"totals":{"count":10000,"confirmed":0,"already_confirmed":0,"conflict":0,"not_found":10000}`)
	require.Zero(t, w.count(t, "facts_waiting"))
}
