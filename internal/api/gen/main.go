// Command gen writes the OpenAPI document of the whole API: go generate. With
// -3.0 before the file's name it writes the rendering that the page reads.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/api/schema/openapi30"
)

func main() {
	older := len(os.Args) > 2 && os.Args[1] == "-3.0"
	if err := write(os.Args[len(os.Args)-1], older); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1) //nolint:forbidigo // main ends the process
	}
}

// write declares every operation; none is called, so nothing stands behind them.
func write(path string, older bool) error {
	document, err := api.New(api.Deps{Version: "1"}).Document()
	if err != nil {
		return err
	}
	if older {
		if document, err = openapi30.Render(document); err != nil {
			return err
		}
	}
	var text bytes.Buffer
	if err := json.Indent(&text, document, "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	return os.WriteFile(path, text.Bytes(), 0o644) //nolint:gosec // a public document
}
