package click

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/linkcode"
	free "github.com/tributary-server/tributary/internal/text"
)

// These constants limit the query of a tracked link. A longer value is cut and
// an extra value is ignored, so that a visitor is never refused because of
// these limits.
const (
	maxQuery = 8 << 10            // bytes of the query that are read
	maxText  = int(free.FactText) // characters of a code or a sub_id, as in facts
	maxValue = 512                // characters of any other value
	maxName  = 40                 // bytes of a parameter's name

	// The parameters that IsKnownParameter accepts and the partner's own
	// parameters have separate limits, so that neither kind uses up the space
	// of the other.
	maxKnown, maxKnownBytes = 16, 2 << 10
	maxNamed, maxNamedBytes = 16, 1 << 10
)

// MaxParams is the maximum length of Click.Params in bytes.
const MaxParams = maxKnownBytes + maxNamedBytes

// adParams are the click ids that ad networks and trackers add to links.
var adParams = map[string]bool{
	"gclid": true, "gbraid": true, "wbraid": true, "dclid": true, "fbclid": true, "msclkid": true, "ttclid": true, "twclid": true,
	"yclid": true, "li_fat_id": true, "rdt_cid": true, "sccid": true, "epik": true, "irclickid": true, "clickid": true,
}

// These parameters have a meaning in links or on landing pages. The server
// itself adds click_id and partner_code to the landing page's address, so it
// ignores both in a link.
const (
	nameCampaign = "campaign"
	nameSubID    = "sub_id"
	nameSubIDToo = "subid" // another name for sub_id
	nameLink     = "l"
	nameMaterial = "m"
	nameClickID  = "click_id"
	nameCode     = "partner_code"
)

// IsLinkParameter reports whether the server stores a link's parameter that has
// this name, so that postbacks can send it back. The server does not store
// parameters whose names suggest credentials.
func IsLinkParameter(name string) bool {
	switch strings.ToLower(name) {
	case "", nameCampaign, nameSubID, nameSubIDToo, nameLink, nameMaterial, nameClickID, nameCode,
		"password", "passwd", "pwd", "secret", "token", "access_token", "refresh_token", "id_token", "api_key", "apikey", "authorization", "otp":
		return false
	}
	return len(name) <= maxName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}

// IsKnownParameter reports whether a parameter is a utm parameter or the click
// id of an ad network. The server also passes such parameters to the landing
// page.
func IsKnownParameter(name string) bool { return adParams[name] || isUTM(name) }

// KnownParameters returns the click ids of ad networks and the usual utm
// parameters in any order.
func KnownParameters() []string {
	return slices.AppendSeq([]string{"utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"}, maps.Keys(adParams))
}

type visit struct {
	campaign string
	link     int64
	sub      string
	material int64
	known    limitedQuery // utm parameters and click ids of ad networks; also passed to the landing page
	named    limitedQuery // other parameters of the link
}

// limitedQuery builds a query up to a maximum size.
type limitedQuery struct {
	query strings.Builder
	count int
}

func (b *limitedQuery) add(name, value string, most, mostBytes int) (taken bool) {
	value = url.QueryEscape(value)
	if value == "" || b.count == most || b.query.Len()+len(name)+len(value)+2 > mostBytes {
		return false
	}
	if b.count > 0 {
		b.query.WriteByte('&')
	}
	b.query.WriteString(name)
	b.query.WriteByte('=')
	b.query.WriteString(value)
	b.count++
	return true
}

func (v *visit) params() string { return linkcode.Join(v.known.query.String(), v.named.query.String()) }

// read parses a query within the limits. If a parameter is repeated, its first
// value counts. "&amp;" also separates parameters, because links are copied
// from HTML.
func read(query string) *visit {
	if len(query) > maxQuery {
		query = query[:maxQuery]
		query = query[:strings.LastIndexByte(query, '&')+1]
	}
	v, seen := &visit{}, make([]string, 0, 8)
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(strings.TrimPrefix(part, "amp;"), "=")
		if name == nameSubIDToo {
			name = nameSubID
		}
		if value == "" || len(name) > maxName || slices.Contains(seen, name) {
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil && v.take(name, value) {
			seen = append(seen, name)
		}
	}
	return v
}

// take stores a parameter. It returns false if links cannot have this parameter
// or if the parameter exceeds the limits.
func (v *visit) take(name, value string) bool {
	switch name {
	case nameCampaign:
		v.campaign = clean(value, maxText)
	case nameSubID:
		v.sub = clean(value, maxText)
	case nameLink:
		v.link = positive(value)
	case nameMaterial:
		v.material = positive(value)
	default:
		switch {
		case IsKnownParameter(name):
			return v.known.add(name, clean(value, maxValue), maxKnown, maxKnownBytes)
		case IsLinkParameter(name):
			return v.named.add(name, clean(value, maxValue), maxNamed, maxNamedBytes)
		default:
			return false
		}
	}
	return true
}

func isUTM(name string) bool {
	rest, is := strings.CutPrefix(name, "utm_")
	return is && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func positive(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// clean removes invalid and unprintable characters, and cuts the text after
// maxChars characters.
func clean(text string, maxChars int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text))
	n := 0
	for i := range text {
		if n == maxChars {
			return strings.TrimSpace(text[:i])
		}
		n++
	}
	return text
}

// CleanSubID returns a sub_id in the form that is stored with clicks.
func CleanSubID(text string) string { return clean(text, maxText) }

// country returns the country in a proxy's header, or "" if the header has no
// two-letter code.
func country(said string) string {
	said = strings.ToUpper(strings.TrimSpace(said))
	if len(said) != 2 || strings.Trim(said, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || said == "XX" || said == "ZZ" {
		return ""
	}
	return said
}

var mobileMarks = []string{"mobile", "android", "iphone", "ipad", "ipod"}

// platform guesses the platform from the visitor's user agent. The server calls
// it for links that name no platform.
func platform(agent string) string {
	agent = strings.ToLower(agent)
	for _, mark := range mobileMarks {
		if strings.Contains(agent, mark) {
			return campaign.PlatformMobile
		}
	}
	return campaign.PlatformWeb
}
