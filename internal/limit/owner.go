package limit

import (
	"context"
	"net/netip"
)

type (
	ownerKey   struct{}
	addressKey struct{}
)

// WithOwner returns a context whose work counts for owner: a partner, a broker
// key, or a stranger's address.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// OwnerOf returns the owner whose work ctx is for; empty for the programme's
// own work.
func OwnerOf(ctx context.Context) string {
	owner, _ := ctx.Value(ownerKey{}).(string)
	return owner
}

// WithAddress returns a context of a request that came from an address, given
// as its AddressKey.
func WithAddress(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, addressKey{}, key)
}

// AddressOf returns the AddressKey of ctx's request, or an empty text if there
// is no request.
func AddressOf(ctx context.Context) string {
	key, _ := ctx.Value(addressKey{}).(string)
	return key
}

// AddressKey returns the key that an address is counted by. One IPv6 customer
// has a whole /64, so all of it is one key.
func AddressKey(addr netip.Addr) string {
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	bytes := addr.As16()
	return string(bytes[:])
}

// AddressKeyOf is AddressKey for an address in text form. All texts that are
// not addresses share one key.
func AddressKeyOf(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		addr = netip.IPv6Unspecified()
	}
	return AddressKey(addr)
}
