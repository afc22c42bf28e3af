package outbox_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

func TestTemplate(t *testing.T) {
	t.Parallel()
	values := map[string]string{"click_id": "a b&c=d/e?f#g%h+i", "sub_id": "..", "event": "reward", "country": "é", "campaign": "."}
	for template, want := range map[string]string{
		"https://x.example.com":                                "https://x.example.com",
		"https://x.example.com/{event}":                        "https://x.example.com/reward",
		"https://x.example.com/{click_id}/p":                   "https://x.example.com/a%20b&c=d%2Fe%3Ff%23g%25h+i/p",
		"https://x.example.com/?c={click_id}&e={event}":        "https://x.example.com/?c=a+b%26c%3Dd%2Fe%3Ff%23g%25h%2Bi&e=reward",
		"https://x.example.com?c={click_id}":                   "https://x.example.com?c=a+b%26c%3Dd%2Fe%3Ff%23g%25h%2Bi",
		"https://x.example.com/a/{sub_id}/{campaign}/b":        "https://x.example.com/a/__/_/b",
		"https://x.example.com/%2F{event}":                     "https://x.example.com/%2Freward",
		"https://x.example.com/?s={sub_id}":                    "https://x.example.com/?s=..",
		"https://x.example.com/{country}?{country}":            "https://x.example.com/%C3%A9?%C3%A9",
		"https://x.example.com/?n={amount}&n={amount}":         "https://x.example.com/?n=&n=",
		"https://x.example.com/{event}{event}?{event}={event}": "https://x.example.com/rewardreward?reward=reward",
	} {
		read, err := outbox.ParseTemplate(template)
		require.NoError(t, err, template)
		require.Equal(t, want, read.Render(values), template)
	}
	for _, template := range []string{
		"https://{sub_id}/", "https://x.{event}.com/", "https://x.example.com:{amount}/", "https://{event}@x.example.com/", "{event}://x.example.com/", "http:/{event}/x.example.com/", "{event}",
		"https://x.example.com/{}", "https://x.example.com/{", "https://x.example.com/}", "https://x.example.com/{{event}}", "https://x.example.com/{Event}",
		"https://x.example.com/%{event}", "https://x.example.com/%2{event}", "https://x.example.com/?a=%{event}", "https://x.example.com/{event", "https://x.example.com/{password}", "https://x.example.com/" + strings.Repeat("x", 2048),
	} {
		_, err := outbox.ParseTemplate(template)
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), template)
	}
}

// FuzzTemplate checks that a value can change neither the host of a template
// nor the parameters next to the value.
func FuzzTemplate(f *testing.F) {
	f.Add("https://x.example.com/{sub_id}/p?c={click_id}&k=v", "a", "b")
	f.Add("https://x.example.com/?c={click_id}", "../..", "&admin=1#")
	f.Add("https://x.example.com{sub_id}", "@evil.example", "\r\nHost: x")
	f.Add("https://x.example.com/a{sub_id}b/{click_id}", "%2F..%2F", "?x")
	caller := guard.New(guard.Config{})
	f.Fuzz(func(t *testing.T, template, one, other string) {
		read, err := outbox.ParseTemplate(template)
		if err != nil || caller.Spelling(read.Render(map[string]string{})) != nil {
			return // the service refuses such a template
		}
		plain := read.Render(map[string]string{})
		filled := read.Render(map[string]string{"sub_id": one, "click_id": other})
		if len(filled) > guard.MaxURL {
			require.ErrorIs(t, caller.Spelling(filled), guard.ErrRefused)
			return
		}
		require.NoError(t, caller.Spelling(filled))
		plainPath, plainQuery, _ := strings.Cut(plain, "?")
		filledPath, filledQuery, _ := strings.Cut(filled, "?")
		require.Equal(t, strings.Count(plainPath, "/"), strings.Count(filledPath, "/"))
		for _, c := range []string{"&", "=", "#", "?"} {
			require.Equal(t, strings.Count(plainQuery, c), strings.Count(filledQuery, c))
		}
		was, err := url.Parse(plain)
		require.NoError(t, err)
		is, err := url.Parse(filled)
		require.NoError(t, err)
		require.Equal(t, was.Scheme+was.Host, is.Scheme+is.Host)
		target, err := guard.Target(filled)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(target, "/"))
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, token := range outbox.Tokens() {
		require.False(t, seen[token.Name])
		seen[token.Name] = true
		require.NotEmpty(t, token.Doc)
		require.NotEmpty(t, token.Example)
	}
	for _, name := range []string{"click_id", "sub_id", "client_uid", "event", "amount_usd", "currency", "campaign", "country", "event_id"} {
		require.True(t, seen[name], name)
	}
}
