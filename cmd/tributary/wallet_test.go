package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestWithdrawal tests a whole withdrawal: the code in the mail, the request,
// and the broker's confirmation. It uses a server that is built in the same way
// as the command serve builds it.
func TestWithdrawal(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	account := partner.AccountNumber(uuid(programmetest.PartnerA))
	body := fmt.Sprintf(`{"account":%q,"amount":"1.50","method":"bank_transfer","destination":"DE89370400440532013000"}`, account)
	operation := w.create(t, w.a, "/api/v1/verification/operations/", `{"operation_type":"WITHDRAW","payload":`+body+`}`, "verification_uid")
	var text string
	require.NoError(t, w.p.DB.QueryRow(t.Context(), `SELECT text_body FROM mails WHERE kind = 'verification_code' ORDER BY created_at DESC LIMIT 1`).Scan(&text))
	require.Contains(t, text, "Withdraw 1.50 USD by bank_transfer to DE89 3704 0044 0532 0130 00")
	codes := regexp.MustCompile(`\d{6}`).FindAllString(text, -1)
	require.Len(t, codes, 1, "the code is the only six-digit number")
	temporary := w.create(t, w.a, "/api/v1/verification/operations/"+operation+"/complete/", `{"code":"`+codes[0]+`"}`, "verification_token")

	withdraw := func(body, key string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/wallet/withdrawals/", strings.NewReader(body))
		for name, value := range map[string]string{
			"Authorization": "JWT " + w.a, "Content-Type": "application/json", "X-Temporary-Token": temporary, "Idempotency-Key": key,
		} {
			req.Header.Set(name, value)
		}
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, req)
		return answer
	}
	require.Equal(t, http.StatusForbidden, withdraw(strings.Replace(body, "1.50", "1.51", 1), "first").Code, "the code was for another amount")
	made := withdraw(strings.Replace(body, `"1.50"`, "1.5", 1), "first")
	require.Equal(t, http.StatusCreated, made.Code, made.Body)
	again := withdraw(strings.Replace(body, `"1.50"`, "1.5", 1), "first")
	require.Equal(t, made.Body.String(), again.Body.String())
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Equal(t, http.StatusForbidden, withdraw(body, "second").Code, "the token is spent")

	var waits struct{ Data []struct{ ID, Status string } }
	require.NoError(t, json.Unmarshal(w.send(t, w.brokers[""], http.MethodGet, "/broker/v1/payouts/", nil).Body.Bytes(), &waits))
	require.Len(t, waits.Data, 1)
	require.Equal(t, "paid", w.create(t, w.brokers[""], "/broker/v1/payouts/"+waits.Data[0].ID+"/confirm/", `{}`, "status"))
	require.Contains(t, w.send(t, w.a, http.MethodGet, "/api/wallet/withdrawals/", nil).Body.String(), `"status":"paid"`)
	require.Contains(t, w.send(t, w.a, http.MethodGet, "/api/wallet/accounts/", nil).Body.String(), `"balance":2.5,`)
	require.Contains(t, w.send(t, w.a, http.MethodGet, "/api/wallet/transactions/", nil).Body.String(), `"kind":"withdrawal"`)
	require.Contains(t, w.send(t, w.a, http.MethodGet, "/api/v1/audit-log/", nil).Body.String(), `"action":"withdrawal.created"`)
	require.Contains(t, w.send(t, w.a, http.MethodGet, "/api/v1/audit-log/", nil).Body.String(), `"action":"payout.paid"`)
	programmetest.RequireSound(t, w.p.DB)
}
