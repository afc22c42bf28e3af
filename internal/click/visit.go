package click

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/campaign"
)

// Limits on what a stranger's link may carry. What is longer is cut, what is
// more is left out: a visitor is never turned away for it.
const (
	maxQuery  = 8 << 10 // bytes that are looked at
	maxText   = 100     // characters of a code or a sub_id, as in a fact
	maxValue  = 256     // characters of a utm parameter or an advertiser's click id
	maxParams = 16      // of these
	maxTotal  = 2 << 10 // bytes of all of these, as a query
	maxName   = 40      // bytes of a parameter's name
)

// adParams are the click ids that advertisers add to links.
var adParams = map[string]bool{
	"gclid": true, "gbraid": true, "wbraid": true, "dclid": true, "fbclid": true, "msclkid": true, "ttclid": true, "twclid": true,
	"yclid": true, "li_fat_id": true, "rdt_cid": true, "sccid": true, "epik": true, "irclickid": true, "clickid": true,
}

// visit is a tracked link's query, in bounds.
type visit struct {
	campaign string
	link     int64
	sub      string
	material int64
	params   url.Values // utm and advertisers' click ids
}

// read brings a query into bounds. Of a parameter that comes twice the first
// one counts.
func read(query string) visit {
	if len(query) > maxQuery {
		query = query[:maxQuery]
		query = query[:strings.LastIndexByte(query, '&')+1]
	}
	v := visit{params: url.Values{}}
	total, seen := 0, map[string]bool{}
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if len(name) > maxName || seen[name] || value == "" {
			continue
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		switch {
		case name == "campaign":
			v.campaign = clean(value, maxText)
		case name == "sub_id":
			v.sub = clean(value, maxText)
		case name == "l":
			v.link = positive(value)
		case name == "m":
			v.material = positive(value)
		case adParams[name] || isUTM(name):
			value = clean(value, maxValue)
			size := len(name) + len(url.QueryEscape(value)) + 2
			if value == "" || len(v.params) == maxParams || total+size > maxTotal {
				continue
			}
			total += size
			v.params[name] = []string{value}
		default:
			continue
		}
		seen[name] = true
	}
	return v
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

// clean makes a text printable, valid and no longer than most characters.
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

// CleanSubID is a sub_id as clicks keep it.
func CleanSubID(text string) string { return clean(text, maxText) }

// country reads what a proxy says: two letters; anything else is unknown.
func country(said string) string {
	said = strings.ToUpper(strings.TrimSpace(said))
	if len(said) != 2 || strings.Trim(said, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || said == "XX" || said == "ZZ" {
		return ""
	}
	return said
}

var mobileMarks = []string{"mobile", "android", "iphone", "ipad", "ipod"}

// platform guesses what a visitor uses, for links that are for none.
func platform(agent string) string {
	agent = strings.ToLower(agent)
	for _, mark := range mobileMarks {
		if strings.Contains(agent, mark) {
			return campaign.PlatformMobile
		}
	}
	return campaign.PlatformWeb
}

// botMarks are what programs that are no browsers say of themselves.
var botMarks = []string{
	"bot", "crawl", "spider", "slurp", "scrape", "scrapy", "preview", "facebookexternalhit", "facebookcatalog", "meta-externalagent", "whatsapp/",
	"headless", "phantomjs", "lighthouse", "pingdom", "uptime", "monitor", "curl/", "wget/", "python", "go-http-client", "java/", "libwww",
	"httpclient", "http_client", "axios", "node-fetch", "ruby", "perl", "php/", "mediapartners", "feedfetcher", "embedly", "vkshare", "quora link",
	"pinterest/0", "validator", "google-inspectiontool", "google-safety", "bingpreview", "archiver", "wayback", "censys", "masscan", "nmap",
}

// notBots are names of devices with a mark in them.
var notBots = strings.NewReplacer("cubot", "")

// IsBot reports whether a program says that it is no browser. Saying nothing
// is saying that.
func IsBot(agent string) bool {
	agent = notBots.Replace(strings.ToLower(strings.TrimSpace(agent)))
	if agent == "" {
		return true
	}
	for _, mark := range botMarks {
		if strings.Contains(agent, mark) {
			return true
		}
	}
	return false
}
