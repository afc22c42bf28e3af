package outbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/fault"
	free "github.com/tributary-server/tributary/internal/text"
)

// Token documents a name in braces that a postback's URL may contain.
type Token struct {
	Name    string
	Doc     string
	Example string
}

// Tokens returns the tokens that the programme defines.
func Tokens() []Token { return slices.Clone(tokens) }

var tokens = []Token{
	{"event", "registration, deposit, first_deposit, qualification or reward", "registration"},
	{"event_id", "the event's id, which is the same in every attempt, so that you can ignore repeats", "0192f0c1a2b37c4d8e9f001122334455-42"},
	{"event_time", "when the programme learned of the event, such as 2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"},
	{"timestamp", "event_time in seconds since 1970", "1772443800"},
	{"click_id", "the id of the click that led to the registration", "d41d8cd98f"},
	{"sub_id", "the sub_id of the link that the client used", "banner-7"},
	{"subid", "another name of sub_id", "banner-7"},
	{"campaign", "the campaign's code", "spring"},
	{"link_code", "the partner's link code with which the client registered", "alpha"},
	{"client_uid", "the client's id", "4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab"},
	{"client_account", "the client's trading account (only in deposit and reward events)", "1001"},
	{"country", "the client's country as a two-letter code", "TH"},
	{"amount", "the reward in the partner account's currency (only in reward events)", "3.5"},
	{"currency", "the partner account's currency (only in reward events)", "USD"},
	{"amount_usd", "the reward in USD (only in reward events)", "3.5"},
	{"amount_band", "the range of the amount (only in deposit and first_deposit events): 1 is up to 10 USD, 2 up to 50, 3 up " +
		"to 250, 4 up to 1000, 5 up to 5000, 6 more", "3"},
	{"reward_date", "the day of the reward in reports (only in reward events)", "2026-03-02"},
	{"orders_count", "the number of closed orders (only in reward events)", "1"},
	{"volume_lots", "the volume in lots (only in reward events)", "1.5"},
	{"aff_client", "another name of client_uid", "4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab"},
	{"aff_cid", "another name of event_id", "0192f0c1a2b37c4d8e9f001122334455-42"},
	{"aff_value", "1 for a registration; the amount in USD for a deposit or a reward; the amount of the first deposit in USD for a qualification", "1"},
}

func isToken(name string) bool {
	return slices.ContainsFunc(tokens, func(k Token) bool { return k.Name == name })
}

// mayBeToken reports whether a template may contain a name in braces. The name
// must be one of the programme's tokens or a possible parameter of a link. A
// token of the programme in the wrong case is not allowed, because it is
// probably a mistake.
func mayBeToken(name string) bool {
	if isToken(name) {
		return true
	}
	return click.IsLinkParameter(name) && !slices.ContainsFunc(tokens, func(k Token) bool { return strings.EqualFold(k.Name, name) })
}

// exampleParam returns an example value for a link's parameter. The value
// contains the parameter's name, so that a partner notices when two parameters
// are swapped.
func exampleParam(name string) string { return "example-" + name }

// examples returns an example value for each of the programme's tokens, for the
// parameters that ad networks add to links, and for the other parameters in the
// template. The body of a request has all of them, even those that are not in
// the URL.
func (t *Template) examples() map[string]string {
	values := map[string]string{}
	for _, name := range slices.Concat(click.KnownParameters(), t.Names) {
		values[name] = exampleParam(name)
	}
	for i := range tokens {
		values[tokens[i].Name] = tokens[i].Example
	}
	return values
}

// Template is a parsed postback URL. Tokens are allowed in its path and query. They
// are not allowed in its host, because their values come from clients.
type Template struct {
	parts []part
	Names []string // names of the tokens, each once
}

type part struct {
	text  string
	token bool
	query bool // whether the part is after the question mark
}

// ParseTemplate parses a template. If the template is not valid, it returns a
// ValidationError for the field "url".
func ParseTemplate(text string) (*Template, error) {
	if long := free.URL.Fault(text); long != "" {
		return nil, invalidURL(long)
	}
	t, rest, query := &Template{}, text, false
	scheme, authority, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	if strings.ContainsAny(scheme+authority, "{}") {
		return nil, invalidURL("Put tokens only after the host name.")
	}
	for rest != "" {
		literal, after, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return nil, invalidURL("Remove the closing brace that has no opening one.")
		}
		if found && openEscape(literal) {
			return nil, invalidURL("Remove the percent sign before a token.")
		}
		if literal != "" {
			query = query || strings.Contains(literal, "?")
			t.parts = append(t.parts, part{text: literal})
		}
		if !found {
			break
		}
		name, behind, closed := strings.Cut(after, "}")
		if !closed || !mayBeToken(name) {
			return nil, invalidURL(fmt.Sprintf("There is no token {%s}.", free.Clip(name)))
		}
		t.parts = append(t.parts, part{text: name, token: true, query: query})
		if !slices.Contains(t.Names, name) {
			t.Names = append(t.Names, name)
		}
		rest = behind
	}
	return t, nil
}

// openEscape reports whether a text ends inside a percent escape. The value of
// a token after the text would become part of the escape.
func openEscape(text string) bool {
	i := strings.LastIndexByte(text, '%')
	return i >= 0 && i >= len(text)-2
}

// Render replaces the tokens with values. It escapes each value for a path or a
// query. A missing value is empty.
func (t *Template) Render(values map[string]string) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case !p.token:
			b.WriteString(p.text)
		case p.query:
			b.WriteString(url.QueryEscape(values[p.text]))
		default:
			b.WriteString(segment(values[p.text]))
		}
	}
	return b.String()
}

// segment escapes a value for a path. If the value consists only of dots, it
// replaces them with underscores, because "." and ".." would change the path
// even if they were escaped.
func segment(value string) string {
	if strings.Trim(value, ".") == "" {
		return strings.ReplaceAll(value, ".", "_")
	}
	return url.PathEscape(value)
}

func invalidURL(message string) error { return fault.Invalid("url", "invalid", message) }
