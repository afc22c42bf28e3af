package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

var (
	repository  = filepath.Join("..", "..")
	codeBlock   = regexp.MustCompile("(?s)```(sh)?\n(.*?)```")
	walkAddress = "127.0.0.1:8080"
)

// walkThrough implements "walk PAGE ADDRESS [HEADING]". It runs the commands on a
// page of docs in order, or only those of one section. The output must contain
// each line that the page shows, in the same order.
func walkThrough(root string) func(ts *testscript.TestScript, _ bool, args []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		page, err := os.ReadFile(filepath.Join(root, "docs", args[0]))
		ts.Check(err)
		if len(args) > 2 {
			_, section, found := strings.Cut(string(page), "\n## "+args[2]+"\n")
			if !found {
				ts.Fatalf("%s has no section %s", args[0], args[2])
			}
			section, _, _ = strings.Cut(section, "\n## ")
			page = []byte(section)
		}
		facts, err := os.ReadFile(filepath.Join(root, "examples", "programme.ndjson"))
		ts.Check(err)
		ts.Check(os.Mkdir(ts.MkAbs("examples"), 0o755))
		ts.Check(os.WriteFile(ts.MkAbs("examples/programme.ndjson"), facts, 0o600))
		var script strings.Builder
		var expected []string
		script.WriteString("set -euo pipefail\n")
		for _, block := range codeBlock.FindAllStringSubmatch(string(page), -1) {
			if block[1] == "sh" {
				script.WriteString(strings.ReplaceAll(block[2], walkAddress, args[1]))
				continue
			}
			expected = append(expected, strings.Split(strings.TrimSpace(block[2]), "\n")...)
		}
		ts.Check(os.WriteFile(ts.MkAbs("walk.sh"), []byte(script.String()), 0o600))
		ts.Check(ts.Exec("bash", "walk.sh"))
		rest := ts.ReadFile("stdout")
		for _, line := range expected {
			_, after, found := strings.Cut(rest, line)
			if !found {
				ts.Fatalf("%s: the commands do not print %s at this place; the rest of the output:\n%s", args[0], line, rest)
			}
			rest = after
		}
		if len(expected) == 0 {
			ts.Fatalf("%s has no commands", args[0])
		}
	}
}
