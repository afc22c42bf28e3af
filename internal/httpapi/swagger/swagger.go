// Package swagger serves GET /api/schema/. Programs get the OpenAPI document,
// and browsers get Swagger UI with the same document. All files are in the
// binary, so the page works without access to other servers.
package swagger

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/httpapi/swagger/openapi30"
)

// dist is the compressed Swagger UI, which scripts/swagger-ui.sh writes. The
// repository contains only a placeholder, so that the server can be built without
// Swagger UI.
//
//go:embed all:dist
var dist embed.FS

// page contains the files of the page that Tributary adds to Swagger UI.
//
//go:embed page
var page embed.FS

// policy lets the page load its own files and send requests to its own server,
// and nothing else. It forbids inline styles, which Swagger UI does not need
// because it sets styles through the DOM. It allows data: images, because Swagger
// UI's icons are such images.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// cacheFor lets browsers use a file for an hour without a request. After that,
// they send the file's ETag to ask whether the file has changed.
const cacheFor = "public, max-age=3600"

type asset struct {
	file        string // path of a compressed file in dist, or of a plain file in page
	contentType string
}

var assets = map[string]asset{
	"swagger-ui-bundle.js": {"dist/swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8"},
	"swagger-ui.css":       {"dist/swagger-ui.css.gz", "text/css; charset=utf-8"},
	"NOTICE.txt":           {"dist/NOTICE.txt.gz", "text/plain; charset=utf-8"},
	"search.js":            {"page/search.js", "text/javascript; charset=utf-8"},
	"session.js":           {"page/session.js", "text/javascript; charset=utf-8"},
	"initializer.js":       {"page/initializer.js", "text/javascript; charset=utf-8"},
	"page.css":             {"page/page.css", "text/css; charset=utf-8"},
	"icon.svg":             {"page/icon.svg", "image/svg+xml"},
}

// Declare adds the page, its files and the document to r.
func Declare(r *httpapi.Router) {
	d := &document{router: r}
	r.Add(httpapi.Op{
		Method: http.MethodGet, Path: "/api/schema/", ID: "schema", Tag: "Schema", Access: httpapi.Public,
		Summary: "Get this document, as JSON or as a web page",
		Description: "Returns the OpenAPI 3.1 document to a program that accepts `application/json` or sends `?format=openapi`. " +
			"With `?format=openapi-3.0`, returns the same document in OpenAPI 3.0, for tools that cannot read version 3.1. " +
			"Returns Swagger UI to a browser.",
		Formats: []httpapi.Format{
			{Name: "openapi", Type: mediaJSON},
			{Name: "json", Type: mediaJSON},
			{Name: format30, Type: mediaJSON},
			{Name: "html", Type: "text/html"},
		},
	}, nil, openapi.Responses{Examples: map[string]any{
		mediaJSON:   json.RawMessage(`{"openapi":"3.1.0","info":{"title":"Tributary","version":"1.0.0"},"paths":{}}`),
		"text/html": "<!doctype html>\n<html lang=\"en\"><title>Tributary API</title></html>\n",
	}}, d.answer)
	r.Add(httpapi.Op{ // the Exness API has this page under this path
		Method: http.MethodGet, Path: "/api/schema/swagger-ui/", ID: "schema_page", Access: httpapi.Public, Hidden: true,
		Formats: []httpapi.Format{{Name: "html", Type: "text/html"}, {Name: "openapi", Type: mediaJSON}, {Name: format30, Type: mediaJSON}},
	}, nil, openapi.Responses{}, d.answer)
	r.Add(httpapi.Op{
		Method: http.MethodGet, Path: "/api/schema/assets/{file}", ID: "schema_asset", Access: httpapi.Public, Hidden: true, AnyAccept: true,
	}, nil, openapi.Responses{}, answerAsset)
}

const mediaJSON = "application/json"

const format30 = "openapi-3.0"

type document struct {
	router   *httpapi.Router
	v31, v30 rendering
}

// rendering is the document in one version of OpenAPI. It is generated and
// compressed only once.
type rendering struct {
	once         sync.Once
	text, packed []byte
	err          error
}

// prepare generates and compresses the document on the first call.
func (v *rendering) prepare(produce func() ([]byte, error)) error {
	v.once.Do(func() {
		if v.text, v.err = produce(); v.err == nil {
			v.packed, v.err = pack(v.text)
		}
	})
	return v.err
}

// text30 returns the document in OpenAPI 3.0, for the page.
func (d *document) text30() ([]byte, error) {
	text, err := d.router.Document()
	if err != nil {
		return nil, err
	}
	return openapi30.Render(text)
}

func (d *document) answer(_ context.Context, req *httpapi.Request) (httpapi.Response, error) {
	if req.Format.Type == "text/html" {
		return answerPage()
	}
	version, produce := &d.v31, d.router.Document
	if req.Format.Name == format30 {
		version, produce = &d.v30, d.text30
	}
	if err := version.prepare(produce); err != nil {
		return httpapi.Response{}, err
	}
	header := http.Header{"Vary": {"Accept, Accept-Encoding"}}
	if takesGzip(req.HTTP.Header) {
		header.Set("Content-Encoding", "gzip")
		return httpapi.Response{Body: version.packed, Header: header}, nil
	}
	return httpapi.Response{Body: version.text, Header: header}, nil
}

// answerPage returns the page. If the binary was built without Swagger UI, the
// page says how to build it.
func answerPage() (httpapi.Response, error) {
	name := "page/index.html"
	if _, err := fs.Stat(dist, assets["swagger-ui-bundle.js"].file); err != nil {
		name = "page/missing.html"
	}
	body, err := page.ReadFile(name)
	if err != nil {
		return httpapi.Response{}, fmt.Errorf("reading the page: %w", err)
	}
	header := http.Header{"Vary": {"Accept"}, "Content-Security-Policy": {policy}}
	return httpapi.Response{Body: body, ContentType: "text/html; charset=utf-8", Header: header}, nil
}

func answerAsset(_ context.Context, req *httpapi.Request) (httpapi.Response, error) {
	a, ok := assets[req.Path("file")]
	if !ok {
		return httpapi.Response{}, fault.New(fault.NotFound)
	}
	files, packed := page, strings.HasSuffix(a.file, ".gz")
	if packed {
		files = dist
	}
	body, err := files.ReadFile(a.file)
	if err != nil {
		return httpapi.Response{}, fault.New(fault.NotFound) // the binary was built without this file
	}
	sum := sha256.Sum256(body)
	header := http.Header{"Cache-Control": {cacheFor}, "Etag": {`W/"` + hex.EncodeToString(sum[:8]) + `"`}, "Vary": {"Accept-Encoding"}}
	if req.HTTP.Header.Get("If-None-Match") == header.Get("ETag") {
		return httpapi.Response{Status: http.StatusNotModified, Header: header}, nil
	}
	switch {
	case packed && takesGzip(req.HTTP.Header):
		header.Set("Content-Encoding", "gzip")
	case packed:
		if body, err = unpack(body); err != nil {
			return httpapi.Response{}, err
		}
	}
	return httpapi.Response{Body: body, ContentType: a.contentType, Header: header}, nil
}

// takesGzip reports whether the client accepts gzip. If the header is malformed,
// it returns false, because every client can read the uncompressed file.
func takesGzip(header http.Header) bool {
	for coding := range strings.SplitSeq(header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") && !strings.Contains(params, "q=0") {
			return true
		}
	}
	return false
}

func pack(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("compressing the document: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing the document: %w", err)
	}
	return packed.Bytes(), nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking a file of the page: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpacking a file of the page: %w", err)
	}
	return text, nil
}
