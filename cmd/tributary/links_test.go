package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// crawler follows every link in pages and mails, if the link leads to the
// tested server.
type crawler struct {
	server *url.URL
	seen   map[string]bool
}

func newCrawler(t *testing.T, server string) *crawler {
	t.Helper()
	base, err := url.Parse(server)
	require.NoError(t, err)
	return &crawler{server: base, seen: map[string]bool{}}
}

// page parses a page, follows its links, and returns its forms.
func (c *crawler) page(t *testing.T, at *url.URL, body io.Reader) (forms []pageFormFound) {
	t.Helper()
	node, err := html.Parse(body)
	require.NoError(t, err)
	for n := range node.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "a":
			c.follow(t, at, attribute(n, "href"))
		case n.Data == "form":
			found := pageFormFound{action: resolve(t, at, attribute(n, "action")), values: url.Values{}}
			for field := range n.Descendants() {
				if field.Type == html.ElementNode && field.Data == "input" {
					found.values.Set(attribute(field, "name"), attribute(field, "value"))
				}
			}
			forms = append(forms, found)
		}
	}
	return forms
}

type pageFormFound struct {
	action *url.URL
	values url.Values
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func resolve(t *testing.T, at *url.URL, link string) *url.URL {
	t.Helper()
	to, err := at.Parse(link)
	require.NoError(t, err)
	return to
}

// follow opens a link and all pages that can be reached from it. It returns the
// forms of the first page.
func (c *crawler) follow(t *testing.T, at *url.URL, link string) []pageFormFound {
	t.Helper()
	to := resolve(t, at, link)
	if to.Host != c.server.Host || c.seen[to.String()] {
		return nil
	}
	c.seen[to.String()] = true
	request, err := http.NewRequest(http.MethodGet, to.String(), nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "text/html,application/xhtml+xml")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Less(t, response.StatusCode, 400, "%s, on %s", to, at)
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	return c.page(t, to, response.Body)
}

// submit sends a form, and follows the links of the page in the response.
func (c *crawler) submit(t *testing.T, f pageFormFound, name, value string) (page string) {
	t.Helper()
	f.values.Set(name, value)
	response, err := http.PostForm(f.action.String(), f.values)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Less(t, response.StatusCode, 400, "%s: %s", f.action, text)
	c.page(t, f.action, bytes.NewReader(text))
	return string(text)
}

// waitForMail waits for a mail with the given subject, and returns its HTML part.
func waitForMail(t *testing.T, dir, subject string) (page string) {
	t.Helper()
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			m, err := mail.ReadMessage(bytes.NewReader(text))
			require.NoError(t, err)
			if m.Header.Get("Subject") == subject {
				page = htmlPart(t, m)
				return true
			}
		}
		return false
	}, waitLimit, 10*time.Millisecond, subject)
	return page
}

func htmlPart(t *testing.T, m *mail.Message) string {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		require.NoError(t, err, "the mail has no HTML part")
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			continue
		}
		require.Equal(t, "8bit", part.Header.Get("Content-Transfer-Encoding"), "mails in a directory are not re-encoded")
		text, err := io.ReadAll(part)
		require.NoError(t, err)
		return string(text)
	}
}

func links(t *testing.T, text string) (found []string) {
	t.Helper()
	node, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	for n := range node.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			found = append(found, attribute(n, "href"))
		}
	}
	return found
}

// TestEveryLinkWorks follows every link on the pages and in the mails that
// people get.
func TestEveryLinkWorks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	database := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	output(t, database, "migrate", "up")
	cmd, server := startServer(t, database, "--mail-dir", dir)
	c := newCrawler(t, server)
	register(t, server, "ann@example.com")
	confirm := links(t, waitForMail(t, dir, "Confirm your e-mail address"))
	require.Len(t, confirm, 1)
	forms := c.follow(t, c.server, confirm[0])
	require.Len(t, forms, 1)
	opened := c.submit(t, forms[0], "password", "correct horse")
	require.Contains(t, opened, "What comes next")
	require.Contains(t, opened, server+"/a/")

	register(t, server, "ann@example.com")
	taken := links(t, waitForMail(t, dir, "You are already registered"))
	require.Len(t, taken, 1)
	forms = c.follow(t, c.server, taken[0])
	require.Len(t, forms, 1)
	c.submit(t, forms[0], "email", "ann@example.com")
	reset := links(t, waitForMail(t, dir, "Set a new password"))
	require.Len(t, reset, 1)
	forms = c.follow(t, c.server, reset[0])
	require.Len(t, forms, 1)
	c.submit(t, forms[0], "password", "battery staple")
	changed := links(t, waitForMail(t, dir, "Your password was changed"))
	require.Len(t, changed, 1)
	c.seen = map[string]bool{}
	c.follow(t, c.server, changed[0])

	// Open used links again. The links on the pages that then appear must work
	// too.
	for _, used := range []string{confirm[0], reset[0]} {
		response, err := http.Get(used)
		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, response.StatusCode, "%s: the page exists, the link is not valid", used)
		c.page(t, resolve(t, c.server, used), response.Body)
		require.NoError(t, response.Body.Close())
	}
	status, body := postForm(t, server+"/api/auth/", url.Values{"login": {"ann@example.com"}, "password": {"battery staple"}})
	require.Equal(t, http.StatusOK, status, body)
	require.True(t, json.Valid([]byte(body)))
	require.Contains(t, c.seen, server+"/", "the pages of used links lead to the start")
	require.Contains(t, c.seen, server+"/api/auth/password/reset/", "and to a new link")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}
