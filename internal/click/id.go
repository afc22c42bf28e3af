package click

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// A click id consists of the number of a key, the partner's id, the click's
// UUID, and the beginning of a MAC over these values, encoded in base64url. The
// server can read the partner from a click id without a query. No one else can
// create a valid click id.
const (
	macSize = 12
	rawSize = 1 + 16 + 16 + macSize
	idSize  = rawSize / 3 * 4 // needs no padding, because 45 bytes are exactly 60 characters
	keySize = 32
)

// Signer creates click ids and verifies them.
type Signer struct{ keys []Key }

// NewSigner reads the keys from the store, or creates the first key.
func NewSigner(ctx context.Context, store Store, c clock.Clock) (Signer, error) {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // rand.Read never returns an error
	keys, err := store.Keys(ctx, Key{ID: 1, Secret: secret, CreatedAt: c.Now()})
	return Signer{keys}, err
}

// ID returns the click id of a click.
func (s Signer) ID(ref Ref) string {
	raw := make([]byte, 0, rawSize)
	raw = append(raw, s.keys[0].ID)
	raw = append(raw, ref.PartnerID[:]...)
	raw = append(raw, ref.UID[:]...)
	return base64.RawURLEncoding.EncodeToString(append(raw, mac(s.keys[0].Secret, raw)...))
}

// Ref returns the click that a click id identifies. ok is false if the programme
// has not created this click id.
func (s Signer) Ref(text string) (ref Ref, ok bool) {
	if len(text) != idSize {
		return Ref{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != rawSize {
		return Ref{}, false
	}
	said, rest := raw[:rawSize-macSize], raw[rawSize-macSize:]
	for _, key := range s.keys {
		if key.ID == said[0] && hmac.Equal(mac(key.Secret, said), rest) {
			return Ref{PartnerID: id.UUID(said[1:17]), UID: id.UUID(said[17:33])}, true
		}
	}
	return Ref{}, false
}

func mac(secret, said []byte) []byte {
	m := hmac.New(sha256.New, secret)
	_, _ = m.Write([]byte("click id\x00")) // writing to a hash never fails
	_, _ = m.Write(said)
	return m.Sum(nil)[:macSize]
}

// Finder finds clicks by their click ids.
type Finder struct {
	store  Store
	signer Signer
}

// NewFinder returns a Finder that looks up clicks in store.
func NewFinder(store Store, signer Signer) *Finder { return &Finder{store, signer} }

// Owner returns the partner in a click id, even if the click is no longer stored.
// ok is false if the programme has not created this click id.
func (f *Finder) Owner(text string) (partnerID id.UUID, ok bool) {
	ref, ok := f.signer.Ref(text)
	return ref.PartnerID, ok
}

// Clicks returns clicks by their click ids. It leaves out click ids that the
// programme has not created, and clicks that are no longer stored.
func (f *Finder) Clicks(ctx context.Context, ids []string) (map[string]Click, error) {
	names, refs := map[Ref]string{}, make([]Ref, 0, len(ids))
	for _, text := range ids {
		if ref, genuine := f.signer.Ref(text); genuine && names[ref] == "" {
			names[ref] = text
			refs = append(refs, ref)
		}
	}
	found, err := f.store.Find(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Click, len(found))
	for i := range found {
		out[names[Ref{found[i].PartnerID, found[i].UID}]] = found[i]
	}
	return out, nil
}
