package httpapi

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

// jsonOnly is the default of Op.Formats.
var jsonOnly = []Format{FormatJSON}

// maxRanges is how many media ranges of an Accept header are read. Further
// ranges are ignored, because a client could send thousands.
const maxRanges = 64

// negotiate chooses the format of the response. The query parameter format takes
// precedence over the Accept header.
func negotiate(op *endpoint, header http.Header, query url.Values) (Format, error) {
	offers := op.Formats
	if len(offers) == 0 {
		if err := op.onlyJSON(query); err != nil {
			return Format{}, err
		}
		offers = jsonOnly
	} else if asked := query["format"]; len(asked) > 0 && asked[len(asked)-1] != "" {
		for _, offer := range offers {
			if strings.EqualFold(offer.Name, asked[len(asked)-1]) {
				return offer, nil
			}
		}
		return Format{}, fault.Invalid("format", "invalid_choice", bind.NotAChoice(asked[len(asked)-1]))
	}
	accept := header["Accept"]
	if op.AnyAccept || len(accept) == 0 || (len(accept) == 1 && (accept[0] == "*/*" || accept[0] == offers[0].Type)) {
		return offers[0], nil
	}
	if offer, ok := bestOffer(parseAccept(accept), offers); ok {
		return offer, nil
	}
	return Format{}, &fault.Error{Code: notAcceptable}
}

type mediaRange struct {
	kind, subtype string // "*" means any type
	quality       int    // value of the parameter q, in thousandths
}

// parseAccept parses the media ranges of an Accept header. It skips invalid
// elements. A header without valid elements accepts everything.
func parseAccept(lines []string) []mediaRange {
	var ranges []mediaRange
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(element, ";")
			kind, subtype, ok := strings.Cut(strings.ToLower(strings.TrimSpace(name)), "/")
			if !ok || kind == "" || subtype == "" || (kind == "*" && subtype != "*") {
				continue
			}
			ranges = append(ranges, mediaRange{kind: kind, subtype: subtype, quality: qualityOf(params)})
			if len(ranges) == maxRanges {
				return ranges
			}
		}
	}
	return ranges
}

// qualityOf returns the parameter q in thousandths. If q is invalid, it returns
// 1000, because the client has named the media type and so accepts it.
func qualityOf(params string) int {
	for param := range strings.SplitSeq(params, ";") {
		name, value, ok := strings.Cut(param, "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 1000
		}
		return int(q * 1000)
	}
	return 1000
}

// bestOffer returns the offer with the highest quality. If several offers have
// the same quality, it prefers the one that a more exact range matches, and then
// the one that was declared first. The quality of an offer is that of the most
// exact range that matches it, so a range with q=0 excludes a type even if a
// wildcard accepts it.
func bestOffer(ranges []mediaRange, offers []Format) (Format, bool) {
	if len(ranges) == 0 {
		return offers[0], true
	}
	best, bestQuality, bestExact := Format{}, 0, -1
	for _, offer := range offers {
		kind, subtype, _ := strings.Cut(offer.Type, "/")
		quality, exact := 0, -1
		for _, r := range ranges {
			match := -1
			switch {
			case r.kind == kind && r.subtype == subtype:
				match = 2
			case r.kind == kind && r.subtype == "*":
				match = 1
			case r.kind == "*":
				match = 0
			}
			if match > exact || (match == exact && match >= 0 && r.quality > quality) {
				quality, exact = r.quality, match
			}
		}
		if quality > bestQuality || (quality == bestQuality && quality > 0 && exact > bestExact) {
			best, bestQuality, bestExact = offer, quality, exact
		}
	}
	return best, bestQuality > 0
}

// checkMedia returns UnsupportedMediaType if the operation does not accept the
// body's media type. The request must have a body.
func checkMedia(header http.Header, accepted []string) (mediaType string, err error) {
	given := header.Get("Content-Type")
	mediaType, _, err = mime.ParseMediaType(given)
	if err != nil && mediaType == "" {
		return "", errMedia(given)
	}
	if !slices.Contains(accepted, mediaType) {
		return "", errMedia(mediaType)
	}
	return mediaType, nil
}
