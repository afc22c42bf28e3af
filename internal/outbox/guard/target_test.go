package guard_test

import (
	"context"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// zone is a resolver that knows only the names in the map.
type zone map[string][]string

func (z zone) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	texts, known := z[strings.TrimSuffix(host, ".")]
	if !known {
		return nil, &net.DNSError{Err: "no such host", Name: host, Server: "10.0.0.53:53", IsNotFound: true}
	}
	var addrs []netip.Addr
	for _, text := range texts {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

var names = zone{
	"example.com":              {"93.184.215.14"},
	"both.example.com":         {"93.184.215.14", "2606:4700::1111"},
	"mapped.example.com":       {"::ffff:93.184.215.14"}, // some resolvers return IPv4 addresses in this form
	"xn--bcher-kva.example":    {"93.184.215.14"},
	"127.0.0.1.example.com":    {"93.184.215.14"},
	"0x7f.1.example.com":       {"93.184.215.14"},
	"loop.example.com":         {"127.0.0.1"},
	"mixed.example.com":        {"93.184.215.14", "10.0.0.1"},
	"mixed6.example.com":       {"93.184.215.14", "fd00::1"},
	"mappedloop.example.com":   {"::ffff:127.0.0.1"},
	"nat64.example.com":        {"64:ff9b::7f00:1"},
	"own.example.com":          {"93.184.215.99"},
	"none.example.com":         {},
	"localhost":                {"127.0.0.1"},
	"intranet":                 {"93.184.215.14"},
	"metadata.google.internal": {"169.254.169.254"},
}

var accepted = []string{
	"http://example.com", "https://example.com/", "HTTPS://EXAMPLE.COM/Path?q=1&q=2", "http://example.com.", "https://example.com:443/x",
	"http://example.com:80", "http://example.com:8080/hook", "https://example.com:65535", "http://example.com/a%20b?c=%2F", "http://example.com?x=ü",
	"http://both.example.com/", "http://mapped.example.com/", "http://bücher.example/", "http://BÜCHER.example/", "http://xn--bcher-kva.example/",
	"http://127.0.0.1.example.com/", "http://0x7f.1.example.com/", "http://93.184.215.14/", "http://93.184.215.14:8443/", "http://[2606:4700::1111]/",
	"https://[2606:4700:0:0::1111]:8443/x", "http://ｅｘａｍｐｌｅ.com/", "http://example。com/", "http://93.184.215.14./",
}

var refusedURLs = []string{
	// These are not URLs, or their scheme is not allowed.
	"", " ", "example.com", "//example.com/", "/path", "http:", "http:/", "http://", "http:///path", "http:example.com", "https:/example.com",
	"ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "dict://example.com/", "ldap://example.com/", "ws://example.com/",
	"javascript:alert(1)", "data:text/plain,x", "unix:///var/run/docker.sock", "jar:http://example.com!/", "httpx://example.com/", "http+unix://x/",
	"http://?x=1", "http://#", "http://:80/", "http://example.com:", "http://example.com:/", "http://example.com/#fragment", "http://example.com/#",
	// URL parsers interpret these bytes in different ways.
	" http://example.com", "http://example.com ", "http://exa mple.com/", "http://example.com/a b", "http://example.com\t/", "http://example.com/\r\nX: y",
	"http://example.com\n", "http://example.com/\x00", "http://example.com\\@127.0.0.1/", "http:\\\\example.com", "http://example.com\\", "http://\x7f.com/",
	"http://exa\x00mple.com/", "http://example.com%00.evil.example/", "http://%65xample.com/", "http://127.0.0%2e1/", "http://example.com%2f@127.0.0.1/",
	"http://user@example.com/", "http://user:pass@example.com/", "http://@example.com/", "http://:@example.com/", "http://example.com@127.0.0.1/",
	"http://127.0.0.1@example.com/", "http://a@b@example.com/", "http://example.com:80@127.0.0.1/",
	"http://example.com:0/", "http://example.com:1/", "http://example.com:21/", "http://example.com:22/", "http://example.com:25/", "http://example.com:53/",
	"http://example.com:81/", "http://example.com:389/", "http://example.com:445/", "http://example.com:1023/", "http://example.com:65536/",
	"http://example.com:99999999999/", "http://example.com:-1/", "http://example.com:+80/", "http://example.com:http/", "http://example.com:3306/",
	"http://example.com:5432/", "http://example.com:6379/", "http://example.com:11211/", "http://example.com:27017/", "http://example.com:2375/",
	"http://example.com:9200/", "http://example.com:6000/", "http://example.com:10250/", "http://example.com:80:80/", "http://example.com:０８０/",
	// These are private addresses, in the usual notation and in others.
	"http://127.0.0.1/", "http://127.0.0.1:8080/", "http://127.1/", "http://127.0.1/", "http://127.000.000.001/", "http://0177.0.0.1/", "http://0177.1/",
	"http://0x7f.0.0.1/", "http://0x7f.1/", "http://0x7f000001/", "http://0X7F000001/", "http://2130706433/", "http://017700000001/", "http://0x0/",
	"http://0/", "http://0.0.0.0/", "http://127.0.0.1./", "http://127.0.0.1../", "http://2130706433./", "http://0x7f.1./", "http://0x/", "http://127.0.0.0x1/",
	"http://１２７.０.０.１/", "http://127。0。0。1/", "http://127．0．0．1/", "http://①②⑦.⓪.⓪.①/", "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/", "http://0ⅹ7f.1/",
	"http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/",
	"http://100.100.100.200/", "http://168.63.129.16/", "http://192.0.0.192/", "http://224.0.0.1/", "http://255.255.255.255/", "http://1.2.3/", "http://8/",
	"http://8.8/", "http://0x08080808/", "http://134744072/", "http://010.010.010.010/", "http://8.8.8.8.8/", "http://256.1.1.1/", "http://1.1.1.999/",
	"http://1.1.1.1e0/?", "http://-1/", "http://1.1.1.-1/", "http://4294967296/", "http://0x100000000/",
	"http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
	"http://[::ffff:8.8.8.8]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[2001:0:1::1]/", "http://[fd00:ec2::254]/", "http://[fe80::1]/",
	"http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[2606:4700::1111%251]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[::1", "http://::1/",
	"http://::1]/", "http://[127.0.0.1]/", "http://[example.com]/", "http://[v1.fe80]/", "http://[]/", "http://[::1]x/", "http://[2606:4700::1111]:22/",
	"http://2606:4700::1111/", "http://[[::1]]/", "http://[::1]:/", "http://[0x7f::1]/",
	"http://localhost/", "http://localhost./", "http://LOCALHOST/", "http://intranet/", "http://loop.example.com/", "http://LOOP.example.com./",
	"http://mixed.example.com/", "http://mixed6.example.com/", "http://mappedloop.example.com/", "http://nat64.example.com/", "http://none.example.com/",
	"http://unknown.example.com/", "http://metadata.google.internal/computeMetadata/v1/", "http://own.example.com/", "http://93.184.215.99/",
	"http://example.com../", "http://.example.com/", "http://exa..mple.com/", "http://-example.com/", "http://example-.com/", "http://exa_mple.com/",
	"http://exam,ple.com/", "http://example.com;x/", "http://{sub_id}.example.com/", "http://example.com|x/", "http://ex*mple.com/", "http://./", "http://../",
	"http://" + strings.Repeat("a", 64) + ".com/", "http://" + strings.Repeat("abcdefghi.", 26) + "com/", "http://xn--/", "http://xn--a.com/",
	"http://example.com/" + strings.Repeat("a", guard.MaxURL),
}

func newGuard() *guard.Client {
	return guard.New(guard.Config{
		Resolver: names,
		Own:      func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("93.184.215.99")}, nil },
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := newGuard()
	for _, text := range accepted {
		require.NoError(t, c.Check(t.Context(), text), "%q", text)
	}
	for _, text := range refusedURLs {
		err := c.Check(t.Context(), text)
		require.ErrorIs(t, err, guard.ErrRefused, "%q", text)
		require.Equal(t, "not a public http or https address", err.Error(), "%q: every cause has the same text", text)
		_, err = c.Do(t.Context(), &guard.Request{Method: "GET", URL: text})
		require.ErrorIs(t, err, guard.ErrRefused, "%q", text)
	}
	t.Logf("%d URLs accepted, %d refused, %d ranges", len(accepted), len(refusedURLs), len(ranges))
}

func TestCause(t *testing.T) {
	t.Parallel()
	err := newGuard().Check(t.Context(), "http://unknown.example.com/")
	require.NotContains(t, err.Error(), "10.0.0.53")
	require.NoError(t, errors.Unwrap(errors.Unwrap(err)), "the chain does not lead to the cause")
	require.Contains(t, guard.Cause(err), "10.0.0.53")
	require.Equal(t, "other", guard.Cause(errors.New("other")))
}

func TestOwnAddressesUnknown(t *testing.T) {
	t.Parallel()
	c := guard.New(guard.Config{Resolver: names, Own: func() ([]netip.Addr, error) { return nil, errors.New("netlink is broken") }})
	require.ErrorIs(t, c.Check(t.Context(), "http://example.com/"), guard.ErrRefused)
	require.NoError(t, guard.New(guard.Config{Resolver: names}).Check(t.Context(), "http://example.com/"), "the machine's own list can be read")
}

func TestAllow(t *testing.T) {
	t.Parallel()
	c := guard.New(guard.Config{Resolver: names, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("fd00::/8")}})
	for text, ok := range map[string]bool{
		"http://127.0.0.1:8080/": true, "http://127.255.0.1:8080/": true, "http://loop.example.com/": true, "http://localhost:3000/": true,
		"http://mixed6.example.com/": true, "http://[fd00::1]/": true, "http://mappedloop.example.com/": true, "http://intranet/": true,
		"http://10.0.0.1/": false, "http://mixed.example.com/": false, "http://[::1]/": false, "http://127.1/": false, "http://0x7f000001/": false,
		"http://[::ffff:127.0.0.1]/": false, "http://127.0.0.1:22/": false, "http://169.254.169.254/": false, "ftp://127.0.0.1/": false,
	} {
		if err := c.Check(t.Context(), text); ok {
			require.NoError(t, err, text)
		} else {
			require.ErrorIs(t, err, guard.ErrRefused, text)
		}
	}
}

// FuzzCheck compares the result with a second URL parser, which reads the host
// as the most careless system would.
func FuzzCheck(f *testing.F) {
	for _, text := range append(append([]string(nil), accepted...), refusedURLs...) {
		f.Add(text)
	}
	c := guard.New(guard.Config{Resolver: everywhere{}})
	f.Fuzz(func(t *testing.T, text string) {
		err := c.Check(t.Context(), text)
		if err != nil {
			require.ErrorIs(t, err, guard.ErrRefused)
			return
		}
		u, err := url.Parse(text)
		require.NoError(t, err)
		require.Contains(t, []string{"http", "https"}, u.Scheme)
		require.Nil(t, u.User)
		require.NotContains(t, text, "\\")
		if port := u.Port(); port != "" {
			n, err := strconv.ParseUint(port, 10, 16)
			require.NoError(t, err)
			require.True(t, guard.PortAllowed(uint16(n)))
		}
		host := strings.TrimSuffix(u.Hostname(), ".")
		if addr, is := parseLoosely(host); is {
			strict, err := netip.ParseAddr(host)
			require.NoError(t, err, "some parsers read %q as an address", host)
			require.Equal(t, addr, strict)
			require.True(t, guard.Public(strict))
		}
	})
}

type everywhere struct{}

func (everywhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
}

// parseLoosely parses an address in the way of the C function inet_aton. The
// address has one to four parts, and each part is decimal, octal or hexadecimal.
// The last part fills the remaining bytes.
func parseLoosely(host string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, true
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	sum := new(big.Int)
	for i, part := range parts {
		n, ok := new(big.Int).SetString(strings.ToLower(part), 0)
		if !ok || strings.ContainsAny(part, "_+-bBoO") && !strings.HasPrefix(strings.ToLower(part), "0x") {
			return netip.Addr{}, false
		}
		if last := i == len(parts)-1; last {
			sum.Add(sum.Lsh(sum, uint(8*(4-i))), n)
		} else {
			sum.Add(sum.Lsh(sum, 8), n)
		}
	}
	if sum.Sign() < 0 || sum.BitLen() > 32 {
		return netip.Addr{}, false
	}
	var b [4]byte
	sum.FillBytes(b[:])
	return netip.AddrFrom4(b), true
}
