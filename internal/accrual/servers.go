package accrual

import (
	"context"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
)

// An order is always on the server of its account. A trading server can have
// several names during the life of an account, and each name can have several
// spellings. All of them mean one server, so that the same order is never
// rewarded twice.

// AccountServer is an additional name of an account's server.
type AccountServer struct {
	Account *attribution.Account
	attribution.ServerFrom
}

// ServerName maps a normalised server name to one of the spellings that rewards
// use for this server.
type ServerName struct {
	Name   string `db:"name"`
	Server string `db:"server"`
}

// placeOf returns the key under which a waiting order is stored. The key has
// the normalised name of the order's server.
func placeOf(o *feed.Order) feed.OrderKey {
	key := o.Key()
	key.Server = feed.NormalServer(key.Server)
	return key
}

// placesOf returns all keys under which an order may be waiting. There is one
// for each name of the account's server. If the account is unknown or is on
// another server, placesOf returns only the order's own key.
func (b *books) placesOf(o *feed.Order) []feed.OrderKey {
	own := placeOf(o)
	a := b.accounts.Rows[o.ClientAccount]
	if a == nil {
		return []feed.OrderKey{own}
	}
	if _, is := a.ServerNamed(o.Server); !is {
		return []feed.OrderKey{own}
	}
	var places []feed.OrderKey
	for _, name := range a.ServerNames() {
		key := own
		key.Server = name
		places = append(places, key)
	}
	return places
}

// serverChanged gives an account's server an additional name.
func (b *books) serverChanged(ctx context.Context, f *feed.Fact, in *feed.ServerChange) (effect, error) {
	a := b.accounts.Rows[in.ClientAccount]
	if a == nil {
		return effect{wait: feed.AccountKey(in.ClientAccount)}, nil
	}
	for _, was := range a.Servers {
		if was.At.Equal(f.At) && feed.NormalServer(was.Server) == feed.NormalServer(in.Server) {
			return effect{again: true}, nil
		}
	}
	b.addServer(a, attribution.ServerFrom{At: f.At, FactID: f.ID, Server: in.Server})
	// Orders that were refused because of their server may now be accepted.
	// Reversals with the new name may now find their orders.
	b.changes.Woken = append(b.changes.Woken, a.ClientAccount)
	for _, name := range a.ServerNames() {
		b.changes.ReleasedOrders = append(b.changes.ReleasedOrders, feed.KindOrder+":"+name+":")
	}
	return effect{}, b.flush(ctx)
}

// serversWaiting applies the facts about additional server names that have
// waited for this account. They must take effect before the account's orders,
// which may use these names.
func (b *books) serversWaiting(ctx context.Context, a *attribution.Account) error {
	if b.accountsWait == nil {
		waiting, err := b.tx.AnyWaiting(ctx, feed.AccountKey(""))
		if err != nil {
			return err
		}
		b.accountsWait = &waiting
	}
	if !*b.accountsWait {
		return nil
	}
	facts, err := b.tx.WaitingServers(ctx, feed.AccountKey(a.ClientAccount))
	if err != nil {
		return err
	}
	for i := range facts {
		if in, is := facts[i].Body.(*feed.ServerChange); is {
			b.addServer(a, attribution.ServerFrom{At: facts[i].At, FactID: facts[i].ID, Server: in.Server})
			b.changes.Done = append(b.changes.Done, facts[i].ID)
		}
	}
	return nil
}

func (b *books) addServer(a *attribution.Account, from attribution.ServerFrom) {
	a.Servers = append(a.Servers, from)
	slices.SortFunc(a.Servers, func(x, y attribution.ServerFrom) int {
		if c := x.At.Compare(y.At); c != 0 {
			return c
		}
		return strings.Compare(x.FactID, y.FactID)
	})
	for _, row := range a.Rows() {
		row.Servers = a.Servers
		b.changes.Servers = append(b.changes.Servers, AccountServer{row, from})
	}
	b.nameServer(a)
}

// nameServer records the spellings that rewards may use for the names of an
// account's server.
func (b *books) nameServer(a *attribution.Account) {
	for _, name := range a.ServerNames() {
		for _, spelling := range a.ServerSpellings() {
			pair := ServerName{name, spelling}
			if !b.named[pair] {
				b.named[pair] = true
				b.changes.ServerNames = append(b.changes.ServerNames, pair)
			}
		}
	}
}

// onServer returns the order with the server's name spelled as in the account.
// It refuses an order on another server.
func onServer(a *attribution.Account, o *feed.Order) (*feed.Order, effect) {
	spelling, is := a.ServerNamed(o.Server)
	if !is {
		return nil, refuse("conflict", "server: the account %s is on the server %q, and this order names the server %q",
			a.ClientAccount, a.ServerNow(), o.Server)
	}
	order := *o
	order.Server = spelling
	return &order, effect{}
}
