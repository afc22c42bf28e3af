package drf

import (
	"net/http"
	"net/netip"
)

// AddressOf is the address a request came from, seen through trusted proxies,
// and whether it came through one: then what that says in other headers can be
// believed too. For handlers beside the router; inside it there is ClientAddr.
func AddressOf(r *http.Request, trusted []netip.Prefix) (addr netip.Addr, proxied bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return clientAddr(r, trusted), err == nil && contains(trusted, peer.Addr().Unmap())
}
