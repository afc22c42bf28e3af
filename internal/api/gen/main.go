// Command gen writes the OpenAPI document of the whole API: go generate.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/api"
)

func main() {
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1) //nolint:forbidigo // main ends the process
	}
}

// write declares every operation; none is called, so nothing stands behind them.
func write(path string) error {
	document, err := api.New(api.Deps{Version: "1"}).Document()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, document, "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	return os.WriteFile(path, text.Bytes(), 0o644) //nolint:gosec // a public document
}
