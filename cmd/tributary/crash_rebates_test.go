package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

const (
	rebatesTraded = "2026-03-01T12:00:00Z" // time at which clients trade
	rebatesDue    = "2026-03-02T00:10:00Z" // time at which the rebates of that day are due
)

// TestCrashOfRebates approves a rebate of many accounts with one code. It kills
// the server while the server closes the period, and again while the server
// creates payouts. Each account must be paid once.
func TestCrashOfRebates(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		// The job handles 20,000 rows at a time. After the first payouts, two
		// more steps follow in which the server can be killed.
		accounts, mails := crashSize(t, "CRASH_REBATES", 45_000), t.TempDir()
		serve := func() (*exec.Cmd, string) {
			return startServer(t, database, "--clock", rebatesDue, "--mail-dir", mails)
		}
		key, db := tradeForRebates(t, database, accounts)

		cmd, _ := serve()
		killWhen(t, cmd, db, `SELECT count(*) FROM rebate_rows WHERE status = 'pending'`, 1)
		cmd, url := serve()
		waitUntil(t, func() bool { return count(t, db, `SELECT count(*) FROM rebates WHERE status = 'pending'`) == 1 }, "nothing waits for approval")
		require.Equal(t, accounts, count(t, db, `SELECT count(*) FROM rebate_rows WHERE status = 'pending'`))

		p := &approver{t: t, url: url, key: key}
		selection := fmt.Sprintf(`{"rebates":[%d],"rebate_rows":[]}`, count(t, db, `SELECT rebate_id FROM rebates WHERE status = 'pending'`))
		token := p.approvalToken(mails, p.post("/api/v2/autorebates/approve/start/", selection, "")["verification_payload"])
		began := time.Now() //nolint:forbidigo // only logs the duration
		p.post("/api/v2/autorebates/approve/", selection, token)
		t.Logf("the approval of %d accounts was answered after %s", accounts, time.Since(began)) //nolint:forbidigo // only logs the duration
		killWhen(t, cmd, db, `SELECT count(*) FROM payouts`, min(20_000, accounts/3))
		paid := settledPayouts(t, db)
		require.Less(t, paid, accounts, "the last kill came too late")

		_, p.url = serve()
		waitUntil(t, func() bool { return count(t, db, `SELECT count(*) FROM rebates WHERE status = 'approved'`) == 1 }, "the payouts are not made")
		t.Logf("killed after %d of %d payouts; with the server's second start, all were made after %s", paid, accounts, time.Since(began)) //nolint:forbidigo // only logs the duration
		p.post("/api/v2/autorebates/approve/", selection, token)                                                                           // repeat the request with the same idempotency key

		require.Equal(t, accounts, count(t, db, `SELECT count(*) FROM payouts`))
		require.Equal(t, accounts, count(t, db, `SELECT count(DISTINCT client_account) FROM payouts`))
		// Each order earned 2.20 USD, and the order's client gets a quarter of
		// it.
		require.Equal(t, accounts, count(t, db, `SELECT count(*) FROM payouts WHERE amount_e6 = 550000`))
		require.Equal(t, accounts*550_000, count(t, db, `SELECT amount_e6 FROM balances WHERE account = 'payable'`))
		require.Zero(t, count(t, db, `SELECT amount_e6 FROM balances WHERE account = 'rebates_reserved'`))
		require.Contains(t, output(t, database, "verify"), ": 0 faults")
	})
}

// tradeForRebates creates a partner whose daily rebates are a quarter of the
// rewards. It then imports one order for each client account. apiKey is the
// partner's API key.
func tradeForRebates(t *testing.T, database string, accounts int64) (apiKey string, store db.DB) {
	t.Helper()
	output(t, database, "partner", "create", "--email", "p@example.com", "--password", "long-enough-for-a-test", "--code", "alpha", "--clock", "2026-01-01T00:00:00Z")
	apiKey = lastOf(output(t, database, "key", "create", "--role", "partner", "--partner", "p@example.com"))
	store = openStore(t, database)
	require.NoError(t, store.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partners SET verified = (1 = 1)`)
		return err
	}))
	cmd, url := startServer(t, database, "--clock", "2026-03-01T00:00:00Z")
	(&approver{t: t, url: url, key: apiKey}).post("/api/v2/autorebates/groups/",
		`{"group_title":"All","rebate_percent":25,"group_type":"MANUAL","rebate_period":"DAILY","is_default":true}`, "")
	stopCommand(t, cmd)
	file := filepath.Join(t.TempDir(), "facts.ndjson")
	writeTrades(t, file, accounts)
	require.Zero(t, summaryOf(t, output(t, database, "import", "--clock", rebatesTraded, file)).Rejected)
	require.Equal(t, accounts, count(t, store, `SELECT count(*) FROM rebate_rows`))
	return apiKey, store
}

func writeTrades(t *testing.T, name string, accounts int64) {
	t.Helper()
	f, err := os.Create(name)
	require.NoError(t, err)
	w := bufio.NewWriter(f)
	add := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	add(`{"id":"i","type":"instrument.set","at":"2026-01-01T00:00:00Z","symbol":"EURUSD","group":"forex","base_currency":"EUR",` +
		`"quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10}`)
	for i := range accounts {
		const each = 10 // number of accounts per client
		if i%each == 0 {
			add(`{"id":"c%[1]d","type":"client.registered","at":"2026-01-02T00:00:00Z","client_uid":"c0000000-0000-4000-8000-%012[1]d",`+
				`"email":"c%[1]d@example.com","country":"ZA","partner_code":"alpha"}`, i/each)
		}
		add(`{"id":"a%[1]d","type":"account.opened","at":"2026-01-03T00:00:00Z","client_account":"%[1]d","client_uid":"c0000000-0000-4000-8000-%012[2]d",`+
			`"server":"Real-1","platform":"mt5","account_type":"Standard","currency":"USD"}`, 100_000_000+i, i/each)
	}
	for i := range accounts {
		add(`{"id":"o%[1]d","type":"order.closed","at":"%[3]s","server":"Real-1","ticket":%[1]d,"client_account":"%[2]d","symbol":"EURUSD","side":"buy","lots":"1",`+
			`"open_time":"2026-03-01T10:00:00Z","close_time":"2026-03-01T11:00:00Z","open_price":"1.1","close_price":"1.101","open_spread":10,"close_spread":12}`,
			i+1, 100_000_000+i, rebatesTraded)
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
}

func killWhen(t *testing.T, cmd *exec.Cmd, db db.DB, query string, enough int64) {
	t.Helper()
	waitUntil(t, func() bool { return count(t, db, query) >= enough }, query)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
}

// settledPayouts waits until the transactions of killed processes have ended,
// and returns the number of payouts.
func settledPayouts(t *testing.T, db db.DB) int64 {
	t.Helper()
	waitForTransactions(t, db)
	return count(t, db, `SELECT count(*) FROM payouts`)
}

func waitUntil(t *testing.T, done func() bool, message string) {
	t.Helper()
	require.Eventually(t, done, 10*time.Minute, 5*time.Millisecond, message)
}

type approver struct {
	t        *testing.T
	url, key string
	read     map[string]bool // files of the mails from which a code was already read
}

// post sends a request that must succeed. If there is a token, it also sends an
// idempotency key.
func (p *approver) post(path, body, token string) map[string]any {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+path, bytes.NewBufferString(body))
	require.NoError(p.t, err)
	request.Header.Set("Authorization", "Bearer "+p.key)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("X-Temporary-Token", token)
		request.Header.Set("Idempotency-Key", "approve-once")
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	require.Less(p.t, response.StatusCode, 300, "%s: %s", path, text)
	object := map[string]any{}
	if len(text) > 0 {
		require.NoError(p.t, json.Unmarshal(text, &object))
	}
	return object
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// approvalToken returns a token that approves the payload. It requests a code,
// reads the code from the new mail, and exchanges it for the token.
func (p *approver) approvalToken(mails string, payload any) string {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"operation_type": "APPROVE_REBATES", "payload": payload})
	require.NoError(p.t, err)
	operation := p.post("/api/v1/verification/operations/", string(body), "")["verification_uid"].(string)
	if p.read == nil {
		p.read = map[string]bool{}
	}
	var code []byte
	waitUntil(p.t, func() bool {
		files, err := filepath.Glob(filepath.Join(mails, "*.eml"))
		for _, name := range files {
			text, err := os.ReadFile(name)
			require.NoError(p.t, err)
			if !p.read[name] && bytes.Contains(text, []byte("rebates to")) && bytes.Contains(text, []byte("code")) {
				code, p.read[name] = sixDigits.Find(text), true
			}
		}
		return err == nil && code != nil
	}, "no code arrived")
	return p.post("/api/v1/verification/operations/"+operation+"/complete/", `{"code":"`+string(code)+`"}`, "")["verification_token"].(string)
}
