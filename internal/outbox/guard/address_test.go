package guard_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// ranges are the closed ranges with their first and last addresses, and with
// the addresses just before and after them. Such a neighbouring address is
// empty if it is not public.
var ranges = []struct{ what, first, last, before, after string }{
	{"this network", "0.0.0.0", "0.255.255.255", "", "1.0.0.0"},
	{"private 10", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
	{"carrier-grade NAT", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
	{"loopback", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
	{"Azure's wire server", "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"},
	{"link-local and metadata", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
	{"private 172.16", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
	{"protocol assignments", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
	{"documentation 1", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
	{"AS112", "192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"},
	{"multicast tunnels", "192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"},
	{"6to4 relays", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
	{"private 192.168", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
	{"AS112 direct", "192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"},
	{"benchmarks", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
	{"documentation 2", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
	{"documentation 3", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
	{"multicast", "224.0.0.0", "239.255.255.255", "223.255.255.255", ""},
	{"reserved", "240.0.0.0", "255.255.255.254", "", ""},
	{"broadcast", "255.255.255.255", "255.255.255.255", "", ""},

	{"unspecified", "::", "::", "", ""},
	{"loopback v6", "::1", "::1", "", ""},
	{"IPv4-compatible", "::0.0.0.2", "::255.255.255.255", "", ""},
	{"IPv4-compatible form of a public address", "::8.8.8.8", "::8.8.8.8", "", ""},
	{"IPv4-mapped", "::ffff:0.0.0.0", "::ffff:255.255.255.255", "", ""},
	{"IPv4-mapped loopback", "::ffff:127.0.0.1", "::ffff:7f00:1", "", ""},
	{"IPv4-mapped form of a public address", "::ffff:8.8.8.8", "::ffff:8.8.8.8", "", ""},
	{"IPv4-translated", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "", ""},
	{"NAT64", "64:ff9b::", "64:ff9b::255.255.255.255", "", ""},
	{"NAT64 of loopback", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "", ""},
	{"local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"discard-only", "100::", "100::ffff:ffff:ffff:ffff", "", ""},
	{"below unicast", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1fff::", "", "2000::1"},
	{"Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
	{"benchmarks v6", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"ORCHID", "2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"protocol assignments v6", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1ff::", "", "2001:200::"},
	{"documentation v6", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
	{"6to4", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
	{"6to4 of loopback", "2002:7f00:1::", "2002:7f00:1::1", "", ""},
	{"AS112 v6", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"},
	{"documentation v6, the new one", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
	{"above unicast", "4000::", "4000::1", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
	{"segment routing", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"EC2's metadata", "fd00:ec2::254", "fd00:ec2::254", "", ""},
	{"link-local v6", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"multicast v6", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	{"ISATAP", "2a00:1450::5efe:127.0.0.1", "2a00:1450::200:5efe:10.0.0.1", "", "2a00:1450::5eff:127.0.0.1"},
}

func TestRanges(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, r := range ranges {
		for text, public := range map[string]bool{r.first: false, r.last: false, r.before: true, r.after: true} {
			if text != "" {
				require.Equal(t, public, guard.Public(netip.MustParseAddr(text)), "%s: %s", r.what, text)
				checked++
			}
		}
	}
	require.Greater(t, checked, 100)
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:82a::200e", "2001:4860:4860::8888"} {
		require.True(t, guard.Public(netip.MustParseAddr(text)), text)
	}
	require.False(t, guard.Public(netip.Addr{}))
	require.False(t, guard.Public(netip.MustParseAddr("2606:4700::1111%eth0")), "an address with a zone")
}
