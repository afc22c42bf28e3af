package rebate

import (
	"context"
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// SettingsStore keeps groups and accounts' own settings.
type SettingsStore interface {
	// Standing is what decides whether a partner may use rebates; false: there
	// is no such partner.
	Standing(ctx context.Context, partnerID id.UUID) (Standing, bool, error)
	// Change runs fn in one transaction, while nobody else changes the books.
	// fn may run again from the start after a conflict.
	Change(ctx context.Context, partnerID id.UUID, fn func(ctx context.Context, tx SettingsTx) error) error
}

// SettingsTx is the inside of one Change: everything in it is the partner's.
type SettingsTx interface {
	// Groups returns the groups that there are, in the order of their making.
	Groups(ctx context.Context) ([]Group, error)
	// HasLink tells whether a code is one of the partner's links.
	HasLink(ctx context.Context, code string) (bool, error)
	// Number hands out an int id. NotFound: there is no such partner.
	Number(ctx context.Context) (int64, error)
	// SaveGroup keeps a group, new or not, as it stands.
	SaveGroup(ctx context.Context, g *Group) error
	// DropGroup deletes a group; its accounts have no group of their own any more.
	DropGroup(ctx context.Context, groupID int64, at time.Time) error
	// Append notes what a group is from a moment on.
	Append(ctx context.Context, terms *GroupTerms) error

	// Account finds one of the partner's client accounts.
	Account(ctx context.Context, number string) (OwnAccount, bool, error)
	// Strangers returns those of accounts, which are all different, that are not the partner's.
	Strangers(ctx context.Context, accounts []string) ([]string, error)
	// Assign changes accounts' own settings, and notes for each one that it
	// changes what they are from at on. It returns how many it changed.
	Assign(ctx context.Context, accounts []string, change AccountChange, at time.Time) (changed int64, err error)
	// SetDestination says where an account's rebates are paid; empty: to the account itself.
	SetDestination(ctx context.Context, account, destination string) error
}

// Finder lists the client accounts that the filters of the accounts' list let
// through. With a context from inside a Change it sees what that one sees.
// ValidationError: a filter that can't be read.
type Finder func(ctx context.Context, partnerID id.UUID, filters url.Values) ([]string, error)
