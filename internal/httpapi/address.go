package httpapi

import (
	"net/http"
	"net/netip"
)

// AddressOf returns the IP address from which a request came. If the request came
// through a trusted proxy, this is the address that the proxy reports. viaProxy
// is then true, and the caller can trust the proxy's other headers too. AddressOf
// is for handlers outside the Router. Handlers of operations use ClientAddr.
func AddressOf(r *http.Request, trusted []netip.Prefix) (addr netip.Addr, viaProxy bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return clientAddr(r, trusted), err == nil && contains(trusted, peer.Addr().Unmap())
}
