// Package web serves the Personal Area, which is the page that partners use in
// a browser. The page is built from ui and embedded in the binary, so it needs
// no network and no other files. It calls the same API as every program.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
)

// dist is the built page, which scripts/ui.sh writes. The repository contains only a
// placeholder, so that the server can be built without the page.
//
//go:embed all:dist
var dist embed.FS

// policy lets the page load only its own files and call only its own server. It
// forbids inline styles, which the page does not need because it sets sizes through
// the DOM. It allows images with data: addresses, because the page fetches pictures
// of promo material with the token and shows them at such addresses.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const (
	index = "index.html"

	// assets is the prefix of files with a hash in their names. Such a file never
	// changes, so browsers may cache it for a year.
	assets  = "/assets/"
	forever = "public, max-age=31536000, immutable"

	// promoFiles is the prefix of the API's public files of promo material. They
	// lie below the page's path for the material.
	promoFiles = "/promo/files/"
)

// routes are the first segments of the page's paths. The page itself chooses the
// screen for a path.
var routes = []string{
	"", "sign-in", "register", "forgot", "rewards", "rebates", "wallet", "clients", "accounts", "orders", "campaigns", "promo", "network",
	"performance", "developers", "settings", "explain", "more",
}

var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
}

// Page is the built page.
type Page struct{ files fs.FS }

// Embedded returns the page in this binary.
func Embedded() *Page {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embedded files always contain this directory
	}
	return &Page{files}
}

// Built reports whether the binary was built with the page.
func (p *Page) Built() bool {
	_, err := fs.Stat(p.files, index+".gz")
	return err == nil
}

// Takes reports whether the page handles a request. The page handles requests that a
// browser sends for its paths and files. The API handles all others.
func (p *Page) Takes(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !p.Built() {
		return false
	}
	if strings.HasPrefix(r.URL.Path, assets) {
		return true
	}
	if strings.HasPrefix(r.URL.Path, promoFiles) {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return slices.Contains(routes, first) && !strings.HasPrefix(r.URL.Path, "//") && takesHTML(r.Header)
}

// ServeHTTP implements http.Handler. It handles only requests for which Takes
// returns true.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if name, ok := strings.CutPrefix(r.URL.Path, assets); ok {
		p.send(w, r, "assets/"+name, forever)
		return
	}
	header.Set("Content-Security-Policy", policy)
	header.Add("Vary", "Accept")
	p.send(w, r, index, "no-cache")
}

// send responds with a file in the smallest encoding that the caller accepts.
func (p *Page) send(w http.ResponseWriter, r *http.Request, name, cache string) {
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	body, coding, err := p.read(name, r.Header)
	if err != nil { // a page of an earlier build may request one of its own files
		header.Set("Cache-Control", "no-store")
		http.Error(w, "This file is not part of the page any more. Reload the page.", http.StatusNotFound)
		return
	}
	sum := sha256.Sum256(body)
	header.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	header.Set("Cache-Control", cache)
	if r.Header.Get("If-None-Match") == header.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if coding != "" {
		header.Set("Content-Encoding", coding)
	}
	header.Set("Content-Type", types[path.Ext(name)])
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) //nolint:gosec // the content is a file of the binary; an error means that the caller closed the connection
	}
}

func (p *Page) read(name string, header http.Header) (body []byte, coding string, err error) {
	for _, c := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if acceptsEncoding(header, c.coding) {
			if body, err = fs.ReadFile(p.files, name+c.suffix); err == nil {
				return body, c.coding, nil
			}
		}
	}
	packed, err := fs.ReadFile(p.files, name+".gz")
	if err != nil {
		return nil, "", err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, "", err
	}
	body, err = io.ReadAll(unpacked)
	return body, "", err
}

// acceptsEncoding reports whether the caller accepts an encoding. If the header
// is unclear, it returns false, because every caller can read the uncompressed
// file.
func acceptsEncoding(header http.Header, coding string) bool {
	for element := range strings.SplitSeq(header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(element, ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) && !strings.Contains(params, "q=0") {
			return true
		}
	}
	return false
}

// takesHTML reports whether the Accept header names HTML. It does when a person
// opens an address in a browser.
func takesHTML(header http.Header) bool {
	return strings.Contains(strings.ToLower(header.Get("Accept")), "text/html")
}
