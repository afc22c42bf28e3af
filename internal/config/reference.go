package config

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Reference returns the text of docs/configuration.md.
func Reference() ([]byte, error) {
	parser, err := parser(&CLI{}, io.Discard, func(int) {})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(referenceHead)
	known := settingNames(parser.Model)
	fmt.Fprintf(&b, "## Every command\n\n")
	writeFlags(&b, parser.Model.Flags, known)
	for _, leaf := range parser.Model.Leaves(true) {
		writeCommand(&b, leaf, known)
	}
	return b.Bytes(), nil
}

const referenceHead = `<!-- Code generated from internal/config by make generate. DO NOT EDIT. -->

# Configuration

Every option is a flag and has an environment variable. The tables say which options the configuration file may also hold.
If an option is set in several places, a flag overrides the environment, and the environment overrides the file.

The file (` + "`--config`" + `) is YAML or JSON. Its keys are the flags' names. An unknown key is an error:

` + "```yaml" + `
db-file: /run/secrets/tributary-db
listen: 127.0.0.1:8080
trusted-proxy: [10.0.0.0/8, 192.168.1.4/32]
` + "```" + `

An option that may be repeated is a list in the file, and comma-separated in its environment variable.

Exit status: 0 on success, 1 if the command failed or found something wrong (a rejected line, a broken invariant),
2 for a usage error.

`

func writeCommand(b *bytes.Buffer, leaf *kong.Node, known []string) {
	fmt.Fprintf(b, "\n## tributary %s\n\n%s\n", commandName(leaf), leaf.Help)
	if leaf.Detail != "" {
		fmt.Fprintf(b, "\n%s\n", leaf.Detail)
	}
	if len(leaf.Positional) > 0 {
		fmt.Fprint(b, "\n| argument | meaning |\n|---|---|\n")
		for _, p := range leaf.Positional {
			fmt.Fprintf(b, "| `%s` | %s |\n", strings.ToUpper(p.Name), cell(p.Help))
		}
	}
	if len(leaf.Flags) > 0 {
		b.WriteString("\n")
		writeFlags(b, leaf.Flags, known)
	}
}

func writeFlags(b *bytes.Buffer, flags []*kong.Flag, known []string) {
	b.WriteString("| flag | environment | in the file | default | meaning |\n|---|---|---|---|---|\n")
	for _, f := range flags {
		if f.Name == "help" {
			continue
		}
		usual := f.Default
		if usual == "" {
			usual = f.Tag.Get("usual")
		}
		switch {
		case f.Required:
			usual = "required"
		case usual != "":
			usual = "`" + usual + "`"
		}
		name := "--" + f.Name
		if !f.IsBool() {
			name += " " + f.FormatPlaceHolder()
		}
		inFile := ""
		if slices.Contains(known, f.Name) {
			inFile = "`" + f.Name + "`"
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s | %s | %s |\n", cell(name), strings.Join(f.Envs, "`, `"), inFile, usual, cell(f.Help))
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
