package feed

import (
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// A fact that needs another fact waits under a key. The key consists of the
// kind of the missing object, a colon, and the object's name. The fact that
// creates the object releases all facts that wait under its key.

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

// AccountKey returns the key under which facts wait for a client account.
func AccountKey(number string) string { return KindAccount + ":" + number }

// ClientKey returns the key under which facts wait for a client.
func ClientKey(uid id.UUID) string { return KindClient + ":" + uid.String() }

// CodeKey returns the key under which facts wait for a link code. It accepts
// the code in upper or lower case, or a whole link.
func CodeKey(given string) string { return KindCode + ":" + linkcode.Fold(linkcode.FromLink(given)) }

// FactKey returns the key under which a correction waits for the fact that it
// corrects.
func FactKey(factID string) string { return KindFact + ":" + factID }

// InstrumentKey returns the key under which facts wait for an instrument. The
// symbol must be normalised.
func InstrumentKey(symbol string) string { return KindInstrument + ":" + symbol }

// OrderKeyOf returns the key under which a reversal waits for its order.
func OrderKeyOf(r *Reversal) string {
	return OrderPlaceKey(OrderKey{Server: NormalServer(r.Server), Ticket: r.Ticket, Part: r.Part})
}

// OrderPlaceKey returns the key under which reversals wait for an order. The
// server's name must be normalised. The key has no account, because a reversal
// need not contain the account.
func OrderPlaceKey(k OrderKey) string { return KindOrder + ":" + k.ID() }

// PayoutKey returns the key under which facts wait for a payout.
func PayoutKey(payoutID string) string { return KindPayout + ":" + payoutID }

// RateKey returns the key under which facts wait for a rate of the currency.
func RateKey(currency string) string { return KindRate + ":" + currency }
