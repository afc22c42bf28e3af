package click

import (
	_ "embed" // for agents.txt
	"strings"
)

// IsBot reports whether a user agent is not a browser that a person uses.
// Examples are crawlers, previews, mail providers' proxies and scripts. An
// empty user agent is a bot too.
//
// The user agent of a browser begins with "Mozilla/". The description of the
// device follows in brackets, and then the engine and products. A user agent
// with another beginning is a program, except for a few old browsers.
//
// In a browser's user agent, the name of a program matters only if it is a
// whole product name. It must also be outside the description of the device,
// because there are phones called "M bot 60" and "RUBY".
func IsBot(agent string) bool {
	agent = strings.ToLower(strings.TrimSpace(agent))
	said := agent
	if rest, is := strings.CutPrefix(agent, "mozilla/"); is {
		before, device, behind := split(rest)
		engine := hasEngine(device, behind)
		if !engine || strings.Contains(before, "/") {
			behind = rest // the text in brackets does not describe a device
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

// hasEngine reports whether the texts name a browser engine. The oldest
// browsers name it in the description of the device.
func hasEngine(device, behind string) bool {
	return strings.Contains(behind, "webkit/") || strings.Contains(behind, "gecko") || strings.Contains(behind, "presto/") ||
		strings.Contains(device, "msie ") || strings.Contains(device, "trident/") || strings.Contains(device, "konqueror/")
}

// split separates the description of the device, which is the first text in
// brackets, from the texts before and after it.
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

// oldBrowsers are the beginnings of browsers' user agents that do not begin
// with "Mozilla/": Opera, old phones and browsers for terminals.
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
// program. This is the case after "compatible", or for Microsoft's office
// programs.
func isProgramInDevice(device string) bool {
	for item := range strings.SplitSeq(device, ";") {
		switch name, _, _ := strings.Cut(strings.TrimSpace(item), "/"); {
		case name == "ms-office", name == "msoffice", strings.HasPrefix(name, "msoffice "), strings.HasPrefix(name, "microsoft outlook"):
			return true
		}
	}
	// Internet Explorer's text in brackets names no device, so a program's name
	// in it can be trusted.
	return (strings.HasPrefix(device, "compatible;") || strings.Contains(device, "trident/")) && namesProgram(device)
}

// hasAddress reports whether a user agent contains a web or mail address.
// Crawlers include one, and browsers do not. A browser may call itself
// "android@150.0".
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

// kinds are the endings of programs' names, or of parts of the names.
var kinds = []string{"bot", "crawler", "spider", "scraper", "slurp", "fetcher", "archiver", "imageproxy", "mailproxy"}

const between = " /;,()[]+\"'\t" // characters between names

// agentNames are the names of well-known programs in lower case, one per line;
// see scripts/agents.sh.
//
//go:embed agents.txt
var agentNames string

// moreNames are names that are not in the list, or that programs write
// differently.
const moreNames = "pingdomtms\nnitro-optimizer-agent\nflipboardproxy\npowershell\nwindowspowershell\n"

// programs lists the names of programs, by their first word.
var programs = readPrograms(agentNames + moreNames)

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

// namesProgram reports whether a text contains the whole name of a program.
func namesProgram(text string) bool {
	for text != "" {
		text = strings.TrimLeft(text, between)
		end := wordEnd(text)
		word := text[:end]
		for _, name := range programs[word] {
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

// isKind reports whether a name contains a word for a kind of program, as
// googlebot, slackbot-linkexpanding and headlesschrome do.
func isKind(word string) bool {
	if strings.HasPrefix(word, "headless") {
		return true
	}
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		part = strings.TrimRight(part, "0123456789v")
		for _, kind := range kinds {
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

// isMessenger reports whether a messenger fetches a link to show a preview. A
// messenger can also open a link in its own browser for a person. That
// browser's products follow the messenger's name.
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
