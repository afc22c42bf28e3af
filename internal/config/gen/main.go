// Command gen writes docs/configuration.md from the command line's
// declaration.
package main

import (
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/config"
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
	text, err := config.Reference()
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], text, 0o644) //nolint:gosec // a document for everybody
}
