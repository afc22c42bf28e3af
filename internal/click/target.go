package click

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// target is an address to which links lead. It is split at the place where a
// query can be added. The broker's own part of the address is never encoded
// again, because some sites sign their addresses and some use semicolons
// between parameters.
type target struct {
	before   string // address up to the fragment
	fragment string // fragment with its '#', or empty
}

func newTarget(address string) *target {
	t := &target{before: encodeForHeader(address)}
	if i := strings.IndexByte(t.before, '#'); i >= 0 {
		t.before, t.fragment = t.before[:i], t.before[i:]
	}
	return t
}

// encodeForHeader encodes the characters that a header must not contain, in the
// same way as browsers.
func encodeForHeader(address string) string {
	var b strings.Builder
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (t *target) String() string { return t.before + t.fragment }

func (t *target) withQuery(query string) string {
	separator := "?"
	if strings.Contains(t.before, "?") {
		separator = "&"
	}
	if strings.HasSuffix(t.before, "?") || strings.HasSuffix(t.before, "&") {
		separator = ""
	}
	return t.before + separator + query + t.fragment
}

// addedQuery returns the query that is added to the landing page's address. The
// query tells the page about the click.
func (s *Service) addedQuery(c *Click, v *visit) string {
	var b strings.Builder
	b.WriteString(nameClickID + "=")
	b.WriteString(s.signer.ID(Ref{c.PartnerID, c.UID}))
	add := func(name, value string) {
		if value != "" {
			b.WriteByte('&')
			b.WriteString(name)
			b.WriteByte('=')
			b.WriteString(url.QueryEscape(value))
		}
	}
	add(nameCode, c.LinkCode)
	add(nameCampaign, c.CampaignCode)
	add(nameSubID, c.SubID)
	if c.MaterialID != 0 {
		add(nameMaterial, strconv.FormatInt(c.MaterialID, 10))
	}
	if v.known.count > 0 {
		b.WriteByte('&')
		b.WriteString(v.known.query.String())
	}
	return b.String()
}
