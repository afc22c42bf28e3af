package httpapi

import (
	"net/http"
	"net/netip"
)

// AddressOf returns the address that a request came from, looking through
// trusted proxies. It also reports whether the request came through one, so
// that its other headers can be believed too. Handlers outside the router use
// it; handlers inside the router use ClientAddr.
func AddressOf(r *http.Request, trusted []netip.Prefix) (addr netip.Addr, proxied bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return clientAddr(r, trusted), err == nil && contains(trusted, peer.Addr().Unmap())
}
