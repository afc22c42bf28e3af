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

// jsonOnly are the formats of an operation that declares none.
var jsonOnly = []Format{FormatJSON}

// maxRanges bounds how many media ranges of one Accept header are read.
const maxRanges = 64

// negotiate chooses the representation by ?format=, or else by Accept.
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

// mediaRange is one element of an Accept header.
type mediaRange struct {
	kind, subtype string // "*" stands for any
	quality       int    // in thousandths
}

// parseAccept reads the media ranges of an Accept header. It skips elements
// that are not media ranges; a header with none at all accepts everything.
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

// qualityOf finds q among an element's parameters. An unreadable q counts as 1:
// the caller did name the type.
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

// bestOffer returns the offer with the highest quality. Among equals it prefers
// the one named more exactly, then the one declared first. The most exact range
// that matches an offer gives its quality, so q=0 excludes a type from a
// wildcard.
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

// checkMedia refuses a body that the operation does not read. It is called only
// when there is a body.
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
