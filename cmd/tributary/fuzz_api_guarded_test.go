package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// guardedStories contains the stories for operations that move money, change
// access, or need a token from a mail. See stories.
var guardedStories = map[string]func(*testing.T, *fuzzer, *fuzzCall){
	"POST /api/registration/confirm/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.mustSend(t, "nobody", http.MethodPost, "/api/registration/",
			map[string]any{"email": "new@example.com", "country": "ZA", "programme": "ib"})
		c.json(t, map[string]any{"token": f.mailedToken(t, "new@example.com"), "password": matrixPassword})
	},
	"POST /api/auth/password/reset/confirm/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.mustSend(t, "nobody", http.MethodPost, "/api/auth/password/reset/", map[string]any{"email": "c@example.com"})
		c.json(t, map[string]any{"token": f.mailedToken(t, "c@example.com"), "password": matrixPassword})
	},
	"POST /api/v1/verification/operations/ 201":                             operationStory("payload"),
	"POST /v4/kyc_back/api/v3/verify/operation/init 200":                    operationStory("additional_data"),
	"POST /v4/kyc_back/api/v3/verify/operation/init 404":                    unknownLinkStory("additional_data"),
	"POST /api/v1/verification/operations/ 404":                             unknownLinkStory("payload"),
	"POST /v4/kyc_back/api/v2/verify/operation/complete 200":                completeStory,
	"POST /api/v1/verification/operations/{verification_uid}/complete/ 200": completeStory,
	"POST /api/security/password/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.header.Set("X-Temporary-Token", f.temporaryToken(t, "CHANGE_SECURITY", map[string]any{"action": "change_password"}))
		c.json(t, map[string]any{"old_password": matrixPassword, "new_password": matrixPassword + "!"})
		c.after = func() { f.renew(t) }
	},
	"POST /api/v1/api-keys/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		key := map[string]any{"name": "a program", "scopes": []string{"read"}}
		c.header.Set("X-Temporary-Token", f.temporaryToken(t, "CREATE_API_KEY", key))
		c.json(t, key)
	},
	"DELETE /broker/v1/keys/{broker_key_id}/ 204": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		_, key, err := f.p.Identity.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
		require.NoError(t, err)
		c.target = "/broker/v1/keys/" + key.ID + "/"
	},
	"POST /api/security/set-up/resume/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		var made struct{ ID string }
		creation := operation{Operation: f.document.Paths.Value("/api/v1/postbacks/").Post}
		require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/v1/postbacks/", f.exampleBody(t, &creation)), &made))
		f.mustSend(t, "a", http.MethodPatch, "/api/v1/postbacks/"+made.ID+"/", map[string]any{"status": "paused"})
		c.json(t, map[string]any{"ids": []string{made.ID}})
	},
	"POST /api/v1/webhooks/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		const url = "https://fuzzed.example.com/hook"
		c.header.Set("X-Temporary-Token", f.temporaryToken(t, "CREATE_WEBHOOK", map[string]any{"url": url}))
		c.json(t, map[string]any{"url": url})
	},
	"POST /api/security/totp/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) { // A already has an authenticator app
		t.Helper()
		c.as = "b"
		c.header.Set("Authorization", "JWT "+f.login(t, "b"))
	},
	"DELETE /api/security/totp/ 204": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.header.Set("X-Temporary-Token", f.temporaryToken(t, "CHANGE_SECURITY", map[string]any{"action": "delete_totp"}))
	},
	"POST /api/security/totp/confirm/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		code, err := totp.GenerateCode(f.totpSecret(t), f.clock.Now())
		require.NoError(t, err)
		c.json(t, map[string]any{"code": code})
	},
	"POST /api/v1/referral-agent-links/{id}/agreements/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		link := f.firstField(t, "a", "/api/v1/referral-agent-links/", "id")
		terms := map[string]any{"share_perc": 25.5, "cap_amount_usd": 1000}
		c.target = fmt.Sprintf("/api/v1/referral-agent-links/%v/agreements/", link)
		c.json(t, terms)
		c.header.Set("X-Temporary-Token", f.temporaryToken(t, "SET_AGENT_COMMISSION", map[string]any{"link_id": link, "share_perc": 25.5, "cap_amount_usd": 1000}))
	},
	"POST /api/wallet/transfers/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"from_account": f.account, "to_account": f.euros(t), "amount": "0.50"})
	},
	"POST /api/wallet/withdrawals/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.withdraw(t, c)
	},
	"POST /broker/v1/payouts/{payout_id}/confirm/ 200": payoutStory("confirm/"),
	"POST /broker/v1/payouts/{payout_id}/fail/ 200":    payoutStory("fail/"),
	"POST /api/v2/autorebates/reject/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"rebates": []any{f.pendingRebate(t)}, "rebate_rows": []any{}})
	},
	"POST /api/v2/autorebates/approve/start/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"rebates": []any{f.pendingRebate(t)}, "rebate_rows": []any{}})
	},
	"POST /api/v2/autorebates/approve/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.approve(t, c)
	},
	"POST /api/v2/autorebates/payments/retry/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		var approval fuzzCall
		approval.header = http.Header{}
		f.approve(t, &approval)
		rebate := f.rows(t, f.validToken(t), "/api/v2/autorebates/rebates/?status=pending")[0]["id"]
		answer := f.sendWith(t, f.validToken(t), http.MethodPost, "/api/v2/autorebates/approve/", approval.body, approval.header)
		require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		require.NoError(t, f.p.RebateRuns.Run(t.Context()))
		for _, payout := range f.rows(t, f.brokers[""], "/broker/v1/payouts/?kind=rebate") {
			f.mustSend(t, "broker", http.MethodPost, fmt.Sprintf("/broker/v1/payouts/%v/fail/", payout["id"]), map[string]any{"reason": "closed"})
		}
		row := f.rows(t, f.validToken(t), fmt.Sprintf("/api/v2/autorebates/rebates/%v/rows/", rebate))[0]["id"]
		c.json(t, map[string]any{"rebate_rows": []any{row}})
	},
}

var tokenInLink = regexp.MustCompile(`[?&]token=([A-Za-z0-9_-]+)`)

func (f *fuzzer) mailedToken(t *testing.T, to string) string {
	t.Helper()
	var text string
	require.NoError(t, f.p.DB.QueryRow(t.Context(), `SELECT text_body FROM mails WHERE recipient = $1 AND text_body LIKE '%token=%'
		ORDER BY created_at DESC, mail_id DESC LIMIT 1`, to).Scan(&text))
	found := tokenInLink.FindStringSubmatch(text)
	require.NotNil(t, found, text)
	return found[1]
}

func operationStory(field string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"operation_type": "CHANGE_SECURITY", field: map[string]any{"action": "change_password"}})
	}
}

func unknownLinkStory(field string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"operation_type": "SET_AGENT_COMMISSION", field: map[string]any{"link_id": 987654, "share_perc": 10}})
	}
}

// completeStory starts an operation, and prepares the request that completes it
// with the right code.
func completeStory(t *testing.T, f *fuzzer, c *fuzzCall) {
	t.Helper()
	var started struct {
		UID string `json:"verification_uid"`
	}
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/v1/verification/operations/",
		map[string]any{"operation_type": "CHANGE_SECURITY", "payload": map[string]any{"action": "change_password"}}), &started))
	code := sixDigitCode.FindString(f.latestMail(t, "verification_code"))
	if c.operation.path == "/v4/kyc_back/api/v2/verify/operation/complete" {
		c.json(t, map[string]any{"verification_uid": started.UID, "code": code})
		return
	}
	c.target = "/api/v1/verification/operations/" + started.UID + "/complete/"
	c.json(t, map[string]any{"code": code})
}

// totpSecret starts to set up an authenticator app, and returns its secret.
func (f *fuzzer) totpSecret(t *testing.T) string {
	t.Helper()
	var started struct{ Secret string }
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/security/totp/", nil), &started))
	return started.Secret
}

// euros returns A's account in EUR. It opens the account first if necessary.
func (f *fuzzer) euros(t *testing.T) any {
	t.Helper()
	for _, account := range f.rows(t, f.validToken(t), "/api/wallet/accounts/") {
		if account["currency"] == "EUR" {
			return account["id"]
		}
	}
	var made struct{ ID string }
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/wallet/accounts/",
		map[string]any{"account_name": "Euros", "currency": "EUR"}), &made))
	return made.ID
}

func (f *fuzzer) withdraw(t *testing.T, c *fuzzCall) {
	t.Helper()
	f.earn(t)
	body := map[string]any{"account": f.account, "amount": "1.00", "method": "bank_transfer", "destination": "DE89370400440532013000"}
	c.header.Set("X-Temporary-Token", f.temporaryToken(t, "WITHDRAW", body))
	c.json(t, body)
}

func payoutStory(action string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		withdrawal := &fuzzCall{header: http.Header{}}
		f.withdraw(t, withdrawal)
		answer := f.sendWith(t, f.validToken(t), http.MethodPost, "/api/wallet/withdrawals/", withdrawal.body, withdrawal.header)
		require.Equal(t, http.StatusCreated, answer.Code, answer.Body)
		c.target = fmt.Sprintf("/broker/v1/payouts/%v/%s", f.firstField(t, "broker", "/broker/v1/payouts/?kind=withdrawal", "id"), action)
	}
}

func (f *fuzzer) earn(t *testing.T) {
	t.Helper()
	f.tickets++
	outcome := f.apply(t, fmt.Sprintf(`{"id":"earned-%[1]d","type":"order.closed","at":%[2]q,"server":"Real","ticket":%[1]d,`+
		`"client_account":"1001","symbol":"EURUSD","side":"buy","lots":"10","open_time":%[2]q,"close_time":%[2]q,"open_price":"1.1","close_price":"1.1"}`,
		1_000_000+f.tickets, f.clock.Now().Format(time.RFC3339)))
	require.Equal(t, feed.Applied, outcome.Status, "%v", outcome.Err)
}

func (f *fuzzer) pendingRebate(t *testing.T) any {
	t.Helper()
	f.earn(t)
	f.clock.Advance(24 * time.Hour)
	require.NoError(t, f.p.RebateRuns.Run(t.Context()))
	return f.firstField(t, "a", "/api/v2/autorebates/rebates/?status=pending", "id")
}

func (f *fuzzer) approve(t *testing.T, c *fuzzCall) {
	t.Helper()
	selection := map[string]any{"rebates": []any{f.pendingRebate(t)}, "rebate_rows": []any{}}
	var started struct {
		Payload json.RawMessage `json:"verification_payload"`
	}
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/v2/autorebates/approve/start/", selection), &started))
	c.header.Set("X-Temporary-Token", f.temporaryToken(t, "APPROVE_REBATES", started.Payload))
	c.json(t, selection)
}
