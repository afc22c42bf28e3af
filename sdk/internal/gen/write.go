package main

import (
	"fmt"
	"strings"
)

func (g *generator) head(m *method, name, about, results string, arguments ...string) {
	text := []string{about}
	if name == m.name {
		text = append(text, m.Description)
		text = append(text, m.notes...)
	}
	comment(g.out, "", strings.Join(text, "\n\n"))
	signature := append(append([]string{"ctx context.Context"}, m.signature...), arguments...)
	receiver := strings.ToLower(m.receiver[:1])
	fmt.Fprintf(g.out, "func (%s *%s) %s(%s, options ...CallOption) %s {\n", receiver, m.receiver, name, strings.Join(signature, ", "), results)
}

// call returns the Go expression that sends the request through a helper
// function of the SDK.
func (m *method) call(helper string) string {
	client := strings.ToLower(m.receiver[:1]) + ".Client"
	if helper == "Download" {
		return fmt.Sprintf("%s(ctx, %s, %s, options...)", strings.TrimSuffix(client, "Client")+helper, m.path, m.query)
	}
	return fmt.Sprintf("%s(ctx, %s, %q, %s, %s, %s, %s)", helper, client, m.method, m.path, m.query, m.body, m.options)
}

func (g *generator) write(m *method, result, helper, more string) {
	about := fmt.Sprintf("%s sends %s %s: %s.", m.name, m.method, m.operation.path, m.Summary)
	if more != "" {
		about += " " + more
	}
	if helper == "" {
		g.head(m, m.name, about, result)
		fmt.Fprintf(g.out, "return %s\n}\n\n", m.call("done"))
		return
	}
	g.head(m, m.name, about, "("+result+", error)")
	fmt.Fprintf(g.out, "return %s\n}\n\n", m.call(helper))
}

func (g *generator) iterator(m *method) {
	g.head(m, m.name, fmt.Sprintf("%s iterates over every row of GET %s: %s.", m.name, m.operation.path, m.Summary), "iter.Seq2["+m.row+", error]")
	fmt.Fprintf(g.out, "return rows(query.Limit, query.Offset, func(limit, offset int64) (*Page[%s, %s], error) {\n", m.row, m.totals)
	fmt.Fprintf(g.out, "query := query\nquery.Limit, query.Offset = limit, offset\n")
	fmt.Fprintf(g.out, "return %s.%sPage(ctx, %s, options...)\n})\n}\n\n", strings.ToLower(m.receiver[:1]), m.name, strings.Join(m.pass, ", "))
}

func (g *generator) page(m *method) {
	about := fmt.Sprintf("%sPage reads one page of the list that %s iterates over, with the totals of all pages.", m.name, m.name)
	g.head(m, m.name+"Page", about, fmt.Sprintf("(*Page[%s, %s], error)", m.row, m.totals))
	fmt.Fprintf(g.out, "return %s\n}\n\n", m.call("do[Page["+m.row+", "+m.totals+"]]"))
}

func (g *generator) writeFileMethod(m *method) {
	about := fmt.Sprintf("%sFile downloads the report of %s as a file, with every row that the query finds. The caller closes it.", m.name, m.name)
	g.head(m, m.name+"File", about, "(*File, error)", "format Format")
	query := m.query
	if query == "nil" {
		query = "url.Values{}"
	}
	m.query = "format.addTo(" + query + ")"
	fmt.Fprintf(g.out, "return %s\n}\n\n", m.call("Download"))
}

// comment writes text as a Go comment with at most 80 characters per line.
func comment(out *strings.Builder, indent, text string) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "`", ""))
	if text == "" {
		return
	}
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			out.WriteString(indent + "//\n")
		}
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && len(line)+len(word) > 76 {
				out.WriteString(indent + "// " + line + "\n")
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		out.WriteString(indent + "// " + line + "\n")
	}
}
