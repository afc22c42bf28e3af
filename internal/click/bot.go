package click

import (
	_ "embed" // for agents.txt
	"strings"
)

// IsBot reports whether a user agent belongs to a program instead of a browser
// that a person uses. Such programs are crawlers, link previews, mail
// providers' proxies and scripts. An empty user agent counts as a bot too.
//
// A browser's user agent begins with "Mozilla/". Then come a description of the
// device in brackets, the engine and the products. Except for a few old
// browsers, a user agent with another beginning belongs to a program.
//
// After "Mozilla/", the name of a program counts only if it is a whole product
// name outside the description of the device, because there are phones called
// "M bot 60" and "RUBY".
func IsBot(agent string) bool {
	agent = strings.ToLower(strings.TrimSpace(agent))
	said := agent
	if rest, is := strings.CutPrefix(agent, "mozilla/"); is {
		before, device, behind := split(rest)
		engine := hasEngine(device, behind)
		if !engine || strings.Contains(before, "/") {
			behind = rest // the text in brackets does not describe a device, so it is searched for names too
		}
		if isProgramInDevice(device) || namesProgram(before) || (!engine && strings.Contains(device, "compatible;")) {
			return true
		}
		said = behind
	} else if !isOldBrowser(agent) {
		return true
	}
	return hasAddress(agent) || namesProgram(said) || isMessenger(said)
}

// hasEngine reports whether a user agent names a browser engine. The oldest
// browsers name the engine in the description of the device.
func hasEngine(device, behind string) bool {
	return strings.Contains(behind, "webkit/") || strings.Contains(behind, "gecko") || strings.Contains(behind, "presto/") ||
		strings.Contains(device, "msie ") || strings.Contains(device, "trident/") || strings.Contains(device, "konqueror/")
}

// split separates the first text in brackets, which describes the device, from
// the texts before and after it.
func split(rest string) (before, device, behind string) {
	open := strings.IndexByte(rest, '(')
	if open < 0 {
		return "", "", rest
	}
	depth := 0
	for i := open; i < len(rest); i++ {
		switch rest[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return rest[:open], rest[open+1 : i], rest[i+1:]
			}
		}
	}
	return rest[:open], rest[open+1:], ""
}

// oldBrowsers lists how the user agents of Opera, old phones and text browsers
// begin. None of these begins with "Mozilla/".
var oldBrowsers = []string{
	"opera/", "ucweb", "nokia", "samsung-", "sec-", "sonyericsson", "blackberry", "lg-", "lge-", "mot-", "htc", "alcatel", "zte-", "lynx/", "links (",
	"elinks", "w3m/", "dillo/",
}

func isOldBrowser(agent string) bool {
	for _, name := range oldBrowsers {
		if strings.HasPrefix(agent, name) {
			return true
		}
	}
	return false
}

// isProgramInDevice reports whether the description of the device names a
// program.
func isProgramInDevice(device string) bool {
	for item := range strings.SplitSeq(device, ";") {
		switch name, _, _ := strings.Cut(strings.TrimSpace(item), "/"); {
		case name == "ms-office", name == "msoffice", strings.HasPrefix(name, "msoffice "), strings.HasPrefix(name, "microsoft outlook"):
			return true
		}
	}
	// Internet Explorer describes no device in the brackets, so a program's
	// name there is really a program.
	return (strings.HasPrefix(device, "compatible;") || strings.Contains(device, "trident/")) && namesProgram(device)
}

// hasAddress reports whether a user agent contains a web or e-mail address.
// Crawlers include such an address, and browsers do not. "android@150.0" is not
// an address, because a browser uses it.
func hasAddress(agent string) bool {
	if strings.Contains(agent, "://") || strings.Contains(agent, "www.") {
		return true
	}
	_, host, found := strings.Cut(agent, "@")
	if found && len(host) > 0 && host[0] >= 'a' && host[0] <= 'z' {
		return strings.Contains(host[:wordEnd(host)], ".")
	}
	return false
}

// programEndings are the endings of words that mean a kind of program.
var programEndings = []string{"bot", "crawler", "spider", "scraper", "slurp", "fetcher", "archiver", "imageproxy", "mailproxy"}

const between = " /;,()[]+\"'\t" // characters that separate names

// agentNames has the names of well-known programs in lower case, one per line.
// The script scripts/agents.sh writes the file.
//
//go:embed agents.txt
var agentNames string

// moreNames has further names, which agents.txt lacks or spells differently.
const moreNames = "pingdomtms\nnitro-optimizer-agent\nflipboardproxy\npowershell\nwindowspowershell\n"

// programNames holds the names of programs, by the first word of the name.
var programNames = readPrograms(agentNames + moreNames)

func readPrograms(list string) map[string][]string {
	by := map[string][]string{}
	for name := range strings.Lines(list) {
		if name = strings.TrimSpace(name); name != "" && name[0] != '#' {
			first := name[:wordEnd(name)]
			by[first] = append(by[first], name)
		}
	}
	return by
}

func wordEnd(text string) int {
	if i := strings.IndexAny(text, between); i >= 0 {
		return i
	}
	return len(text)
}

func namesProgram(text string) bool {
	for text != "" {
		text = strings.TrimLeft(text, between)
		end := wordEnd(text)
		word := text[:end]
		for _, name := range programNames[word] {
			if rest, is := strings.CutPrefix(text, name); is && (rest == "" || !isAlphanumeric(rest[0])) {
				return true
			}
		}
		if isKind(word) {
			return true
		}
		text = text[end:]
	}
	return false
}

// isKind reports whether a product name contains a word for a kind of program.
// Examples are googlebot, slackbot-linkexpanding and headlesschrome.
func isKind(word string) bool {
	if strings.HasPrefix(word, "headless") {
		return true
	}
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		part = strings.TrimRight(part, "0123456789v")
		for _, kind := range programEndings {
			if strings.HasSuffix(part, kind) {
				return true
			}
		}
	}
	return false
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

// isMessenger reports whether a messenger fetches a link for a preview. If the
// messenger opens the link in its own browser for a person, the products of
// that browser follow the messenger's name, and the result is false.
func isMessenger(behind string) bool {
	if !strings.Contains(behind, "viber") && !strings.Contains(behind, "whatsapp") {
		return false
	}
	for _, product := range []string{"chrome/", "mobile/", "version/", "safari/", "firefox/"} {
		if strings.Contains(behind, product) {
			return false
		}
	}
	return true
}
