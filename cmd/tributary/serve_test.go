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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startServer starts tributary serve on an unused port. It returns the URL once
// the server listens.
func startServer(t *testing.T, database string, args ...string) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = tributary(t, database, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() { // a new database adds a line before the address
		if _, url, found := strings.Cut(lines.Text(), " listens on "); found {
			return cmd, url
		}
	}
	require.Fail(t, "the server did not say where it listens", "%v", lines.Err())
	return nil, ""
}

// feedClient sends a body only after the server has started to read it.
var feedClient = http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}

func push(url, key string, facts io.Reader) (body string, err error) {
	request, err := http.NewRequest(http.MethodPost, url+"/broker/v1/events", facts)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/x-ndjson")
	request.Header.Set("Expect", "100-continue")
	response, err := feedClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return string(text), err
}

func rate(n int) string {
	return fmt.Sprintf(`{"id":"r%d","type":"rate.set","at":"2026-01-01T00:00:00Z","currency":"EUR","usd":"1.1"}`+"\n", n)
}

// TestStoppingFinishesARunningFeed checks that a server which is stopping still
// reads the rest of a feed and sends the response.
func TestStoppingFinishesARunningFeed(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	key := lastOf(output(t, database, "key", "create", "--role", "broker", "--scope", "feed"))
	cmd, url := startServer(t, database)

	body, feed := io.Pipe()
	answered := make(chan string, 1)
	go func() {
		answer, err := push(url, key, body)
		answered <- fmt.Sprint(answer, err)
	}()
	_, err := io.WriteString(feed, rate(1))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		status, _, err := ask(url+"/healthz", "")
		return err != nil && status == ""
	}, 10*time.Second, 10*time.Millisecond, "a server that stops takes no new calls")

	_, err = io.WriteString(feed, rate(2))
	require.NoError(t, err)
	require.NoError(t, feed.Close())
	require.Contains(t, <-answered, `"accepted":2,`)
	require.NoError(t, cmd.Wait(), "exit status 0")
}

// TestStoppingAnswersAnEndlessFeed checks that a server which is stopping stops
// reading a feed that does not end. The response must say how many facts were
// stored, and the database must have these facts.
func TestStoppingAnswersAnEndlessFeed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		key := lastOf(output(t, database, "key", "create", "--role", "broker", "--scope", "feed"))
		cmd, url := startServer(t, database)
		drips, still := sendEndlessFeed(t, url, key, 50*time.Millisecond), sendEndlessFeed(t, url, key, time.Hour)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		var kept int64
		for name, answers := range map[string]chan stoppedFeed{"drips": drips, "stands still": still} {
			answer := <-answers
			require.NoError(t, answer.err, name)
			require.Equal(t, http.StatusServiceUnavailable, answer.status, name)
			require.NotEmpty(t, answer.retry, name)
			require.Equal(t, "ServiceUnavailable", answer.Code, name)
			require.NotEmpty(t, answer.Message, name)
			require.Positive(t, answer.Accepted, name)
			require.Zero(t, answer.Rejected, name)
			kept += answer.Accepted
		}
		require.NoError(t, cmd.Wait(), "exit status 0")
		require.Equal(t, kept, count(t, openStore(t, database), `SELECT count(*) FROM facts`))
	})
}

type stoppedFeed struct {
	status  int
	retry   string
	err     error
	Code    string
	Message string
	summary
}

// sendEndlessFeed sends a feed without an end, with a pause after each line. It
// returns when the server has started to read the feed.
func sendEndlessFeed(t *testing.T, url, key string, pause time.Duration) chan stoppedFeed {
	t.Helper()
	body, feed := io.Pipe()
	answers := make(chan stoppedFeed, 1)
	done, ended := context.WithCancel(t.Context())
	t.Cleanup(ended)
	go func() {
		defer ended()
		request, err := http.NewRequest(http.MethodPost, url+"/broker/v1/events", body)
		if err != nil {
			answers <- stoppedFeed{err: err}
			return
		}
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/x-ndjson")
		request.Header.Set("Expect", "100-continue")
		response, err := feedClient.Do(request)
		if err != nil {
			answers <- stoppedFeed{err: err}
			return
		}
		defer response.Body.Close()
		answer := stoppedFeed{status: response.StatusCode, retry: response.Header.Get("Retry-After")}
		answer.err = json.NewDecoder(response.Body).Decode(&answer)
		answers <- answer
	}()
	first := int(pause) // so that the facts of two feeds have different ids
	_, err := io.WriteString(feed, rate(first))
	require.NoError(t, err)
	go func() {
		for n := first + 1; ; n++ {
			select {
			case <-done.Done():
				feed.Close()
				return
			case <-time.After(pause):
				_, _ = io.WriteString(feed, rate(n)) // fails if the server has stopped
			}
		}
	}()
	return answers
}

// TestSecondSignalEndsAtOnce checks that the second signal ends the server
// without waiting for requests.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	key := lastOf(output(t, database, "key", "create", "--role", "broker"))
	cmd, url := startServer(t, database)
	body, feed := io.Pipe()
	t.Cleanup(func() { feed.Close() })
	go push(url, key, body) //nolint:errcheck // fails when the server stops reading the feed
	_, err := io.WriteString(feed, rate(1))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Eventually(t, func() bool {
		_, _, err := ask(url+"/healthz", "")
		return err != nil
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, os.Interrupt, exit.Sys().(syscall.WaitStatus).Signal())
}

// TestCrashOfServer kills a server several times during a feed. Facts that the
// server has acknowledged must be stored, and the sender must be able to send
// all other facts again.
func TestCrashOfServer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		key := lastOf(output(t, database, "key", "create", "--role", "broker"))
		file := filepath.Join(t.TempDir(), "facts.ndjson")
		total := writeFacts(t, file, 2000)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		half := bytes.LastIndexByte(text[:len(text)/2], '\n') + 1

		cmd, url := startServer(t, database)
		answer, err := push(url, key, bytes.NewReader(text[:half]))
		require.NoError(t, err)
		first := summaryOf(t, answer)
		require.NotZero(t, first.Unattributed)
		body, feed := io.Pipe()
		broken := make(chan error, 1)
		go func() {
			_, err := push(url, key, body)
			broken <- err
		}()
		_, err = feed.Write(text[half : half+half/2])
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		require.NoError(t, feed.CloseWithError(io.ErrUnexpectedEOF))
		require.Error(t, <-broken)

		_, url = startServer(t, database)
		answer, err = push(url, key, bytes.NewReader(text))
		require.NoError(t, err)
		again := summaryOf(t, answer)
		require.GreaterOrEqual(t, again.Duplicates, first.Accepted)
		require.Equal(t, total, again.Accepted+again.Duplicates)
		require.Zero(t, again.Rejected+again.Unattributed)
		require.Contains(t, output(t, database, "verify"), " 2,000 rewards, 60 clients: 0 faults")
	})
}
