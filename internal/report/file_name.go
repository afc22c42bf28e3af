package report

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/page"
)

// maxFilterName is the maximum number of characters that the filters of a
// request take in the name of a file. Most file systems allow 255 characters
// for a whole name.
const maxFilterName = 96

// FileName returns the name of a CSV or XLSX file. The name consists of the
// report's id, the filters and the time zone of the report's days, so that a file
// shows what it contains after it was saved. The caller passes the names of the
// parameters that select the rows. The file's name has them in the same order.
func FileName(reportID string, params url.Values, names []string, zone *time.Location, output Output) string {
	q := page.NewQuery(params)
	var filters strings.Builder
	digest := fnv.New32a() // files with different filters keep different names
	for _, name := range names {
		values := q.Values(name)
		if values == nil {
			continue
		}
		filters.WriteString("_" + name)
		if name == emailFilter || name == searchFilter {
			continue // a file's name is seen by others, so nothing in it depends on the address of a client
		}
		for i, text := range values {
			_, _ = fmt.Fprintf(digest, "%s=%q;", name, text)
			separator := "+"
			if i == 0 {
				separator = "-"
			}
			if filters.Len() <= maxFilterName {
				filters.WriteString(separator + fileSafe(text))
			}
		}
	}
	text := filters.String()
	if len(text) > maxFilterName {
		text = text[:maxFilterName-9] + fmt.Sprintf("-%08x", digest.Sum32())
	}
	return reportID + text + "_" + fileSafe(zone.String()) + "." + string(output)
}

// fileSafe replaces every character that is not safe in a file's name on every
// system.
func fileSafe(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, text)
}

// FileName returns the name of the file that a request returns.
func (s *Service) FileName(d *Definition, r *Request, output Output) string {
	params, names := url.Values{}, pathNames(d.Path)
	for _, name := range names {
		params.Set(name, r.Path(name))
	}
	if !d.Single {
		for _, p := range d.Parameters() {
			names = append(names, p.Name)
			if values := r.Params[p.Name]; values != nil {
				params[p.Name] = values
			}
		}
	}
	zone := s.options.Zone
	if d.UTC {
		zone = time.UTC
	}
	return FileName(d.ID, params, names, zone, output)
}
