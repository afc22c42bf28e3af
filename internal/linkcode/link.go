package linkcode

import (
	"net/url"
	"strings"
)

// ends are the characters that end a code. No code contains one, and people
// paste links with whatever follows them.
const ends = "&?#"

// FromPath reads the path of a tracked link in one of the forms that partners
// have published:
//
//	/a/{code}
//	/boarding/sign-up/a/{code}
//	/boarding/sign-up/{number}/a/{code}
//	/intl/{lang}/a/{code}
//
// path is percent-encoded, as in the request. The fixed parts must match
// without decoding; the code is decoded. A code ends at an ampersand, and what
// follows is returned as a query. If the path has none of the forms, tracked is
// false.
func FromPath(path string) (code, query string, tracked bool) {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	rest, tracked := strings.CutPrefix(path, "/a/")
	if !tracked {
		if rest, tracked = published(path); !tracked {
			return "", "", false
		}
	}
	code, query = cut(rest)
	return code, query, true
}

// published returns what follows the fixed part of the longer forms.
func published(path string) (rest string, is bool) {
	if rest, is = strings.CutPrefix(path, "/boarding/sign-up/"); is {
		if code, direct := strings.CutPrefix(rest, "a/"); direct {
			return code, true
		}
		number, code, is := strings.Cut(rest, "/a/")
		return code, is && number != "" && strings.Trim(number, "0123456789") == ""
	}
	if rest, is = strings.CutPrefix(path, "/intl/"); is {
		lang, code, is := strings.Cut(rest, "/a/")
		return code, is && isLanguage(lang)
	}
	return "", false
}

// isLanguage reports whether a segment looks like a language: en, zh-Hans, pt_BR.
func isLanguage(text string) bool {
	const most = 20
	return text != "" && len(text) <= most && text[0] != '-' && text[0] != '_' &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// cut separates an encoded code from the query that was pasted behind it.
func cut(raw string) (code, query string) {
	raw, query, _ = strings.Cut(raw, "&")
	code, err := url.PathUnescape(raw)
	if err != nil {
		code = raw
	}
	if i := strings.IndexAny(code, ends); i >= 0 {
		if code[i] != '#' {
			query = Join(code[i+1:], query)
		}
		code = code[:i]
	}
	return strings.TrimSuffix(code, "/"), query
}

// Join joins two queries, either of which may be empty.
func Join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// FromLink returns the code of a whole link, with or without its scheme and
// host, and under any path that the programme's links have. It returns any
// other link as it is, and any other text up to a character that ends a code.
func FromLink(text string) string {
	bare := strings.TrimSpace(text)
	path, is := pathOf(bare)
	if is {
		if i := strings.LastIndex(path, "/a/"); i >= 0 {
			if code, _ := cut(path[i+len("/a/"):]); code != "" && !strings.Contains(code, "/") {
				return code
			}
		}
		return bare
	}
	if i := strings.IndexAny(bare, ends); i > 0 {
		return strings.TrimSpace(bare[:i])
	}
	return bare
}

// pathOf returns the path of a link, without its query and fragment.
func pathOf(link string) (path string, is bool) {
	if _, rest, schemed := strings.Cut(link, "://"); schemed {
		link = rest
	}
	slash := strings.IndexByte(link, '/')
	if slash < 0 {
		return "", false
	}
	path = link[slash:]
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path, true
}
