package linkcode

import (
	"net/url"
	"strings"
)

// ends are the characters that end a code in pasted text. A code cannot contain
// them, but people often paste a link with parameters after the code.
const ends = "&?#"

// FromPath reads the path of a tracked link. Partners have published links in
// these forms:
//
//	/a/{code}
//	/boarding/sign-up/a/{code}
//	/boarding/sign-up/{number}/a/{code}
//	/intl/{lang}/a/{code}
//
// path is percent-encoded, as in the request. FromPath decodes only the code.
// If an ampersand and more text follow the code, this text is returned as the
// query. tracked is false if the path has none of these forms.
func FromPath(path string) (code, query string, tracked bool) {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	rest, tracked := strings.CutPrefix(path, "/a/")
	if !tracked {
		if rest, tracked = trackedPath(path); !tracked {
			return "", "", false
		}
	}
	code, query = cut(rest)
	return code, query, true
}

// trackedPath reads the forms of FromPath in which "a/" is not at the beginning. It
// returns the part of the path after "a/", and false if the path has none of these
// forms.
func trackedPath(path string) (rest string, is bool) {
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

// isLanguage reports whether text looks like the code of a language, such as
// en, zh-Hans or pt_BR.
func isLanguage(text string) bool {
	const most = 20
	return text != "" && len(text) <= most && text[0] != '-' && text[0] != '_' &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// cut splits an encoded code from a query that follows it.
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

// Join joins two query strings, either of which may be empty.
func Join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// FromLink returns the code in a link if the link's path has one of the
// published forms. The scheme and the host may be missing. Any other link is
// returned unchanged. If the text is not a link, FromLink returns the text up
// to the first character that ends a code.
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

// pathOf returns the path of a link, without the query and the fragment. It returns
// false if the text is not a link.
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
