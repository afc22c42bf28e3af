package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	jsonType = "application/json"
	formType = "multipart/form-data"
)

type method struct {
	*operation

	name, receiver string
	signature      []string // parameters after the context and before the options
	pass           []string // names of the parameters in signature
	path, query    string   // Go expressions
	queryType      string
	body           string // Go expression
	options        string // Go expression
	notes          []string
	result         *schema
	row, totals    string // Go types of a list's rows and totals
	paged, file    bool
}

func (g *generator) operation(o *operation) {
	m := &method{operation: o, name: methodName(o.ID), receiver: "Partner", options: "options", query: "nil", body: "nil"}
	if m.name == "" {
		return
	}
	if strings.HasPrefix(o.path, "/broker/") {
		m.receiver = "Broker"
	}
	g.inputs(m)
	g.result(m)
	switch {
	case m.paged:
		g.iterator(m)
		g.page(m)
	case m.row != "" && (m.totals == "" || m.totals == "Count"):
		g.write(m, "[]"+m.row, "data["+m.row+"]", "")
	case m.row != "":
		g.write(m, "*Page["+m.row+", "+m.totals+"]", "do[Page["+m.row+", "+m.totals+"]]", "")
	case m.result == nil && m.file:
		g.write(m, "*File", "Download", "The caller closes the file.")
		return
	case m.result == nil || isDone(m.result):
		g.write(m, "error", "", "")
	default:
		typ := g.goType(m.result, received, m.uniqueName(m.name+"Answer"), "the answer of "+m.receiver+"."+m.name)
		if typ == "json.RawMessage" {
			g.write(m, typ, "raw", "")
		} else {
			g.write(m, "*"+typ, "do["+typ+"]", "")
		}
	}
	if m.file && m.body == "nil" { // Download sends no body
		g.writeFileMethod(m)
	}
}

// uniqueName returns a unique name for a type of a method. If both clients have
// the method, the name begins with the client's name.
func (m *method) uniqueName(name string) string {
	if m.receiver == "Broker" && bothHave[m.name] {
		return "Broker" + name
	}
	return name
}

// isDone reports whether a successful response has no content that a caller
// needs.
func isDone(s *schema) bool {
	return strings.HasSuffix(s.Ref, "/OkOut") || strings.HasSuffix(s.Ref, "/DoneOut")
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

func (g *generator) inputs(m *method) {
	m.path = fmt.Sprintf("%q", m.operation.path)
	for _, found := range pathParameter.FindAllStringSubmatch(m.operation.path, -1) {
		name, typ := argument(found[1]), "string"
		for _, p := range m.Parameters {
			if p.In == "path" && p.Name == found[1] && p.Schema.Type.has("integer") {
				typ = "int64"
			}
		}
		m.argument(name, typ)
		m.path = strings.Replace(m.path, found[0], `" + segment(`+name+`) + "`, 1)
	}
	m.path = strings.TrimSuffix(m.path, ` + ""`)
	var query []*parameter
	for _, p := range m.Parameters {
		switch {
		case p.In == "header" && p.Name == "Idempotency-Key":
			m.options = "withRandomKey(options)"
			m.notes = append(m.notes, "The request is safe to repeat. See WithIdempotencyKey.")
		case p.In == "header" && p.Name == "X-Temporary-Token":
			m.notes = append(m.notes, "Accepts the option WithTemporaryToken. "+p.Description)
		case p.In == "query" && (p.Name != "format" && p.Name != "bom" || !m.answers("text/csv") && m.answers("image/png")):
			query = append(query, p)
		}
	}
	if m.RequestBody != nil {
		g.addInput(m)
	}
	switch {
	case len(query) == 1 && query[0].Required:
		name := argument(query[0].Name)
		m.argument(name, "string")
		m.query = fmt.Sprintf("url.Values{%q: {%s}}", query[0].Name, name)
	case len(query) > 0:
		m.queryType = g.queryType(m, query)
		m.argument("query", m.queryType)
		m.query = "values(query)"
	}
}

func (m *method) argument(name, typ string) {
	m.signature = append(m.signature, name+" "+typ)
	m.pass = append(m.pass, name)
}

func (m *method) answers(mediaType string) bool {
	for _, answer := range m.Responses {
		if answer.Content[mediaType] != nil {
			return true
		}
	}
	return false
}

func (g *generator) addInput(m *method) {
	content := m.RequestBody.Content[formType]
	m.body = "form(in, in.File)"
	if content == nil {
		content, m.body = m.RequestBody.Content[jsonType], "in"
	}
	name := m.uniqueName(m.name + "In")
	m.argument("in", g.goType(content.Schema, sent, name, "what "+m.receiver+"."+m.name+" sends"))
}

// queryType declares the type of a query. Many operations have equal queries,
// which share a type.
func (g *generator) queryType(m *method, query []*parameter) string {
	var names []string
	for _, p := range query {
		names = append(names, p.Name)
	}
	switch strings.Join(names, " ") {
	case "limit offset":
		return "PageQuery"
	case "field q":
		return "FiltersQuery"
	}
	name := m.uniqueName(m.name + "Query")
	g.claim(name, m.ID)
	g.pending = append(g.pending, func() {
		comment(g.out, "", name+" selects the results of "+m.receiver+"."+m.name+". Zero fields are not sent.")
		fmt.Fprintf(g.out, "type %s struct {\n", name)
		for _, p := range query {
			goName := camel(p.Name)
			typ := g.goType(p.Schema, queried, name+goName, name+"."+goName)
			tag := p.Name
			switch {
			case typ == "bool":
				typ = "*bool"
			case strings.HasPrefix(typ, "[]") && p.Explode != nil && !*p.Explode:
				tag += ",comma"
			}
			comment(g.out, "\t", strings.ReplaceAll(p.Description, ", comma-separated", "")+fieldsSentence(p))
			fmt.Fprintf(g.out, "\t%s %s `query:%q`\n", goName, typ, tag)
		}
		g.out.WriteString("}\n\n")
	})
	return name
}

// fieldsSentence returns a sentence that lists the fields accepted by the
// parameter "ordering" or "field". It returns "" for any other parameter.
func fieldsSentence(p *parameter) string {
	if p.Name != "ordering" && p.Name != "field" {
		return ""
	}
	s := p.Schema
	if s.Items != nil {
		s = s.Items
	}
	var fields []string
	for _, field := range choices(s) {
		if !strings.HasPrefix(field, "-") {
			fields = append(fields, field)
		}
	}
	return " They are " + strings.Join(fields, ", ") + "."
}

func (g *generator) result(m *method) {
	m.file = m.answers("text/csv")
	for _, status := range slices.Sorted(maps.Keys(m.Responses)) {
		answer := m.Responses[status]
		if status[0] != '2' || len(answer.Content) == 0 {
			continue
		}
		if answer.Content[jsonType] == nil {
			m.file = true
			return
		}
		m.result = answer.Content[jsonType].Schema
		break
	}
	if m.result == nil {
		return
	}
	flat, _, _ := g.document.resolve(m.result)
	rows := flat.Properties["data"]
	if rows == nil || !rows.Type.has("array") || flat.Properties["next_cursor"] != nil {
		return
	}
	m.row = g.goType(rows.Items, received, m.uniqueName(m.name+"Row"), "a row of "+m.receiver+"."+m.name)
	if totals := flat.Properties["totals"]; totals != nil {
		sums, _, _ := g.document.resolve(totals)
		if m.totals = "Count"; len(sums.Properties) > 1 {
			m.totals = g.goType(totals, received, m.uniqueName(m.name+"Totals"), "the totals of "+m.receiver+"."+m.name)
		}
	}
	m.paged = m.method == "GET" && m.parameter("limit") && m.parameter("offset")
}

func (m *method) parameter(name string) bool {
	return slices.ContainsFunc(m.Parameters, func(p *parameter) bool { return p.In == "query" && p.Name == name })
}
