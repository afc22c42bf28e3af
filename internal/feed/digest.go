package feed

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Digest is a hash of a fact's parsed content. A repeated fact has the same
// digest even if its line is formatted differently.
type Digest [16]byte

// Digest returns the fact's digest, which it computes only once. The goroutine
// that parses facts calls Digest first, so that the goroutine that applies them
// does not have to compute it.
func (f *Fact) Digest() Digest {
	if f.digest != (Digest{}) {
		return f.digest
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d\n", f.Type, f.At.UnixMicro())
	h.Write(encode(f.Type, f.forComparison()))
	copy(f.digest[:], h.Sum(nil))
	return f.digest
}

// Encode returns the body as JSON, in the form in which it is stored.
func (f *Fact) Encode() []byte { return encode(f.Type, f.Body) }

// forComparison returns the body with a normalised server name, so that two facts
// can be compared.
func (f *Fact) forComparison() any {
	switch body := f.Body.(type) {
	case *Order:
		return normaliseServer(*body, func(o *Order) *string { return &o.Server })
	case *Account:
		return normaliseServer(*body, func(a *Account) *string { return &a.Server })
	case *ServerChange:
		return normaliseServer(*body, func(c *ServerChange) *string { return &c.Server })
	case *Reversal:
		return normaliseServer(*body, func(r *Reversal) *string { return &r.Server })
	case *Totals:
		return normaliseServer(*body, func(t *Totals) *string { return &t.Server })
	default:
		return f.Body
	}
}

func normaliseServer[T any](body T, server func(*T) *string) *T {
	name := server(&body)
	*name = NormalServer(*name)
	return &body
}

func encode(kind Type, body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("feed: encoding a %s: %v", kind, err)) // cannot fail, because bodies are simple structs
	}
	return text
}

// Decode builds a fact from its stored parts. It is the inverse of Encode.
func Decode(factID string, kind Type, at time.Time, body []byte) (Fact, error) {
	s := byType[kind]
	if s == nil {
		return Fact{}, fmt.Errorf("stored fact %s has the unknown type %q", factID, kind)
	}
	f := Fact{ID: factID, Type: kind, At: at, Body: s.empty()}
	if err := json.Unmarshal(body, f.Body); err != nil {
		return Fact{}, fmt.Errorf("reading stored fact %s: %w", factID, err)
	}
	return f, nil
}

// NormalSymbol returns a symbol in upper case and without surrounding space.
// Symbols are compared in this form.
func NormalSymbol(symbol string) string { return strings.ToUpper(strings.TrimSpace(symbol)) }

// NormalServer returns the name of a trading server in lower case and without
// surrounding space. Server names are compared in this form.
func NormalServer(server string) string { return strings.ToLower(strings.TrimSpace(server)) }

// OrderKey identifies an order, no matter which source reported it.
type OrderKey struct {
	Server        string `db:"server"`
	ClientAccount string `db:"client_account"`
	Ticket        int64  `db:"ticket"`
	Part          int    `db:"part"`
}

// Key returns the order's key.
func (o *Order) Key() OrderKey { return OrderKey{o.Server, o.ClientAccount, o.Ticket, o.Part} }

// String returns the key as text. The row of a fact that waits for the order
// contains this text.
func (k OrderKey) String() string {
	return fmt.Sprintf("%s|%s|%d|%d", k.ClientAccount, k.Server, k.Ticket, k.Part)
}

// ID returns the order's id as the API shows it: server:ticket for a whole
// order or its first part, and server:ticket-part for any other part.
func (k OrderKey) ID() string {
	if k.Part > 0 {
		return fmt.Sprintf("%s:%d-%d", k.Server, k.Ticket, k.Part)
	}
	return fmt.Sprintf("%s:%d", k.Server, k.Ticket)
}

// ParseOrderID returns the key with the given id, without an account. It
// refuses numbers that are not written as ID writes them, such as +5 and 005,
// so that an order has only one id. The name of a server may contain colons.
func ParseOrderID(text string) (k OrderKey, ok bool) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 1 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return OrderKey{}, false
	}
	k.Server = text[:colon]
	ticket, part, later := strings.Cut(text[colon+1:], "-")
	var err error
	if k.Ticket, err = strconv.ParseInt(ticket, 10, 64); err != nil {
		return OrderKey{}, false
	}
	if later {
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil || n < 2 {
			return OrderKey{}, false
		}
		k.Part = int(n)
	}
	return k, k.ID() == text
}

// Agrees reports whether another source reported the same side, symbol, lots,
// times and prices for this order. sameInstrument reports whether two symbols
// mean the same instrument.
func (o *Order) Agrees(other *Order, sameInstrument func(a, b string) bool) bool {
	return o.Side == other.Side && o.Lots == other.Lots && sameInstrument(o.Symbol, other.Symbol) &&
		o.OpenTime.Equal(other.OpenTime) && o.CloseTime.Equal(other.CloseTime) &&
		o.OpenPrice == other.OpenPrice && o.ClosePrice == other.ClosePrice
}
