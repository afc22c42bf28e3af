package mail

import (
	"html/template"
	"strings"
)

// Letter is the content of a mail. Its method Message writes the content as
// plain text and as HTML.
type Letter struct {
	Title  string   // subject, and headline of the text
	Lines  []string // paragraphs
	Code   string   // code that the reader enters; empty if there is none
	Action string   // label of Link, such as "Confirm the address"
	Link   string
	Notes  []string // paragraphs after the link
}

// Message returns the letter as a message.
func (l *Letter) Message(kind, to string) Message {
	return Message{Kind: kind, To: to, Subject: l.Title, Text: l.text(), HTML: l.html()}
}

func (l *Letter) text() string {
	paragraphs := append([]string(nil), l.Lines...)
	if l.Code != "" {
		paragraphs = append(paragraphs, "    "+l.Code)
	}
	if l.Link != "" {
		paragraphs = append(paragraphs, l.Action+":\n"+l.Link)
	}
	return strings.Join(append(paragraphs, l.Notes...), "\n\n") + "\n"
}

var letter = template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body style="margin:0;padding:24px;background:#f2f4f7;font-family:Arial,Helvetica,sans-serif;color:#1d2733">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;max-width:520px;background:#ffffff;border-radius:8px">
<tr><td style="padding:32px;font-size:16px;line-height:1.5">
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">{{.Title}}</h1>
{{range .Lines}}<p style="margin:0 0 16px">{{.}}</p>
{{end}}{{with .Code}}<p style="margin:0 0 16px;font-size:30px;letter-spacing:6px;font-weight:bold">{{.}}</p>
{{end}}{{if .Link}}<p style="margin:24px 0"><a href="{{.Link}}" style="background:#0b5cad;color:#ffffff;padding:12px 20px;` +
	`border-radius:6px;text-decoration:none;display:inline-block">{{.Action}}</a></p>
<p style="margin:0 0 16px;font-size:13px;color:#52606d">If the button does nothing, open this address:<br>` +
	`<span style="word-break:break-all">{{.Link}}</span></p>
{{end}}{{range .Notes}}<p style="margin:0 0 16px;font-size:14px;color:#52606d">{{.}}</p>
{{end}}</td></tr></table>
</td></tr></table>
</body>
</html>
`))

func (l *Letter) html() string {
	var b strings.Builder
	if err := letter.Execute(&b, l); err != nil {
		panic(err) // cannot happen, because writing to a Builder never fails
	}
	return b.String()
}
