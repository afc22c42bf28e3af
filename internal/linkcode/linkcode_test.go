package linkcode_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/linkcode"
)

func match(given string, codes ...linkcode.Code) string {
	i := linkcode.Match(given, len(codes), func(i int) linkcode.Code { return codes[i] })
	if i < 0 {
		return ""
	}
	return codes[i].Text
}

func TestMatch(t *testing.T) {
	t.Parallel()
	alpha, gamma := linkcode.Code{Text: "alpha"}, linkcode.Code{Text: "gamma", Affiliate: true}
	for _, given := range []string{"alpha", "ALPHA", "Alpha", "alpha.", "alpha)", "alpha),", "alpha”", "alpha»", "alpha>", "alpha\u200b", "alpha\u00a0", "alpha…", "ALPHA!?"} {
		require.Equal(t, "alpha", linkcode.Fold(given), given)
		require.Equal(t, "alpha", match(given, alpha), given)
	}
	for _, given := range []string{"alph", "alpha-", "alpha_", "(alpha", "c_alpha", "al.pha", ""} {
		require.Empty(t, match(given, alpha), given)
	}
	for _, given := range []string{"gamma", "c_gamma", "C_Gamma", "c_GAMMA.", "gamma)"} {
		require.Equal(t, "gamma", linkcode.Fold(given), given)
		require.Equal(t, "gamma", match(given, gamma), given)
	}
	require.Equal(t, "c_", linkcode.Fold("c_"))
	require.Equal(t, "...", linkcode.Fold("..."))

	// Fold maps both codes to the same text. Earlier versions could create such
	// codes.
	one, two := linkcode.Code{Text: "Beta"}, linkcode.Code{Text: "beta"}
	require.Equal(t, "Beta", match("Beta", one, two))
	require.Equal(t, "beta", match("beta", one, two))
	require.Empty(t, match("BETA", one, two))
	require.Empty(t, match("beta.", one, two))
}

func TestFromPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]string{
		"/a/alpha":                               {"alpha", ""},
		"/a/alpha/":                              {"alpha", ""},
		"//a//alpha":                             {"alpha", ""},
		"/boarding/sign-up/a/alpha":              {"alpha", ""},
		"/boarding/sign-up/303589/a/alpha/":      {"alpha", ""},
		"/intl/en/a/alpha":                       {"alpha", ""},
		"/intl/zh-Hans/a/c_gamma":                {"c_gamma", ""},
		"/a/alpha&sub_id=x":                      {"alpha", "sub_id=x"},
		"/a/alpha/&sub_id=x&utm_source=a%20b":    {"alpha", "sub_id=x&utm_source=a%20b"},
		"/a/alpha%26sub_id=x":                    {"alpha", "sub_id=x"},
		"/a/alpha%3Fsub_id%3Da%2520b&gclid=G":    {"alpha", "sub_id=a%20b&gclid=G"},
		"/a/alpha%23top":                         {"alpha", ""},
		"/a/%E2%80%9Calpha%E2%80%9D":             {"“alpha”", ""},
		"/a/alpha/more":                          {"alpha/more", ""},
		"/a/..%2F..%2Fetc":                       {"../../etc", ""},
		"/a/%zz":                                 {"%zz", ""},
		"/a/":                                    {"", ""},
		"/boarding/sign-up/a/alpha&campaign=cmp": {"alpha", "campaign=cmp"},
	} {
		code, query, tracked := linkcode.FromPath(path)
		require.True(t, tracked, path)
		require.Equal(t, want, [2]string{code, query}, path)
	}
	for _, path := range []string{
		"/", "/a", "/A/alpha", "/ab/alpha", "/api/partner/links/", "/%61/alpha", "/boarding/sign-up/alpha", "/boarding/sign-up/x1/a/alpha",
		"/boarding/sign-up//b/alpha", "/boarding%2Fsign-up/a/alpha", "/intl/a/alpha", "/intl/en/us/a/alpha", "/intl/../a/alpha", "/intl/-/a/alpha", "/x/a/alpha",
	} {
		_, _, tracked := linkcode.FromPath(path)
		require.False(t, tracked, path)
	}
}

func TestFromLink(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		"alpha":                          "alpha",
		"https://go.example.com/a/alpha": "alpha",
		"https://go.example.com/a/alpha/?sub_id=x#top": "alpha",
		"HTTP://go.example.com//a//ALPHA.":             "ALPHA.",
		"go.example.com/a/c_gamma":                     "c_gamma",
		"/a/alpha":                                     "alpha",
		"https://go.example.com/boarding/sign-up/303589/a/alpha?campaign=1": "alpha",
		"https://broker.example.com/partners/intl/en/a/alpha&sub_id=x":      "alpha",
		"https://go.example.com/a/%61lpha":                                  "alpha",
		"alpha&sub_id=x":                                                    "alpha",
		"alpha?utm_source=y":                                                "alpha",
		"https://go.example.com/b/alpha":                                    "https://go.example.com/b/alpha",
		"https://go.example.com/a/":                                         "https://go.example.com/a/",
		"https://go.example.com":                                            "https://go.example.com",
		"a/b":                                                               "a/b",
		"":                                                                  "",
		"&":                                                                 "&",
	} {
		require.Equal(t, code, linkcode.FromLink(text), text)
		require.Equal(t, code, linkcode.FromLink(" "+text+"\t"), text)
	}
}

// FuzzFromLink checks that the result is a part of the input, and that FromLink
// does not change a code.
func FuzzFromLink(f *testing.F) {
	for _, text := range []string{"alpha", "https://go.example.com/a/alpha?x#y", "/intl/en/a/c_x&y", "//a//%zz", "\x00/a/\xff", "a://b/a/%2Fa%2F"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code := linkcode.FromLink(text)
		require.LessOrEqual(t, len(code), len(text))
		if !strings.ContainsAny(code, "/?#&") {
			require.Equal(t, strings.TrimSpace(code), linkcode.FromLink(code))
		}
		require.Equal(t, code, match(code, linkcode.Code{Text: code}))
		if last := len(code) - 1; last >= 0 && code[last] >= 'a' && code[last] <= 'z' {
			require.Equal(t, linkcode.Fold(code), linkcode.Fold(code+")."))
			require.Equal(t, code, match(code+").", linkcode.Code{Text: code}))
		}
		if path, query, tracked := linkcode.FromPath(text); tracked {
			require.LessOrEqual(t, len(path)+len(query), len(text)+1)
		}
	})
}
