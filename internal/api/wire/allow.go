package wire

import (
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
)

// These say who may call an operation: the third column of the tables.
var (
	Anyone       = httpapi.Allow{Access: httpapi.Public}
	Partner      = httpapi.Allow{}                           // a partner, or any key of one
	Read         = httpapi.Allow{Scope: identity.ScopeRead}  // a partner, or its key with the scope
	Write        = httpapi.Allow{Scope: identity.ScopeWrite} // a partner, or its key with the scope
	Person       = httpapi.Allow{Person: true}               // a partner, and no key
	PersonOrNone = httpapi.Allow{Access: httpapi.Optional, Person: true}
	BrokerRead   = httpapi.Allow{Access: httpapi.Broker, Scope: identity.ScopeRead}
	BrokerWrite  = httpapi.Allow{Access: httpapi.Broker, Scope: identity.ScopeWrite}
	BrokerFeed   = httpapi.Allow{Access: httpapi.Broker, Scope: identity.ScopeFeed}
)
