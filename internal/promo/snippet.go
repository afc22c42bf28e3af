package promo

import (
	"fmt"
	"html"
	"net/url"
	"strings"
)

// snippets returns the HTML, Markdown and BBCode with which a partner shows a
// material. Titles and texts are escaped, so that they cannot start a tag, an
// attribute or a link. fileURL is the public address of the file. textOrURL is
// the text, or the address of a landing page or widget.
func snippets(m *Material, link, fileURL, textOrURL string) Embed {
	link, fileURL = plainAddress(link), plainAddress(fileURL)
	title, href := html.EscapeString(m.Title), html.EscapeString(link)
	const open = `<a href="%s" target="_blank" rel="sponsored noopener">`
	anchor := fmt.Sprintf(open, href)
	e := Embed{
		Tracking: link,
		HTML:     anchor + title + `</a>`,
		Markdown: `[` + markdown(m.Title) + `](` + link + `)`,
		BBCode:   `[url=` + link + `]` + bbcode(m.Title) + `[/url]`,
	}
	switch m.Kind {
	case Banner, Logo:
		e.HTML = anchor + `<img src="` + html.EscapeString(fileURL) + `"` + measures(m) + ` alt="` + title + `" style="border:0"></a>`
		e.Markdown = `[![` + markdown(m.Title) + `](` + fileURL + `)](` + link + `)`
		e.BBCode = `[url=` + link + `][img]` + fileURL + `[/img][/url]`
	case Video:
		e.HTML = `<video src="` + html.EscapeString(fileURL) + `"` + measures(m) + ` controls preload="metadata"></video><br>` + e.HTML
	case Text:
		lines := strings.Split(textOrURL, "\n")
		words := make([]string, len(lines))
		var marked strings.Builder
		for i, line := range lines {
			words[i] = html.EscapeString(line)
			marked.WriteString(markdown(line))
			if line != "" && (i+1 == len(lines) || lines[i+1] != "") {
				marked.WriteByte('\\') // makes a line break inside the paragraph
			}
			marked.WriteByte('\n')
		}
		e.HTML = `<p>` + strings.Join(words, "<br>\n") + "<br>\n" + e.HTML + `</p>`
		e.Markdown = marked.String() + e.Markdown
		e.BBCode = bbcode(textOrURL) + "\n" + e.BBCode
	case Widget:
		e.HTML = `<iframe src="` + html.EscapeString(plainAddress(addLink(textOrURL, link))) + `"` + measures(m) + ` title="` + title +
			`" style="border:0" loading="lazy" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>`
	case Landing: // has only the title with the link, which is set above
	}
	return e
}

// addLink adds the partner's link to a widget's address as a parameter, so that
// a click in the widget can lead there.
func addLink(address, link string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	values := u.Query()
	values.Set("link", link)
	u.RawQuery = values.Encode()
	return u.String()
}

func measures(m *Material) string {
	if m.Width == nil || m.Height == nil {
		return ""
	}
	return fmt.Sprintf(` width="%d" height="%d"`, *m.Width, *m.Height)
}

// addressEscapes escapes characters that an address may contain, but that mean
// something else in Markdown or BBCode.
var addressEscapes = strings.NewReplacer("(", "%28", ")", "%29", "[", "%5B", "]", "%5D", "<", "%3C", ">", "%3E", `"`, "%22", "'", "%27",
	"*", "%2A", "`", "%60", `\`, "%5C", " ", "%20", "\n", "%0A", "\r", "%0D", "\t", "%09", "|", "%7C")

// plainAddress escapes an address except for the brackets of an IPv6 host.
func plainAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return addressEscapes.Replace(address)
	}
	host := u.Scheme + "://" + u.Host
	return host + addressEscapes.Replace(strings.TrimPrefix(address, host))
}

// markdown escapes every character that has a meaning in CommonMark.
func markdown(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r) {
			out.WriteByte('\\')
		}
		if r == '\t' {
			r = ' '
		}
		out.WriteRune(r)
	}
	return strings.TrimLeft(out.String(), " ") // because four spaces would start a code block
}

// bbcode replaces square brackets with round ones, because BBCode cannot escape
// them.
func bbcode(text string) string { return strings.NewReplacer("[", "(", "]", ")").Replace(text) }
