package httpapi

import (
	"net/http"
	"net/netip"
)

// AddressOf returns the IP address that a request came from. If the peer is a
// trusted proxy, it returns the address that the proxy reports. proxied reports
// whether the peer is a trusted proxy, so that the caller can rely on its other
// headers too. Handlers outside the Router use AddressOf; handlers of
// operations use ClientAddr.
func AddressOf(r *http.Request, trusted []netip.Prefix) (addr netip.Addr, proxied bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return clientAddr(r, trusted), err == nil && contains(trusted, peer.Addr().Unmap())
}
