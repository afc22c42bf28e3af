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

// Token is a name in braces that a postback's URL may contain.
type Token struct {
	Name    string
	Doc     string
	Example string
}

// Tokens returns the programme's own tokens.
func Tokens() []Token { return slices.Clone(tokens) }

var tokens = []Token{
	{"event", "registration, deposit, first_deposit, qualification or reward", "registration"},
	{"event_id", "the event's id, the same in every attempt: count it only once", "0192f0c1a2b37c4d8e9f001122334455-42"},
	{"event_time", "when the programme learned of it, as in 2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"},
	{"timestamp", "event_time in seconds since 1970", "1772443800"},
	{"click_id", "the click that brought the client", "d41d8cd98f"},
	{"sub_id", "the sub_id of the link by which the client came", "banner-7"},
	{"subid", "another name of sub_id", "banner-7"},
	{"campaign", "the campaign's code", "spring"},
	{"link_code", "the partner's code that the client registered with", "alpha"},
	{"client_uid", "the client", "4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab"},
	{"client_account", "the account (deposit and reward)", "1001"},
	{"country", "the client's country, two letters", "TH"},
	{"amount", "the reward in the partner account's currency (reward)", "3.5"},
	{"currency", "the partner account's currency (reward)", "USD"},
	{"amount_usd", "the reward in USD (reward)", "3.5"},
	{"amount_band", "the range of the amount (deposit and first_deposit): 1 to 10 USD, 2 to 50, 3 to 250, 4 to 1000, 5 to 5000, 6 above", "3"},
	{"reward_date", "the day on which the reward counts (reward)", "2026-03-02"},
	{"orders_count", "the number of closed orders (reward)", "1"},
	{"volume_lots", "the volume in lots (reward)", "1.5"},
	{"aff_client", "another name of client_uid", "4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab"},
	{"aff_cid", "another name of event_id", "0192f0c1a2b37c4d8e9f001122334455-42"},
	{"aff_value", "1 for a registration, otherwise an amount in USD: of the deposit, of the first deposit for qualification, or of the reward", "1"},
}

func isToken(name string) bool {
	return slices.ContainsFunc(tokens, func(k Token) bool { return k.Name == name })
}

// mayBeToken reports whether a template may contain a name in braces. The name
// must be one of the programme's tokens or the name of a link's parameter. One
// of the programme's tokens in the wrong case is a mistake.
func mayBeToken(name string) bool {
	if isToken(name) {
		return true
	}
	return click.IsLinkParameter(name) && !slices.ContainsFunc(tokens, func(k Token) bool { return strings.EqualFold(k.Name, name) })
}

// exampleParam returns an example value for a link's parameter. It contains the
// parameter's name, so that a partner can see whether a tracker mixes up two
// parameters.
func exampleParam(name string) string { return "example-" + name }

// examples returns example values for the template's tokens: the programme's
// tokens, all parameters that ad networks add to links, and the other
// parameters in the template. A request's body has them all, even those that
// are not in the URL.
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

// Template is a parsed postback URL. Tokens may be in its path and query. They
// must not be in the host, because their values come from clients.
type Template struct {
	parts []part
	Names []string // its tokens, without repeats
}

// part is a fixed text or a token.
type part struct {
	text  string
	token bool
	query bool // whether the part is after the question mark
}

// ParseTemplate parses a template. It returns ValidationError for url if the
// template is not valid.
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

// openEscape reports whether a text ends inside a percent-encoded byte. The
// value of a token after it would become part of that byte.
func openEscape(text string) bool {
	i := strings.LastIndexByte(text, '%')
	return i >= 0 && i >= len(text)-2
}

// Render replaces the tokens with values. It escapes each value as its position
// requires. A missing value is empty.
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

// segment escapes a value for a path. It replaces the dots of a value that
// consists only of dots with underscores, because such a value would change the
// path even if it were escaped.
func segment(value string) string {
	if strings.Trim(value, ".") == "" {
		return strings.ReplaceAll(value, ".", "_")
	}
	return url.PathEscape(value)
}

func invalidURL(message string) error { return fault.Invalid("url", "invalid", message) }
