package repotest_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var hsts = regexp.MustCompile(`Strict-Transport-Security "max-age=(\d+); includeSubDomains"`)

// The example proxies tell browsers to use only HTTPS, so that no one types a
// password over plain HTTP. They refuse API requests over plain HTTP. If they
// redirected these requests instead, a program would not notice that it sends
// its token unencrypted each time.
func TestExampleProxiesKeepToTLS(t *testing.T) {
	t.Parallel()
	var document struct {
		Paths map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, "docs/openapi.json")), &document))
	var programs []string
	for path := range document.Paths {
		if first := strings.Split(path, "/")[1]; first != "promo" && !slices.Contains(programs, first) { // files need no token
			programs = append(programs, first)
		}
	}
	slices.Sort(programs)
	require.NotEmpty(t, programs)
	for file, refused := range map[string]string{
		"docs/proxy/nginx.conf": "location ~ ^/(" + strings.Join(programs, "|") + ")(/|$) { return 403; }",
		"docs/proxy/Caddyfile":  "@programs path /" + strings.Join(programs, "/* /") + "/*",
	} {
		text := read(t, file)
		found := hsts.FindStringSubmatch(text)
		require.NotNil(t, found, file)
		age, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		require.GreaterOrEqual(t, age, 365*24*60*60, "%s: for a year", file)
		require.Contains(t, text, refused, file)
	}
}
