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

// Limits on what a visitor's link may carry. Longer values are cut and further
// ones are left out: a visitor is never refused because of them.
const (
	maxQuery = 8 << 10            // bytes that are read
	maxText  = int(free.FactText) // for a code or a sub_id, as in a fact
	maxValue = 512                // characters of any other parameter
	maxName  = 40                 // bytes of a parameter's name

	// Known parameters and the partner's own have separate budgets, so that
	// neither can use up the other's.
	maxKnown, maxKnownBytes = 16, 2 << 10
	maxNamed, maxNamedBytes = 16, 1 << 10
)

// MaxParams bounds Click.Params, in bytes.
const MaxParams = maxKnownBytes + maxNamedBytes

// adParams are the click ids that advertisers and trackers add to links.
var adParams = map[string]bool{
	"gclid": true, "gbraid": true, "wbraid": true, "dclid": true, "fbclid": true, "msclkid": true, "ttclid": true, "twclid": true,
	"yclid": true, "li_fat_id": true, "rdt_cid": true, "sccid": true, "epik": true, "irclickid": true, "clickid": true,
}

// These are the names of a link's own parameters. Landing pages get the last
// three. In a link they would be values of someone else.
const (
	nameCampaign = "campaign"
	nameSubID    = "sub_id"
	nameSubIDToo = "subid" // another name of sub_id
	nameLink     = "l"
	nameMaterial = "m"
	nameClickID  = "click_id"
	nameCode     = "partner_code"
)

// IsLinkParameter reports whether a link may carry a parameter of this name,
// which postbacks can send back. Names that suggest credentials are refused.
func IsLinkParameter(name string) bool {
	switch strings.ToLower(name) {
	case "", nameCampaign, nameSubID, nameSubIDToo, nameLink, nameMaterial, nameClickID, nameCode,
		"password", "passwd", "pwd", "secret", "token", "access_token", "refresh_token", "id_token", "api_key", "apikey", "authorization", "otp":
		return false
	}
	return len(name) <= maxName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}

// IsKnownParameter reports whether a parameter is a utm parameter or a click id
// that advertisers add. Landing pages get these too.
func IsKnownParameter(name string) bool { return adParams[name] || isUTM(name) }

// KnownParameters lists the click ids that advertisers add and the usual utm
// parameters, in no order.
func KnownParameters() []string {
	return slices.AppendSeq([]string{"utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"}, maps.Keys(adParams))
}

// visit is a tracked link's query, within bounds.
type visit struct {
	campaign string
	link     int64
	sub      string
	material int64
	known    budget // utm and advertisers' click ids: the landing page gets them too
	named    budget // other parameters that the partner put into its link
}

// budget is a query that grows up to a limit.
type budget struct {
	query strings.Builder
	count int
}

func (b *budget) add(name, value string, most, mostBytes int) (taken bool) {
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

// params returns everything that is kept with the click, as a query.
func (v *visit) params() string { return linkcode.Join(v.known.query.String(), v.named.query.String()) }

// read reads a query within bounds. If a parameter occurs twice the first one
// counts. Links that were copied out of HTML have "&amp;" between parameters.
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

// take keeps one parameter if visitors' links may carry it.
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

// clean makes a text printable and valid, and cuts it to most characters.
func clean(text string, most int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text))
	n := 0
	for i := range text {
		if n == most {
			return strings.TrimSpace(text[:i])
		}
		n++
	}
	return text
}

// CleanSubID returns a sub_id as clicks keep it.
func CleanSubID(text string) string { return clean(text, maxText) }

// country reads a proxy's country header: two letters; anything else is
// unknown.
func country(said string) string {
	said = strings.ToUpper(strings.TrimSpace(said))
	if len(said) != 2 || strings.Trim(said, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || said == "XX" || said == "ZZ" {
		return ""
	}
	return said
}

var mobileMarks = []string{"mobile", "android", "iphone", "ipad", "ipod"}

// platform guesses what a visitor uses, for links that have no platform.
func platform(agent string) string {
	agent = strings.ToLower(agent)
	for _, mark := range mobileMarks {
		if strings.Contains(agent, mark) {
			return campaign.PlatformMobile
		}
	}
	return campaign.PlatformWeb
}
