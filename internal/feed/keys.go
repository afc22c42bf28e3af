package feed

import (
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// A fact whose missing half has not arrived waits under a key: the kind of what
// is missing, a colon, and its name. A fact that brings the thing releases those
// under the same key.

// The kinds of keys.
const (
	KindAccount    = "account"
	KindClient     = "client"
	KindCode       = "code"
	KindFact       = "fact"
	KindInstrument = "instrument"
	KindOrder      = "order"
	KindPayout     = "payout"
	KindRate       = "rate"
)

// KeyKinds lists every kind of thing that facts wait for, in alphabetical order.
var KeyKinds = []string{KindAccount, KindClient, KindCode, KindFact, KindInstrument, KindOrder, KindPayout, KindRate}

// AccountKey is the key of a client account.
func AccountKey(number string) string { return KindAccount + ":" + number }

// ClientKey is the key of a client.
func ClientKey(uid id.UUID) string { return KindClient + ":" + uid.String() }

// CodeKey is the key of a link code, as a fact gives it: a code in any spelling,
// or a whole link.
func CodeKey(given string) string { return KindCode + ":" + linkcode.Fold(linkcode.FromLink(given)) }

// FactKey is the key of another fact, by its id.
func FactKey(factID string) string { return KindFact + ":" + factID }

// InstrumentKey is the key of an instrument, by its normal symbol.
func InstrumentKey(symbol string) string { return KindInstrument + ":" + symbol }

// OrderKeyOf is the key of an order that a reversal names.
func OrderKeyOf(r *Reversal) string {
	return OrderPlaceKey(OrderKey{Server: NormalServer(r.Server), Ticket: r.Ticket, Part: r.Part})
}

// OrderPlaceKey is the key of an order on a server, whose name must be normal. It
// names no account, as a reversal need not.
func OrderPlaceKey(k OrderKey) string { return KindOrder + ":" + k.ID() }

// PayoutKey is the key of a payout, by its id.
func PayoutKey(payoutID string) string { return KindPayout + ":" + payoutID }

// RateKey is the key of a currency's rate.
func RateKey(currency string) string { return KindRate + ":" + currency }
