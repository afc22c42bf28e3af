package httpapi

import (
	"net/http"
	"net/netip"
)

// AddressOf returns the IP address from which a request came. If the request
// came through a trusted proxy, the result addr is the address that the proxy
// reports. The result proxied is then true, and the caller can trust the
// proxy's other headers too. AddressOf is for handlers outside the Router.
// Handlers of operations use ClientAddr.
func AddressOf(r *http.Request, trusted []netip.Prefix) (addr netip.Addr, proxied bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return clientAddr(r, trusted), err == nil && contains(trusted, peer.Addr().Unmap())
}
