// Command gen writes docs/plans.md from the declaration of a plan.
package main

import (
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/reward"
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
	return os.WriteFile(args[0], reward.Reference(), 0o644) //nolint:gosec // a document for everybody
}
