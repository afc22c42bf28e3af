package wire

import (
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// These are the credentials in the OpenAPI document. Swagger UI sorts them by name, so
// the broker's credentials come second.
var (
	partnerToken = &openapi.Scheme{
		Name: "JWT",
		Description: "A token from `POST /api/auth/`, or an API key. Enter the whole header: `JWT `, then the token or key, such as `JWT " +
			"eyJ...`. `Bearer ` works the same.",
	}
	brokerKey = &openapi.Scheme{
		Name: "JWT-broker",
		Description: "A broker key, created with `tributary key create --role broker`, or the token of a staff member from " +
			"`POST /broker/v1/auth/`. Enter the whole header: `JWT `, then the key or token.",
	}
)

// These are the kinds of access besides httpapi.Public.
var (
	byPartner = &httpapi.Access{Role: caller.Partner, Access: openapi.Access{Name: "partner", Scheme: partnerToken}}
	byPerson  = &httpapi.Access{
		Role: caller.Partner, Access: openapi.Access{
			Name: "partner", Scheme: partnerToken, Person: true, Note: "Only a partner's token can call this. An API key gets 403.",
		},
	}
	byPersonOrNone = &httpapi.Access{
		Role: caller.Partner, Access: openapi.Access{
			Name: "optional", Scheme: partnerToken, Optional: true, Person: true,
			Note: "The token in the header, if there is one, must be a partner's. An API key gets 403.",
		},
	}
	byBroker = &httpapi.Access{
		Role: caller.Broker, Access: openapi.Access{Name: "broker", Scheme: brokerKey, Note: "Only the broker can call this, with a key or as a staff member."},
	}
	byStaff = &httpapi.Access{
		Role: caller.Broker, Access: openapi.Access{
			Name: "broker", Scheme: brokerKey, Person: true, Note: "Only a staff member's token can call this. A broker key gets 403.",
		},
	}
)

// Each of these variables says who may call an operation. For an operation of
// the broker, it gives the scope that a key needs, and the roles of the staff
// members who may call it. An admin may call all of them.
var (
	Anyone       = httpapi.Allow{Access: httpapi.Public}
	Partner      = httpapi.Allow{Access: byPartner}                             // a partner's token, or any key of a partner
	Read         = httpapi.Allow{Access: byPartner, Scope: identity.ScopeRead}  // a partner's token, or a key with the scope read
	Write        = httpapi.Allow{Access: byPartner, Scope: identity.ScopeWrite} // a partner's token, or a key with the scope write
	Person       = httpapi.Allow{Access: byPerson}                              // a partner's token; every key is refused
	PersonOrNone = httpapi.Allow{Access: byPersonOrNone}                        // a partner's token, or no credentials; every key is refused
	BrokerRead   = httpapi.Allow{Access: byBroker, Scope: identity.ScopeRead, Staff: caller.StaffRoles()}
	BrokerWrite  = httpapi.Allow{Access: byBroker, Scope: identity.ScopeWrite, Staff: []caller.StaffRole{caller.Admin}}
	BrokerMoney  = httpapi.Allow{Access: byBroker, Scope: identity.ScopeWrite, Staff: []caller.StaffRole{caller.Admin, caller.Finance}} // decides on money
	BrokerEdit   = httpapi.Allow{Access: byBroker, Scope: identity.ScopeWrite, Staff: []caller.StaffRole{caller.Admin, caller.Support}} // changes no money
	BrokerFeed   = httpapi.Allow{Access: byBroker, Scope: identity.ScopeFeed, Staff: []caller.StaffRole{caller.Admin}}
	Staff        = httpapi.Allow{Access: byStaff, Staff: caller.StaffRoles()}                              // every staff member; keys are refused
	StaffMoney   = httpapi.Allow{Access: byStaff, Staff: []caller.StaffRole{caller.Admin, caller.Finance}} // decides on money; keys are refused
	StaffAdmin   = httpapi.Allow{Access: byStaff, Staff: []caller.StaffRole{caller.Admin}}                 // keys are refused
)
