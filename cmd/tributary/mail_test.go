package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// waitLimit is how long a test waits for something that normally takes
// milliseconds.
const waitLimit = 20 * time.Second

func postForm(t *testing.T, address string, form url.Values) (status int, body string) {
	t.Helper()
	response, err := http.PostForm(address, form)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func register(t *testing.T, server, email string) {
	t.Helper()
	status, body := postForm(t, server+"/api/registration/", url.Values{
		"email": {email}, "password": {"correct horse"}, "country": {"ZA"}, "program": {"ib"},
	})
	require.Equal(t, http.StatusAccepted, status, body)
}

// mailsIn returns the mails in a directory, by recipient. No recipient may have
// two mails.
func mailsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	require.NoError(t, err)
	mails := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		m, err := mail.ReadMessage(strings.NewReader(string(text)))
		require.NoError(t, err)
		to, err := m.Header.AddressList("To")
		require.NoError(t, err)
		require.Len(t, to, 1)
		require.NotContains(t, mails, to[0].Address, "a second mail")
		mails[to[0].Address] = string(text)
	}
	return mails
}

var (
	mailedLink = regexp.MustCompile(`(?m)^(http\S+/api/registration/confirm/)\?token=([a-z]+)\r$`)
	pageForm   = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)">.*<input type="hidden" name="token" value="([^"]+)">`)
)

// TestTheMailedLinkOpensAnAccount registers a partner in a browser, through the
// link in a mail.
func TestTheMailedLinkOpensAnAccount(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "mail")
		cmd, server := startServer(t, database, "--mail-dir", dir)
		register(t, server, "Ann@example.com")
		require.Eventually(t, func() bool { return len(mailsIn(t, dir)) == 1 }, waitLimit, 10*time.Millisecond)
		link := mailedLink.FindStringSubmatch(mailsIn(t, dir)["ann@example.com"])
		require.NotNil(t, link)
		require.Equal(t, server+"/api/registration/confirm/", link[1])

		response, err := http.Get(link[1] + "?token=" + link[2])
		require.NoError(t, err)
		page, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		form := pageForm.FindStringSubmatch(string(page))
		require.NotNil(t, form, string(page))
		status, body := postForm(t, server+form[1], url.Values{"token": {form[2]}, "password": {"correct horse"}})
		require.Equal(t, http.StatusOK, status, body)
		status, body = postForm(t, server+"/api/auth/", url.Values{"login": {"ann@example.com"}, "password": {"correct horse"}})
		require.Equal(t, http.StatusOK, status, body)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait())
		require.Contains(t, output(t, database, "verify"), " 0 faults")
	})
}

// TestKilledServerMailsLater kills the server several times after requests that
// cause mails. Each mail must be sent once.
func TestKilledServerMailsLater(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	dir := filepath.Join(t.TempDir(), "mail")
	const people = 5
	for round := range 3 {
		cmd, server := startServer(t, database, "--mail-dir", dir)
		for i := range people {
			register(t, server, fmt.Sprintf("p%d-%d@example.com", round, i))
		}
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}
	cmd, _ := startServer(t, database, "--mail-dir", dir)
	require.Eventually(t, func() bool { return len(mailsIn(t, dir)) == 3*people }, 2*waitLimit, 50*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

func sink(t *testing.T) (address string, mails <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "220 here\r\n")
			data, text := false, ""
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				line := lines.Text()
				switch {
				case data && line != ".":
					text += line + "\n"
				case line == "DATA":
					data = true
					fmt.Fprint(conn, "354 go on\r\n")
				default:
					if data {
						got <- text
						data, text = false, ""
					}
					fmt.Fprint(conn, "250 fine\r\n")
				}
			}
			conn.Close()
		}
	}()
	return l.Addr().String(), got
}

// TestMailServer checks that stored mails are sent when the mail server can be
// reached again.
func TestMailServer(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	cmd, server := startServer(t, database, "--smtp-url", "smtp://127.0.0.1:1", "--mail-from", "no-reply@example.com")
	register(t, server, "ann@example.com")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())

	address, mails := sink(t)
	cmd, server = startServer(t, database, "--smtp-url", "smtp://"+address, "--mail-from", "Partners <no-reply@example.com>",
		"--public-url", "https://partners.example.com", "--clock", "2026-03-01T01:00:00Z")
	require.Contains(t, receive(t, mails), "To: <ann@example.com>")
	register(t, server, "bob@example.com")
	text := receive(t, mails)
	require.Contains(t, text, `From: "Partners" <no-reply@example.com>`)
	require.Contains(t, text, "To: <bob@example.com>")
	require.Contains(t, text, "\nhttps://partners.example.com/api/registration/confirm/?token=3D")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

func receive(t *testing.T, mails <-chan string) string {
	t.Helper()
	select {
	case text := <-mails:
		return text
	case <-time.After(waitLimit):
		t.Fatal("no mail came")
		return ""
	}
}
