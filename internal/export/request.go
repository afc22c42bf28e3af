package export

import (
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/tributary-server/tributary/internal/report"
)

// ignored are the parameters that do not affect the content of a workbook.
var ignored = []string{"format", "limit", "offset", report.BOMParameter}

// requestOf writes a request as text. Requests for the same report with the
// same filters have the same text.
func requestOf(d *report.Definition, r *report.Request) string {
	path := strings.Split(d.Path, "/")
	for i, segment := range path {
		if name, is := placeholder(segment); is {
			path[i] = url.PathEscape(r.Path(name))
		}
	}
	query := maps.Clone(r.Params)
	for _, name := range ignored {
		delete(query, name)
		delete(query, name+"[]")
	}
	if len(query) == 0 {
		return strings.Join(path, "/")
	}
	return strings.Join(path, "/") + "?" + query.Encode()
}

// parseRequest parses the text that requestOf has written.
func (e *Export) parseRequest() (*report.Definition, *report.Request, error) {
	d := report.ByID(e.Report)
	if d == nil {
		return nil, nil, fmt.Errorf("there is no report %q", e.Report)
	}
	u, err := url.Parse(e.Request)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the request of an export: %w", err)
	}
	values := map[string]string{}
	path := strings.Split(u.EscapedPath(), "/")
	for i, segment := range strings.Split(d.Path, "/") {
		name, is := placeholder(segment)
		if !is || i >= len(path) {
			continue
		}
		if values[name], err = url.PathUnescape(path[i]); err != nil {
			return nil, nil, fmt.Errorf("reading the request of an export: %w", err)
		}
	}
	return d, &report.Request{
		PartnerID: e.PartnerID, Params: u.Query(), Output: report.XLSX, Path: func(name string) string { return values[name] },
	}, nil
}

func placeholder(segment string) (name string, is bool) {
	return strings.Trim(segment, "{}"), strings.HasPrefix(segment, "{")
}
