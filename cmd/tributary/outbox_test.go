package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// webhookServer receives a partner's webhook messages. It stores the ids of
// messages and can delay its responses.
type webhookServer struct {
	*httptest.Server
	mu   sync.Mutex
	ids  []string
	hold chan struct{} // if it is not nil, responses wait until it is closed
}

func newWebhookServer(t *testing.T) *webhookServer {
	t.Helper()
	in := &webhookServer{}
	in.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		in.mu.Lock()
		in.ids = append(in.ids, r.Header.Get("Webhook-Id"))
		hold := in.hold
		in.mu.Unlock()
		if hold != nil {
			<-hold
		}
	}))
	t.Cleanup(in.Close)
	return in
}

func (in *webhookServer) receivedIDs() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]string(nil), in.ids...)
}

// partnerCalls creates a partner, and returns a function that sends requests
// with the partner's key.
func partnerCalls(t *testing.T, database string) func(method, url, body string) map[string]any {
	t.Helper()
	output(t, database, "partner", "create", "--email", "p@example.com", "--password", "long-enough-for-a-test", "--code", "alpha")
	key := lastOf(output(t, database, "key", "create", "--role", "partner", "--partner", "p@example.com"))
	return func(method, url, body string) map[string]any {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Less(t, response.StatusCode, 300, "%s %s: %s", method, url, text)
		out := map[string]any{}
		require.NoError(t, json.Unmarshal(text, &out))
		return out
	}
}

func clients(from, to int) io.Reader {
	var b strings.Builder
	for n := from; n < to; n++ {
		fmt.Fprintf(&b, `{"id":"c%d","type":"client.registered","at":"2026-02-01T00:00:00Z","client_uid":"00000000-0000-4000-8000-%012d","email":"c%d@example.com","country":"DE","partner_code":"alpha"}`+"\n", n, n, n)
	}
	return strings.NewReader(b.String())
}

func stopCommand(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

// TestKilledBetweenSendingAndNoting kills a server after a receiver got a
// message, but before the server stored the result. The next server must send
// the message again with the same id.
func TestKilledBetweenSendingAndNoting(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		call := partnerCalls(t, database)
		broker := lastOf(output(t, database, "key", "create", "--role", "broker"))
		in := newWebhookServer(t)
		in.hold = make(chan struct{})
		cmd, url := startServer(t, database, "--egress-allow", "127.0.0.1/32")
		webhook := call("POST", url+"/api/v1/webhooks/", `{"url":"`+in.URL+`"}`)["id"].(string)
		_, err := push(url, broker, clients(0, 1))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(in.receivedIDs()) == 1 }, 30*time.Second, 10*time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		close(in.hold)
		in.mu.Lock()
		in.hold = nil
		in.mu.Unlock()

		// Start two servers at the same time. Their clocks are ten minutes
		// ahead.
		again := []string{"--egress-allow", "127.0.0.1/32", "--clock", "2026-03-01T00:10:00Z"}
		first, url := startServer(t, database, again...)
		defer stopCommand(t, first)
		second, _ := startServer(t, database, again...)
		defer stopCommand(t, second)
		require.Eventually(t, func() bool { return len(in.receivedIDs()) == 2 }, 30*time.Second, 10*time.Millisecond)
		ids := in.receivedIDs()
		require.Equal(t, ids[0], ids[1])
		require.Eventually(t, func() bool {
			list := call("GET", url+"/api/v1/webhooks/"+webhook+"/deliveries/?status=delivered", "")["data"].([]any)
			return len(list) == 1 && list[0].(map[string]any)["attempts"].(float64) == 2
		}, 30*time.Second, 10*time.Millisecond)

		// Both servers deliver, but each message is sent only once.
		_, err = push(url, broker, clients(1, 101))
		require.NoError(t, err)
		require.Eventually(t, func() bool { // a delivery that is recorded is never sent again
			list := call("GET", url+"/api/v1/webhooks/"+webhook+"/deliveries/?status=delivered&limit=1", "")
			return list["totals"].(map[string]any)["count"].(float64) == 101
		}, time.Minute, 50*time.Millisecond)
		seen := map[string]bool{}
		for _, id := range in.receivedIDs()[1:] {
			require.False(t, seen[id], id)
			seen[id] = true
		}
		require.Len(t, seen, 101)
	})
}

// TestStoppingAnswersWaitingCalls checks that a server stops quickly although
// requests are waiting for events. It sends one request more than the server
// lets wait at the same time. That request gets a response at once, which shows
// that all others are waiting.
func TestStoppingAnswersWaitingCalls(t *testing.T) {
	t.Parallel()
	const mayWait = 10
	database := "sqlite:" + t.TempDir() + "/test.db"
	call := partnerCalls(t, database)
	cmd, url := startServer(t, database)
	latest := call("GET", url+"/api/v1/events/?cursor=latest", "")["next_cursor"].(string)
	answers := make(chan map[string]any, mayWait+1)
	for range mayWait + 1 {
		go func() {
			var answer map[string]any
			defer func() { answers <- answer }() // nil if the call failed
			answer = call("GET", url+"/api/v1/events/?wait=30&cursor="+latest, "")
		}()
	}
	<-answers
	began := time.Now() //nolint:forbidigo // the test measures a process
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	for range mayWait {
		require.Equal(t, latest, (<-answers)["next_cursor"])
	}
	require.NoError(t, cmd.Wait())
	require.Less(t, time.Since(began), 20*time.Second) //nolint:forbidigo // without a response, the requests would wait for 30 seconds
}
