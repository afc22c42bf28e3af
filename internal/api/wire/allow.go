package wire

import (
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
)

// Each of these variables says who may call an operation.
var (
	Anyone       = httpapi.Allow{Access: httpapi.Public}
	Partner      = httpapi.Allow{}                           // a partner's token, or any of its keys
	Read         = httpapi.Allow{Scope: identity.ScopeRead}  // a partner's token, or a key with the scope
	Write        = httpapi.Allow{Scope: identity.ScopeWrite} // a partner's token, or a key with the scope
	Person       = httpapi.Allow{Person: true}               // a partner's token; every key is refused
	PersonOrNone = httpapi.Allow{Access: httpapi.Optional, Person: true}
	BrokerRead   = httpapi.Allow{Access: httpapi.Broker, Scope: identity.ScopeRead}
	BrokerWrite  = httpapi.Allow{Access: httpapi.Broker, Scope: identity.ScopeWrite}
	BrokerFeed   = httpapi.Allow{Access: httpapi.Broker, Scope: identity.ScopeFeed}
)
