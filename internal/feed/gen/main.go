// Command gen writes docs/feed.md from the table of fact types.
package main

import (
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/feed"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1) //nolint:forbidigo // main ends the process
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: gen FILE")
	}
	return os.WriteFile(args[0], feed.Reference(), 0o644) //nolint:gosec // a document for everybody
}
