package outbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/click"
)

// Warning describes a text in a template that may be a mistake.
type Warning struct{ Text, Message string }

// These expressions match the notations that other programs use for tokens.
// Encoded braces always cause a warning. The other notations cause a warning only
// around a known name, because their characters also have other meanings in a
// URL.
var (
	encodedBraces = regexp.MustCompile(`(?i)%7B([a-z0-9_.-]{1,40})%7D`)
	otherBraces   = []*regexp.Regexp{
		regexp.MustCompile(`\[([A-Za-z0-9_]+)\]`), regexp.MustCompile(`(?i)%5B([a-z0-9_]+)%5D`), regexp.MustCompile(`<([A-Za-z0-9_]+)>`),
		regexp.MustCompile(`(?i)%3C([a-z0-9_]+)%3E`), regexp.MustCompile(`\(([A-Za-z0-9_]+)\)`), regexp.MustCompile(`%([A-Za-z0-9_]+)%`),
		regexp.MustCompile(`#([A-Za-z0-9_]+)#`), regexp.MustCompile(`\$([A-Za-z0-9_]+)`), regexp.MustCompile(`:([A-Za-z0-9_]+)`),
	}
)

// maxWarnings is the maximum number of warnings about one template.
const maxWarnings = 20

// findWarnings finds unknown names, and tokens in the notation of another
// program.
func (t *Template) findWarnings() []Warning {
	var list []Warning
	add := func(text, message string) {
		if len(list) < maxWarnings && !slices.ContainsFunc(list, func(w Warning) bool { return w.Text == text }) {
			list = append(list, Warning{text, message})
		}
	}
	for _, p := range t.parts {
		if p.token {
			if name := p.text; !isToken(name) && !click.IsKnownParameter(name) {
				add("{"+name+"}", fmt.Sprintf("The programme has no such token. The parameter %s of the client's link replaces it, if the link has one.%s",
					name, suggestion(name)))
			}
			continue
		}
		for _, found := range encodedBraces.FindAllStringSubmatch(p.text, -1) {
			add(found[0], notToken(found[1]))
		}
		for _, braces := range otherBraces {
			for _, found := range braces.FindAllStringSubmatch(p.text, -1) {
				if name := strings.ToLower(found[1]); isToken(name) || click.IsKnownParameter(name) {
					add(found[0], notToken(name))
				}
			}
		}
	}
	return list
}

func notToken(name string) string {
	return fmt.Sprintf("This text is sent unchanged. Write {%s} to send the value.", name)
}

// suggestion returns a hint that names the token most similar to name, or "" if
// none is similar. It ignores case and separators, and accepts one added,
// missing or different letter.
func suggestion(name string) string {
	bare := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(s))
	}
	for i := range tokens {
		if areSimilar(bare(name), bare(tokens[i].Name)) {
			return fmt.Sprintf(" Did you mean {%s}?", tokens[i].Name)
		}
	}
	return ""
}

// areSimilar reports whether two texts differ by at most one letter that is
// added, missing or different.
func areSimilar(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(a) || a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}
