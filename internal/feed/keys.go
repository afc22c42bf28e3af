package feed

import (
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// A fact that needs another fact waits under a key. The key is the kind of the
// missing object, a colon, and the object's name. A fact that creates the
// object releases the facts that wait under its key.

// These are the kinds of keys.
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

// KeyKinds lists all kinds of keys in alphabetical order.
var KeyKinds = []string{KindAccount, KindClient, KindCode, KindFact, KindInstrument, KindOrder, KindPayout, KindRate}

// AccountKey returns the key of a client account.
func AccountKey(number string) string { return KindAccount + ":" + number }

// ClientKey returns the key of a client.
func ClientKey(uid id.UUID) string { return KindClient + ":" + uid.String() }

// CodeKey returns the key of a link code. The given text can be a code in any
// spelling or a whole link.
func CodeKey(given string) string { return KindCode + ":" + linkcode.Fold(linkcode.FromLink(given)) }

// FactKey returns the key of another fact.
func FactKey(factID string) string { return KindFact + ":" + factID }

// InstrumentKey returns the key of an instrument. The symbol must be
// normalised.
func InstrumentKey(symbol string) string { return KindInstrument + ":" + symbol }

// OrderKeyOf returns the key of the order that a reversal refers to.
func OrderKeyOf(r *Reversal) string {
	return OrderPlaceKey(OrderKey{Server: NormalServer(r.Server), Ticket: r.Ticket, Part: r.Part})
}

// OrderPlaceKey returns the key of an order on a server. The server's name must
// be normalised. The key has no account, because a reversal need not have one.
func OrderPlaceKey(k OrderKey) string { return KindOrder + ":" + k.ID() }

// PayoutKey returns the key of a payout.
func PayoutKey(payoutID string) string { return KindPayout + ":" + payoutID }

// RateKey returns the key of a currency's rate.
func RateKey(currency string) string { return KindRate + ":" + currency }
