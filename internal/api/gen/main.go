// Command gen writes documents that are generated from declarations in the
// code. Each run writes one document. The arguments are the name of the
// document and the file to write.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/httpapi/swagger/openapi30"
	"github.com/tributary-server/tributary/internal/reward"
)

var documents = map[string]func() ([]byte, error){
	"configuration": config.Reference,
	"feed":          func() ([]byte, error) { return feed.Reference(), nil },
	"openapi":       func() ([]byte, error) { return openAPI(asWritten) },
	"openapi-3.0":   func() ([]byte, error) { return openAPI(openapi30.Render) },
	"plans":         func() ([]byte, error) { return reward.Reference(), nil },
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1) //nolint:forbidigo // main ends the process
	}
}

func run(args []string) error {
	if len(args) != 2 || documents[args[0]] == nil {
		return fmt.Errorf("usage: gen configuration|feed|openapi|openapi-3.0|plans FILE")
	}
	text, err := documents[args[0]]()
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], text, 0o644) //nolint:gosec // everyone may read the document
}

// openAPI returns the OpenAPI document in the version that render produces. The
// API gets no services, because no operation is called.
func openAPI(render func([]byte) ([]byte, error)) ([]byte, error) {
	document, err := api.New(api.Deps{Version: "1"}).Document()
	if err != nil {
		return nil, err
	}
	if document, err = render(document); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, document, "", "  "); err != nil {
		return nil, err
	}
	text.WriteByte('\n')
	return text.Bytes(), nil
}

// asWritten is a render function for version 3.1, which needs no change.
func asWritten(document []byte) ([]byte, error) { return document, nil }
