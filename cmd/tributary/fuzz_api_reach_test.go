package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reachAll makes each operation return every status below 500 that the document
// lists for it.
func (f *fuzzer) reachAll(t *testing.T) {
	t.Helper()
	for i := range f.all {
		for _, status := range statusesOf(&f.all[i]) {
			if provoke := provokingCalls[status]; provoke != nil {
				f.provoke(t, &f.all[i], provoke)
			}
		}
	}
	f.renew(t)
	f.tellAll(t)
	for i := range f.all {
		f.sendExample(t, &f.all[i])
	}
	f.renew(t)
	f.reachOtherwise(t)
	var missing []string
	for i := range f.all {
		for _, status := range statusesOf(&f.all[i]) {
			if f.reached[f.all[i].name][status] == 0 {
				missing = append(missing, fmt.Sprintf("%s: %d", f.all[i].name, status))
			}
		}
	}
	slices.Sort(missing)
	require.Empty(t, missing, "no call got these answers: do not declare them, or add a story that gets them")
}

func (f *fuzzer) tellAll(t *testing.T) {
	t.Helper()
	for i := range f.all {
		for _, status := range statusesOf(&f.all[i]) {
			name := fmt.Sprint(f.all[i].name, " ", status)
			for _, story := range []func(*testing.T, *fuzzer, *fuzzCall){stories[name], guardedStories[name], staffStories[name]} {
				if story != nil {
					t.Run(name, func(t *testing.T) { f.tell(t, &f.all[i], status, story) })
				}
			}
		}
	}
	f.renew(t)
}

// reachOtherwise sends requests to a second programme, which accepts no
// registrations and creates every workbook in the background.
func (f *fuzzer) reachOtherwise(t *testing.T) {
	t.Helper()
	other := newFuzzer(t, 1, f.patience, f.reached, "--registration", "closed", "--xlsx-rows", "0")
	for i := range other.all {
		o := &other.all[i]
		if strings.HasPrefix(o.path, "/api/registration/") {
			other.provoke(t, o, func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
				t.Helper()
				return []*fuzzCall{f.validCall(t, o)}
			})
		}
		if o.method == http.MethodGet && slices.Contains(statusesOf(o), http.StatusAccepted) {
			other.tell(t, o, http.StatusAccepted, func(t *testing.T, f *fuzzer, c *fuzzCall) {
				t.Helper()
				f.deleteExports(t)
				c.target += mark(c.target) + "format=xlsx"
			})
		}
	}
}

func statusesOf(o *operation) []int {
	var all []int
	for text := range o.Responses.Map() {
		if status, err := strconv.Atoi(text); err == nil && status < 500 {
			all = append(all, status)
		}
	}
	slices.Sort(all)
	return all
}

// provokingCalls contains a function for each status. The function creates
// requests that should make an operation return the status.
var provokingCalls = map[int]func(*testing.T, *fuzzer, *operation) []*fuzzCall{
	http.StatusBadRequest: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		broken, strict := f.validCall(t, o), f.validCall(t, o)
		broken.body = []byte(`{"`)
		broken.header.Set("Content-Type", "application/json")
		strict.header.Set("Prefer", "handling=strict")
		strict.target += mark(strict.target) + "nonsense=1&limit=x&date_from=x&format=nonsense"
		empty := f.validCall(t, o)
		empty.body = []byte(`{}`)
		return []*fuzzCall{broken, strict, empty}
	},
	http.StatusUnauthorized: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		c := f.validCall(t, o)
		c.header.Set("Authorization", "JWT nonsense")
		return []*fuzzCall{c}
	},
	http.StatusForbidden: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		c := f.validCall(t, o)
		c.as = "suspended"
		c.header.Set("Authorization", "JWT "+f.suspendedKey)
		return []*fuzzCall{c}
	},
	http.StatusNotFound: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		unknown, unreadable := f.validCall(t, o), f.validCall(t, o)
		unknown.target = f.target(t, o, false)
		unreadable.target = pathParameter.ReplaceAllString(o.path, "%FF")
		return []*fuzzCall{unknown, unreadable}
	},
	http.StatusNotAcceptable: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		c := f.validCall(t, o)
		c.header.Set("Accept", "audio/midi")
		return []*fuzzCall{c}
	},
	http.StatusUnsupportedMediaType: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		c := f.validCall(t, o)
		c.header.Set("Content-Type", "audio/midi")
		c.body = []byte("MThd")
		return []*fuzzCall{c}
	},
	http.StatusTooManyRequests: func(t *testing.T, f *fuzzer, o *operation) []*fuzzCall {
		t.Helper()
		list := make([]*fuzzCall, 100)
		c := f.validCall(t, o)
		c.header.Set("Accept", "audio/midi") // the server refuses this type early, so these requests need little time
		for i := range list {
			list[i] = c
		}
		return list
	},
}

var pathParameter = regexp.MustCompile(`\{[a-z_]+\}`)

func mark(target string) string {
	if strings.Contains(target, "?") {
		return "&"
	}
	return "?"
}

// provoke sends requests without a pause until the rate limit refuses one.
func (f *fuzzer) provoke(t *testing.T, o *operation, calls func(*testing.T, *fuzzer, *operation) []*fuzzCall) {
	t.Helper()
	for _, c := range calls(t, f, o) {
		if f.doNow(t, c).Code == http.StatusTooManyRequests {
			break
		}
	}
	f.clock.Advance(fuzzRest)
}

// validCall returns a valid request from the document's example, by a caller who
// may use the operation.
func (f *fuzzer) validCall(t *testing.T, o *operation) *fuzzCall {
	t.Helper()
	c := &fuzzCall{operation: o, method: o.method, target: f.target(t, o, true), header: http.Header{}}
	switch o.access() {
	case "partner", "optional":
		c.as = "a"
		c.header.Set("Authorization", "JWT "+f.validToken(t))
	case "broker":
		c.as = "broker"
		c.header.Set("Authorization", "JWT "+f.brokerToken(t, o))
	default:
		c.as = "nobody"
	}
	if body := f.body(t, o); body != nil {
		c.body = []byte(body.text)
		c.header.Set("Content-Type", body.contentType)
	}
	return c
}

// tell sends the request that a story prepares. The response must have the
// given status.
func (f *fuzzer) tell(t *testing.T, o *operation, status int, story func(*testing.T, *fuzzer, *fuzzCall)) {
	t.Helper()
	c := f.validCall(t, o)
	story(t, f, c)
	switch status {
	case http.StatusPartialContent:
		c.header.Set("Range", "bytes=0-1")
	case http.StatusNotModified:
		c.header.Set("If-None-Match", "*")
	}
	if c.as == "a" { // the token may have expired during the story
		c.header.Set("Authorization", "JWT "+f.validToken(t))
	}
	answer := f.do(t, c)
	if c.after != nil {
		c.after()
	}
	require.Equal(t, status, answer.Code, "%s\n%s", c, answer.Body)
}

// sendExample sends the request from the document's example, which should
// succeed. If the server refuses it, sendExample logs the response. If the document
// lists 206 or 304, it sends further requests to get them.
func (f *fuzzer) sendExample(t *testing.T, o *operation) {
	t.Helper()
	c := f.validCall(t, o)
	if answer := f.do(t, c); answer.Code >= http.StatusBadRequest {
		t.Logf("%s\nanswered %d %s", c, answer.Code, answer.Body)
	}
	for status, header := range map[int][2]string{
		http.StatusPartialContent: {"Range", "bytes=0-1"}, http.StatusNotModified: {"If-None-Match", "*"},
	} {
		if slices.Contains(statusesOf(o), status) {
			c.header.Set(header[0], header[1])
			f.do(t, c)
			c.header.Del(header[0])
		}
	}
}

func (c *fuzzCall) json(t *testing.T, value any) {
	t.Helper()
	var err error
	c.body, err = json.Marshal(value)
	require.NoError(t, err)
	c.header.Set("Content-Type", "application/json")
}
