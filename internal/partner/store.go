package partner

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Store keeps partners and finds what is theirs. Each answer comes from one
// snapshot of the books, and holds nothing of another partner.
// The tests have another one.
type Store interface {
	// Overview returns what a partner's summary is made of, or ErrUnknown.
	Overview(ctx context.Context, partnerID id.UUID, days Days) (*Overview, error)

	// Affiliation finds the partner's clients with this e-mail (lower case)
	// who have not left it, and their accounts, the oldest first. ok is false
	// when there are none; the work is the same. Of several clients the one
	// that registered last counts.
	Affiliation(ctx context.Context, partnerID id.UUID, email string) (a Affiliation, ok bool, err error)
	// AffiliationByAccount finds the client that has an account of the partner's.
	AffiliationByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (a Affiliation, ok bool, err error)

	// The ways to find one of the partner's clients, those who left included.
	// By e-mail one who has not left goes first, then the one who registered
	// last; between two uids the lowest one is found.
	ClientByEmail(ctx context.Context, partnerID id.UUID, email string) (c ClientRef, ok bool, err error)
	ClientByUID(ctx context.Context, partnerID, from, to id.UUID) (c ClientRef, ok bool, err error)
	ClientByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (c ClientRef, ok bool, err error)

	// Links returns the partner's links, newest first, with the number of the
	// account that they pay to.
	Links(ctx context.Context, partnerID id.UUID) (links []Link, account string, err error)
	// DefaultLink returns the partner's default link and its programme, or ErrUnknown.
	DefaultLink(ctx context.Context, partnerID id.UUID) (link Link, programme string, err error)
	// AddLink keeps a new link, in one transaction with the release of every
	// fact that waits for its code: released says whether there was any.
	// ErrCodeTaken: anybody has the code; ErrTooMany: the partner has most links.
	AddLink(ctx context.Context, link *Link, most int) (account string, released bool, err error)
	// SetDefaultLink makes a link the partner's only default one.
	// ErrUnknown: the partner has no such link; ErrLinkBlocked.
	SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error)

	// WalletAccounts returns the partner's accounts, the oldest first.
	WalletAccounts(ctx context.Context, partnerID id.UUID) ([]WalletAccount, error)
}

// Days are the days that a summary looks back to, today included.
type Days struct {
	Today  clock.Day
	Month  clock.Day // the first of this month
	Window clock.Day // the first of the days by which levels are judged
}

// Totals is what a partner's clients traded and the partner earned by it.
type Totals struct {
	VolumeLots  money.Lots
	VolumeUSD   money.Volume
	RewardUSD   money.Amount
	OverrideUSD money.Amount // by the orders of its sub-partners' clients
}

// ClientCounts counts a partner's clients by status.
type ClientCounts struct {
	Active, Inactive, Changing, Left int64
}

// Total counts them all.
func (c ClientCounts) Total() int64 { return c.Active + c.Inactive + c.Changing + c.Left }

// Overview is what a Store knows for a summary.
type Overview struct {
	Partner     Partner // without its levels and counter
	Level       string  // in force today; empty: the plan's first
	DefaultCode string  // empty: none

	SecurityType string // standard or secure: how it signs in

	Accounts []WalletAccount
	Clients  ClientCounts
	Recent
	AllTime Totals
	Plans   []*reward.Plan // not to be changed
}

// Recent is what changes with the day.
type Recent struct {
	Today, Month  Totals
	WindowVolume  money.Volume // since Days.Window
	ActiveClients int64        // who traded since Days.Window
}

// WalletAccount is an account of a partner's wallet.
type WalletAccount struct {
	Number      string // the wire's partner_account: about 19 digits
	Name        string
	Currency    string
	Kind        string // "reward": what rewards are paid to; "regular": any other
	Balance     money.Amount
	BalanceUSD  money.Amount
	Reserved    money.Amount // promised to clients as rebates, not yet paid
	ReservedUSD money.Amount
}

// Affiliation is what a partner may know of an e-mail that is a client's.
type Affiliation struct {
	ClientUID id.UUID
	Accounts  []string
}

// ClientRef is a client as one partner sees it, as far as its status goes.
type ClientRef struct {
	ClientUID    id.UUID
	RegisteredAt time.Time
	Status       attribution.Status
}
