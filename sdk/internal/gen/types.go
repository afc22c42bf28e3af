package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// side says whether a type is sent or received. This decides how optional
// fields, and fields without a fixed type, are declared.
type side int

const (
	received side = iota
	sent
	queried
	fact
)

type generator struct {
	document *document
	orders   fieldOrders
	types    map[string]string   // owner of each Go type's name, to find two types with the same name
	shapes   map[string]string   // Go types by content, so that equal objects share a type
	values   map[string][]string // values of each enumeration
	declared map[string]bool     // enumerations that are already written
	out      *strings.Builder    // current file
	pending  []func()            // types that the current file must still declare
}

// claim reserves the name of a type, and reports whether the name is new. If
// two owners claim the same name, the generator stops, because one of them
// needs a row in typeNames.
func (g *generator) claim(name, owner string) bool {
	known, taken := g.types[name]
	if taken && known != owner {
		panic(fmt.Sprintf("%s and %s would both be called %s. Add a name for one of them to typeNames", known, owner, name))
	}
	g.types[name] = owner
	return !taken
}

// goType returns the Go type of a schema. An object without a name is called
// nameHint. The type's comment contains usage, which says where the type is
// used.
func (g *generator) goType(s *schema, side side, nameHint, usage string) string {
	flat, name, _ := g.document.resolve(s)
	kind := flat.Type
	switch {
	case len(flat.Properties) > 0:
		return g.object(flat, side, name, nameHint, usage)
	case kind.has("array"):
		return "[]" + g.goType(flat.Items, side, nameHint, usage)
	case kind.has("object") || len(kind) == 0:
		switch {
		case len(flat.Additional) > 0 && g.decimals(flat):
			return "map[string]Decimal"
		case side == received:
			return "json.RawMessage"
		case kind.has("object"):
			return "map[string]any"
		case isIDList(nameHint):
			return "int64"
		default:
			return "any"
		}
	case kind.has("number") || flat.Pattern == `^-?\d+(\.\d+)?$`:
		return "Decimal"
	case kind.has("string"):
		return g.text(flat, nameHint, usage)
	case kind.has("integer"):
		return "int64"
	case kind.has("boolean"):
		return "bool"
	default:
		panic(fmt.Sprintf("%s: no Go type for %v", nameHint, kind))
	}
}

// isIDList reports whether a field is a list of ids. The server accepts such
// ids as numbers and as strings.
func isIDList(hint string) bool {
	return strings.HasSuffix(hint, "InRebates") || strings.HasSuffix(hint, "InRebateRows")
}

func (g *generator) decimals(s *schema) bool {
	value := &schema{}
	return json.Unmarshal(s.Additional, value) == nil && value.Type.has("number")
}

func (g *generator) text(s *schema, hint, use string) string {
	switch {
	case s.Format == "date":
		return "Date"
	case s.Format == "date-time":
		return "time.Time"
	case len(choices(s)) < 2 || strings.HasSuffix(hint, "QueryOrdering") || strings.HasSuffix(hint, "QueryField"):
		return "string"
	default:
		return g.enum(choices(s), hint, use)
	}
}

func choices(s *schema) []string {
	var list []string
	for _, value := range s.Enum {
		if text, ok := value.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

func (g *generator) enum(list []string, hint, use string) string {
	name, given := lookUp(enums, strings.Join(list, "/"))
	if !given {
		name = hint
	}
	if g.declared[name] {
		return name
	}
	g.claim(name, "the values "+name)
	g.declared[name] = true
	if !given {
		g.values[name] = list
	}
	g.pending = append(g.pending, func() {
		comment(g.out, "", name+" is the type of "+use+".")
		fmt.Fprintf(g.out, "type %s string\n\n// These are the values of %s.\nconst (\n", name, name)
		for _, value := range g.values[name] {
			fmt.Fprintf(g.out, "%s%s %s = %q\n", name, camel(strings.ReplaceAll(value, "formula_", "")), name, value)
		}
		g.out.WriteString(")\n\n")
	})
	return name
}

// collect collects the values of enumerations, so that an enumeration has the
// same type even where only some of its values are allowed.
func (g *generator) collect(s *schema) {
	if s == nil {
		return
	}
	if name, given := lookUp(enums, strings.Join(choices(s), "/")); given {
		for _, value := range choices(s) {
			if !slices.Contains(g.values[name], value) {
				g.values[name] = append(g.values[name], value)
			}
		}
	}
	for _, property := range s.Properties {
		g.collect(property)
	}
	for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf, []*schema{s.Items}) {
		g.collect(part)
	}
}

// object returns the name of the struct for an object, and declares the struct
// the first time.
func (g *generator) object(s *schema, side side, name, hint, use string) string {
	owner, goName := name, typeName(name)
	if name == "" || strings.HasSuffix(name, ".body") {
		shape := fmt.Sprint(side) + g.shape(s)
		if known, found := g.shapes[shape]; found && name == "" {
			return known
		}
		owner, goName = hint, typeName(hint)
		g.shapes[shape] = goName
	}
	if handWritten[goName] || !g.claim(goName, owner) {
		return goName
	}
	g.pending = append(g.pending, func() { g.declare(s, side, goName, use) })
	return goName
}

// shape returns a string that is the same for two objects that differ only in
// descriptions.
func (g *generator) shape(s *schema) string {
	s, _, null := g.document.resolve(s)
	var text strings.Builder
	fmt.Fprint(&text, []string(s.Type), null, s.Format, s.Pattern, s.Enum, strings.Fields(string(s.Additional)))
	if s.Items != nil {
		text.WriteString("[" + g.shape(s.Items) + "]")
	}
	for _, key := range slices.Sorted(slices.Values(g.orders.propertiesOf(s))) {
		fmt.Fprintf(&text, "{%s %t %s}", key, slices.Contains(s.Required, key), g.shape(s.Properties[key]))
	}
	return text.String()
}

func (g *generator) declare(s *schema, side side, name, use string) {
	if s.Description != "" && side == fact {
		comment(g.out, "", name+" is the fact "+s.Properties["type"].Enum[0].(string)+". "+s.Description) //nolint:forcetypeassert // a string
	} else {
		if !strings.Contains(use, " ") {
			use = "the type of " + use
		}
		verb := " is "
		if strings.HasSuffix(name, "Totals") {
			verb = " holds "
		}
		comment(g.out, "", name+verb+use+".")
	}
	fmt.Fprintf(g.out, "type %s struct {\n", name)
	for _, key := range g.orders.propertiesOf(s) {
		if side == fact && key == "type" {
			continue
		}
		g.field(s, side, name, key)
	}
	g.out.WriteString("}\n\n")
	switch {
	case side == fact:
		fmt.Fprintf(g.out, "// Type is the fact's type.\nfunc (%s) Type() string { return %q }\n\n", name, s.Properties["type"].Enum[0])
	case strings.HasSuffix(name, "Totals") && s.Properties["count"] != nil:
		fmt.Fprintf(g.out, "func (t %s) rows() int64 { return t.Count }\n\n", name)
	}
}

func (g *generator) field(s *schema, side side, owner, key string) {
	property := s.Properties[key]
	flat, _, null := g.document.resolve(property)
	goName := camel(key)
	if side == sent && flat.Format == "binary" {
		comment(g.out, "\t", property.Description)
		fmt.Fprintf(g.out, "\t%s *Upload `json:\"-\"`\n", goName)
		return
	}
	typ := g.goType(property, side, owner+goName, owner+"."+goName)
	optional := null || !slices.Contains(s.Required, key)
	options := ""
	switch {
	case null && side == sent:
		typ, options = "Nullable["+typ+"]", ",omitzero"
	case optional:
		options = ",omitzero"
		if g.needsPointer(flat, typ) {
			typ = "*" + typ
		}
	}
	comment(g.out, "\t", describe(property))
	fmt.Fprintf(g.out, "\t%s %s `json:%q`\n", goName, typ, key+options)
}

// describe returns a field's description. If the field can be null, the
// description may be that of the first alternative.
func describe(s *schema) string {
	if s.Description == "" && len(s.AnyOf) > 0 {
		return describe(s.AnyOf[0])
	}
	return s.Description
}

// needsPointer reports whether the zero value of a field's type is a value that
// the field can have.
func (g *generator) needsPointer(s *schema, typ string) bool {
	return typ == "string" || typ == "int64" || typ == "bool" || len(s.Properties) > 0
}
