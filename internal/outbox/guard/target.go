package guard

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	free "github.com/tributary-server/tributary/internal/text"
)

// MaxURL is the maximum length of a URL in bytes.
const MaxURL = 8192

// target is a parsed URL. Its name has not been looked up yet.
type target struct {
	url  *url.URL   // in ASCII
	host string     // lower-case name without a final dot; empty if the host is an IP address
	addr netip.Addr // IP address; invalid if the host is a name
	port uint16
}

// notHTTP lists, in ascending order, ports above 1023 that other protocols use.
// Some of them are also blocked by browsers. The others belong to databases,
// queues and administration consoles.
var notHTTP = []uint16{
	1433, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5984, 5985, 6000,
	6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092, 9100, 9200, 9300, 10080, 10250, 10255, 11211, 27017, 27018,
}

// PortAllowed reports whether requests to a port are allowed. Ports 80 and 443
// are allowed, and also all ports above 1023 that are not in notHTTP.
func PortAllowed(port uint16) bool {
	if port < 1024 {
		return port == 80 || port == 443
	}
	_, known := slices.BinarySearch(notHTTP, port)
	return !known
}

// parse parses a URL and applies the rules that need no network. Its errors are
// written to the log and never shown to partners.
func parse(text string) (*target, error) {
	if len(text) > MaxURL {
		return nil, fmt.Errorf("the URL is longer than %d bytes", MaxURL)
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c == 0x7f || c == '\\' {
			return nil, fmt.Errorf("the URL contains the byte %#x", c)
		}
	}
	u, err := url.Parse(escapeInvalid(text))
	if err != nil {
		return nil, fmt.Errorf("not a URL: %w", err)
	}
	t := &target{url: u}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the scheme %q is not allowed", u.Scheme)
	case u.Opaque != "" || u.Host == "":
		return nil, fmt.Errorf("the URL has no host")
	case u.User != nil:
		return nil, fmt.Errorf("the URL has a user name")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, fmt.Errorf("the URL has a fragment")
	}
	if err := t.readHost(u.Host); err != nil {
		return nil, err
	}
	t.url.Host = t.hostport()
	return t, nil
}

// Target returns the path and query that a request to a URL has. It returns
// ErrRefused if a request to the URL is not allowed.
func Target(url string) (string, error) {
	t, err := parse(url)
	if err != nil {
		return "", refused(err)
	}
	return t.url.RequestURI(), nil
}

// Host returns the host of a URL in its normal form. This is a name in
// lower-case ASCII without a final dot, or an IP address. It returns ErrRefused
// if a request to the URL is not allowed.
func Host(url string) (string, error) {
	t, err := parse(url)
	switch {
	case err != nil:
		return "", refused(err)
	case t.host == "":
		return t.addr.Unmap().String(), nil
	default:
		return t.host, nil
	}
}

func (t *target) readHost(hostport string) error {
	if strings.ContainsAny(hostport, "%@/?#<>^|`{}\"'") {
		return fmt.Errorf("the host %q is not valid", hostport)
	}
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i > strings.LastIndexByte(hostport, ']') {
		if host, port = hostport[:i], hostport[i+1:]; port == "" {
			return fmt.Errorf("the host has a colon but no port")
		}
	}
	if err := t.readPort(port); err != nil {
		return err
	}
	if inner, is := strings.CutPrefix(host, "["); is {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !addr.Is6() || addr.Zone() != "" {
			return fmt.Errorf("the address %q is not valid", host)
		}
		t.addr = addr
		return nil
	}
	return t.readName(host)
}

func (t *target) readPort(text string) error {
	t.port = 80
	if t.url.Scheme == "https" {
		t.port = 443
	}
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || strings.Trim(text, "0123456789") != "" || !PortAllowed(uint16(n)) {
		return fmt.Errorf("the port %q is not allowed", text)
	}
	t.port = uint16(n)
	return nil
}

// These are the limits of DNS on a host name and on each of its parts between
// dots.
const (
	maxName  = int(free.Host)
	maxLabel = 63
)

// readName parses a name or an IPv4 address. It refuses other notations of an
// address, such as decimal or octal numbers, because systems interpret them in
// different ways.
func (t *target) readName(host string) error {
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return fmt.Errorf("the host %q is not valid: %w", host, err)
	}
	name = strings.TrimSuffix(name, ".")
	if addr, err := netip.ParseAddr(name); err == nil {
		if !addr.Is4() {
			return fmt.Errorf("the IPv6 address %q has no brackets", host)
		}
		t.addr = addr
		return nil
	}
	labels := strings.Split(name, ".")
	if name == "" || len(name) > maxName || isNumber(labels[len(labels)-1]) {
		return fmt.Errorf("the host %q is not valid", host)
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("the host %q is not valid", host)
		}
	}
	t.host = name
	return nil
}

// isNumber reports whether some system might read a name as an IPv4 address
// because it ends in this label.
func isNumber(label string) bool {
	if hex, is := strings.CutPrefix(label, "0x"); is {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// hostport returns the host as it appears in a URL. The port is omitted if it
// is the scheme's default port.
func (t *target) hostport() string {
	host := t.host
	if host == "" {
		host = t.addr.String()
	}
	if standard := map[string]uint16{"http": 80, "https": 443}[t.url.Scheme]; t.port != standard {
		return net.JoinHostPort(host, strconv.Itoa(int(t.port)))
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// escapeInvalid percent-encodes the characters that are not allowed in a path or
// query, and leaves existing escapes alone. Package net/url cannot be used, because
// it would change a path that is not valid.
func escapeInvalid(text string) string {
	start := strings.Index(text, "://")
	if start < 0 {
		return text
	}
	start += len("://")
	end := strings.IndexAny(text[start:], "/?#")
	if end < 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:start+end])
	for _, c := range []byte(text[start+end:]) {
		if c < 0x80 && !strings.ContainsRune("\"<>^`{|}", rune(c)) {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
