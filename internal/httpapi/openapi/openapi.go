// Package openapi writes the OpenAPI document of an API. It reads a table of
// operations, whose inputs and outputs are Go types. The tags of these types
// contain the texts and limits of their fields.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
)

// Info describes the API as a whole.
type Info struct {
	Title, Version, Description string
	License                     *openapi3.License
	Tags                        []Tag // in the order in which the document lists them
}

// Tag groups operations in the document.
type Tag struct{ Name, Description string }

// Write returns the OpenAPI 3.1 document of the operations as indented JSON.
// failures are all errors that operations can return. Equal declarations
// produce equal bytes. Write panics if a declaration is malformed.
func Write(info Info, failures []Error, operations []Operation) ([]byte, error) {
	b := &builder{schemas: newSchemas(), statuses: map[fault.Code]int{}, tags: map[string]bool{}, errors: map[string]bool{}}
	b.doc = &openapi3.T{
		OpenAPI:    "3.1.0",
		Info:       &openapi3.Info{Title: info.Title, Version: info.Version, Description: info.Description, License: info.License},
		Servers:    openapi3.Servers{{URL: "/", Description: "The server that this document comes from."}},
		Paths:      openapi3.NewPaths(),
		Components: components(b.schemas, failures),
	}
	for _, failure := range failures {
		b.statuses[failure.Code] = failure.Status
	}
	for i := range operations {
		o := &operations[i]
		for _, path := range append([]string{o.Path}, o.Aliases...) {
			b.doc.AddOperation(path, o.Method, b.operation(o, path, o.idAt(path)))
		}
	}
	b.sortTags(info.Tags)
	maps.DeleteFunc(b.doc.Components.Responses, func(name string, _ *openapi3.ResponseRef) bool { return !b.errors[name] })
	text, err := json.Marshal(b.doc)
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	var indented bytes.Buffer
	if err = json.Indent(&indented, text, "", "  "); err != nil {
		return nil, fmt.Errorf("indenting the OpenAPI document: %w", err)
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

type builder struct {
	doc      *openapi3.T
	schemas  *schemaSet
	statuses map[fault.Code]int
	tags     map[string]bool
	errors   map[string]bool // names of the error responses to which operations refer
}

// sortTags adds the tags that operations use, in the order of Info. Tags that are
// not in Info come last.
func (b *builder) sortTags(described []Tag) {
	var sorted openapi3.Tags
	for _, tag := range described {
		if b.tags[tag.Name] {
			sorted = append(sorted, &openapi3.Tag{Name: tag.Name, Description: tag.Description})
		}
	}
	for _, tag := range b.doc.Tags {
		if sorted.Get(tag.Name) == nil {
			sorted = append(sorted, tag)
		}
	}
	b.doc.Tags = sorted
}

func (b *builder) operation(o *Operation, path, id string) *openapi3.Operation {
	op := &openapi3.Operation{OperationID: id, Summary: o.Summary, Description: o.Description}
	if o.Tag != "" {
		op.Tags = []string{o.Tag}
		if !b.tags[o.Tag] {
			b.tags[o.Tag] = true
			b.doc.Tags = append(b.doc.Tags, &openapi3.Tag{Name: o.Tag})
		}
	}
	b.documentAccess(op, o)
	if o.Input != nil {
		b.addTypedInput(op, o)
		b.parameters(op, o)
	} else {
		b.addDeclaredInput(op, o)
	}
	b.pathParams(op, path)
	if o.Keyed {
		describeKey(op)
	}
	op.Responses = b.responses(o)
	return op
}

// documentAccess documents who may call the operation, in words and in
// extensions for programs. The extension x-person says that keys are refused.
// The extension x-scopes lists scopes; a limited key needs one of them. The
// extension x-roles lists roles; a staff member needs one of them.
func (b *builder) documentAccess(op *openapi3.Operation, o *Operation) {
	op.Extensions = map[string]any{"x-access": o.Access.Name}
	note := o.Access.Note
	if o.Access.Person {
		op.Extensions["x-person"] = true
	}
	if len(o.Scopes) > 0 {
		op.Extensions["x-scopes"] = o.Scopes
		note += " A key that is limited to scopes needs `" + strings.Join(o.Scopes, "` or `") + "`."
	}
	if len(o.Roles) > 0 {
		op.Extensions["x-roles"] = o.Roles
		note += " A staff member needs the role `" + strings.Join(o.Roles, "` or `") + "`."
	}
	op.Description = strings.TrimSpace(op.Description + "\n\n" + strings.TrimSpace(note))

	op.Security = openapi3.NewSecurityRequirements()
	if o.Access.Scheme == nil {
		return
	}
	b.doc.Components.SecuritySchemes[o.Access.Scheme.Name] = scheme(o.Access.Scheme.Description)
	if o.Access.Optional {
		op.Security.With(openapi3.NewSecurityRequirement())
	}
	op.Security.With(openapi3.NewSecurityRequirement().Authenticate(o.Access.Scheme.Name))
}
