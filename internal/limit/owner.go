package limit

import (
	"context"
	"net/netip"
)

type (
	ownerKey   struct{}
	addressKey struct{}
)

// WithOwner returns a context for the work of one owner. owner identifies a
// partner, a broker's key, or the address of an unknown caller.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// OwnerOf returns the owner set by WithOwner, or "" for work of the server
// itself.
func OwnerOf(ctx context.Context) string {
	owner, _ := ctx.Value(ownerKey{}).(string)
	return owner
}

// WithAddress returns a context for a request from an address. key is the
// AddressKey of the address.
func WithAddress(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, addressKey{}, key)
}

// AddressOf returns the AddressKey of the request in ctx, or "" if there is no
// request.
func AddressOf(ctx context.Context) string {
	key, _ := ctx.Value(addressKey{}).(string)
	return key
}

// AddressKey returns the key by which limits count an address. All addresses of
// an IPv6 /64 network have the same key, because one subscriber usually has the
// whole network.
func AddressKey(addr netip.Addr) string {
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	bytes := addr.As16()
	return string(bytes[:])
}

// AddressKeyOf returns the AddressKey of an address in text form. All invalid
// addresses have the same key.
func AddressKeyOf(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		addr = netip.IPv6Unspecified()
	}
	return AddressKey(addr)
}
