package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
)

// programOutput collects the output of a program that runs until it is killed.
type programOutput struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *programOutput) Write(part []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(part)
}

func (s *programOutput) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// begin starts a program. The returned function kills the program and its
// children.
func begin(t *testing.T, cmd *exec.Cmd) (out *programOutput, end func()) {
	t.Helper()
	out = &programOutput{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, cmd.Start())
	end = sync.OnceFunc(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	t.Cleanup(end)
	return out, end
}

func awaits(t *testing.T, out *programOutput, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), text) }, 2*waitLimit, 20*time.Millisecond, "%q in %s", text, out)
}

// checkFollower tests a program that follows the events. The program must start
// with the oldest event and store its cursor. After a restart, it must get new
// events at once and no old ones.
func (r *pageReader) checkFollower(t *testing.T, program string) {
	t.Helper()
	cmd := r.command(t, program)
	cursor := filepath.Join(cmd.Dir, "cursor.txt")
	out, end := begin(t, cmd)
	awaits(t, out, "client.")
	require.Eventually(t, func() bool {
		kept, err := os.ReadFile(cursor)
		return err == nil && len(bytes.TrimSpace(kept)) > 0
	}, waitLimit, 20*time.Millisecond)
	end()

	var latest struct {
		Cursor string `json:"next_cursor"`
	}
	_, body := r.call(t, http.MethodGet, "/api/v1/events/?cursor=latest", "")
	require.NoError(t, json.Unmarshal([]byte(body), &latest))
	require.NoError(t, os.WriteFile(cursor, []byte(latest.Cursor), 0o600))
	again := r.command(t, program)
	again.Dir = cmd.Dir // has the cursor and the program
	out, end = begin(t, again)
	defer end()
	var wallet struct {
		Accounts []struct {
			ID string `json:"id"`
		} `json:"accounts"`
	}
	_, body = r.call(t, http.MethodGet, "/api/wallet/accounts/", "")
	require.NoError(t, json.Unmarshal([]byte(body), &wallet))
	require.Len(t, wallet.Accounts, 2, "the transfer example opens one")
	status, body := r.call(t, http.MethodPost, "/api/wallet/transfers/",
		`{"from_account":"`+wallet.Accounts[0].ID+`","to_account":"`+wallet.Accounts[1].ID+`","amount":1}`)
	require.Equal(t, http.StatusCreated, status, body)
	awaits(t, out, "wallet.changed")
	require.NotContains(t, out.String(), "client.", "an old event came again")
}

// checkReceiver tests a program that receives webhooks. The program must accept
// the server's message, and refuse a message with a wrong, old or missing
// signature.
func (r *pageReader) checkReceiver(t *testing.T, program string) {
	t.Helper()
	if strings.HasSuffix(program, ".sh") {
		require.Contains(t, r.page.programs[program], `echo "v1,$SIGNATURE" # `+r.output(t, program), "the page shows another signature")
		return
	}
	out, end := begin(t, r.command(t, program))
	defer end()
	require.Eventually(t, func() bool {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.receiver)
		return err == nil && connection.Close() == nil
	}, waitLimit, 20*time.Millisecond)
	status, answer := r.call(t, http.MethodPost, "/api/v1/webhooks/"+r.webhook+"/test/", "")
	require.Less(t, status, 300, answer)
	awaits(t, out, " webhook.test\n")

	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.secret, "whsec_"))
	require.NoError(t, err)
	machine := clock.System().Now() // the receiver uses the machine's clock
	now, old := strconv.FormatInt(machine.Unix(), 10), strconv.FormatInt(machine.Add(-time.Hour).Unix(), 10)
	require.Equal(t, http.StatusNoContent, r.message(t, now, sign(key, now)))
	require.Equal(t, http.StatusNoContent, r.message(t, now, "v1,AAAA "+sign(key, now)), "one of two signatures")
	require.Equal(t, http.StatusUnauthorized, r.message(t, now, sign([]byte("another"), now)))
	require.Equal(t, http.StatusUnauthorized, r.message(t, old, sign(key, old)), "an old message")
	require.Equal(t, http.StatusUnauthorized, r.message(t, "", ""), "no signature")
}

const message = `{"id":"m-1","type":"webhook.forged","data":{}}`

func sign(key []byte, moment string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("m-1." + moment + "." + message))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *pageReader) message(t *testing.T, moment, signature string) (status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.receiver+"/", strings.NewReader(message))
	require.NoError(t, err)
	if signature != "" {
		request.Header.Set("Webhook-Id", "m-1")
		request.Header.Set("Webhook-Timestamp", moment)
		request.Header.Set("Webhook-Signature", signature)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}
