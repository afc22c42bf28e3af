package httpapi

import (
	"net/http"
	"net/netip"
)

// AddressOf returns the address that a request came from, looking through
// trusted proxies. It also reports whether the request came through one: its
// other headers can then be believed too. Handlers beside the router use it;
// handlers inside the router use ClientAddr.
func AddressOf(r *http.Request, trusted []netip.Prefix) (addr netip.Addr, proxied bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return clientAddr(r, trusted), err == nil && contains(trusted, peer.Addr().Unmap())
}
