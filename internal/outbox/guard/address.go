package guard

import (
	"net"
	"net/netip"
	"slices"
)

// closedRanges has the IPv4 ranges and some IPv6 ranges that are not on the public
// internet. They come from IANA's special-purpose registries and from the
// documentation of cloud providers.
var closedRanges = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by a carrier's customers"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud's metadata"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local, and clouds' metadata"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.31.196.0/24"), "AS112"},
	{netip.MustParsePrefix("192.52.193.0/24"), "multicast tunnels"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relays"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("192.175.48.0/24"), "AS112"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved, and broadcast"},

	{netip.MustParsePrefix("2001::/23"), "protocol assignments: Teredo, benchmarks, ORCHID"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"},
	{netip.MustParsePrefix("2620:4f:8000::/48"), "AS112"},
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
}

// unicast contains every IPv6 address that a host on the internet can have. It
// excludes loopback, IPv4-mapped, NAT64, unique local, link-local, multicast
// and all other special addresses.
var unicast = netip.MustParsePrefix("2000::/3")

// Public reports whether an address belongs to the public internet. It checks
// only the address itself.
func Public(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" || addr.Is4In6() {
		return false
	}
	if addr.Is6() && (!unicast.Contains(addr) || embedsIPv4(addr)) {
		return false
	}
	for i := range closedRanges {
		if closedRanges[i].prefix.Contains(addr) {
			return false
		}
	}
	return true
}

// embedsIPv4 reports whether an address is an ISATAP address. A packet to such
// an address is sent to the IPv4 address in its last four bytes, whatever the
// prefix is.
func embedsIPv4(addr netip.Addr) bool {
	b := addr.As16()
	return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

// permits reports whether the client may connect to an address. The address must
// be one that the operator has allowed, or a public address of another machine.
// A connection to this machine would bypass its firewall.
func (c *Client) permits(addr netip.Addr) bool {
	for _, prefix := range c.allow {
		if prefix.Contains(addr) {
			return true
		}
	}
	return Public(addr) && !c.isOwn(addr)
}

func (c *Client) isOwn(addr netip.Addr) bool {
	own, err := c.own()
	if err != nil {
		return true // refuse the address, because any address may be this machine's
	}
	return slices.Contains(own, addr)
}

func interfaces() ([]netip.Addr, error) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var own []netip.Addr
	for _, a := range found {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, prefix.Addr().Unmap().WithZone(""))
		}
	}
	return own, nil
}
