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

// Store stores partners and finds what belongs to them. Each answer comes from
// one snapshot of the books and contains nothing of another partner. The tests
// use an implementation of their own.
type Store interface {
	// Overview returns what a partner's summary is made of, or ErrUnknown.
	Overview(ctx context.Context, partnerID id.UUID, days Days) (*Overview, error)

	// Affiliation finds the partner's client with this e-mail (lower case) who
	// has not left it, and the client's accounts, oldest first. Of several such
	// clients it returns the one that registered last. ok is false if there is
	// none; the work is the same.
	Affiliation(ctx context.Context, partnerID id.UUID, email string) (a Affiliation, ok bool, err error)
	// AffiliationByAccount finds the client that has an account of the partner's.
	AffiliationByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (a Affiliation, ok bool, err error)

	// These find one of the partner's clients, including those who left.
	// ClientByEmail prefers a client who has not left, then the one who
	// registered last. ClientByUID returns the lowest uid between from and to.
	ClientByEmail(ctx context.Context, partnerID id.UUID, email string) (c ClientRef, ok bool, err error)
	ClientByUID(ctx context.Context, partnerID, from, to id.UUID) (c ClientRef, ok bool, err error)
	ClientByAccount(ctx context.Context, partnerID id.UUID, clientAccount string) (c ClientRef, ok bool, err error)

	// Links returns the partner's links, newest first, with the number of the
	// account that they pay to.
	Links(ctx context.Context, partnerID id.UUID) (links []Link, account string, err error)
	// DefaultLink returns the partner's default link and its programme, or ErrUnknown.
	DefaultLink(ctx context.Context, partnerID id.UUID) (link Link, programme string, err error)
	// AddLink stores a new link and, in the same transaction, releases every
	// fact that waits for its code. released reports whether there was any.
	// ErrCodeTaken: someone already has the code. ErrTooMany: the partner
	// already has most links.
	AddLink(ctx context.Context, link *Link, most int) (account string, released bool, err error)
	// SetDefaultLink makes a link the partner's only default one.
	// ErrUnknown: the partner has no such link; ErrLinkBlocked.
	SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error)

	// WalletAccounts returns the partner's accounts, oldest first.
	WalletAccounts(ctx context.Context, partnerID id.UUID) ([]WalletAccount, error)
}

// Days are the days that a summary looks back to, including today.
type Days struct {
	Today  clock.Day
	Month  clock.Day // the first of this month
	Window clock.Day // the first of the days that decide the level
}

// Totals is what a partner's clients traded and what the partner earned by it.
type Totals struct {
	VolumeLots  money.Lots   `db:"volume_lots_e8"`
	VolumeUSD   money.Volume `db:"volume_usd_e4"`
	RewardUSD   money.Amount `db:"reward_usd_e6"`
	OverrideUSD money.Amount `db:"override_usd_e6"` // earned by the orders of its sub-partners' clients
}

// ClientCounts counts a partner's clients by status.
type ClientCounts struct {
	Active   int64 `db:"clients_active"`
	Inactive int64 `db:"clients_inactive"`
	Changing int64 `db:"clients_changing"`
	Left     int64 `db:"clients_left"`
}

// Total counts them all.
func (c ClientCounts) Total() int64 { return c.Active + c.Inactive + c.Changing + c.Left }

// Overview is what a summary is made of.
type Overview struct {
	Partner     Partner // without its levels and counter
	Level       string  // in force today; empty: the plan's first
	DefaultCode string  // empty: none

	SecurityType string // standard or secure: how it signs in

	Accounts []WalletAccount
	Clients  ClientCounts
	Recent
	AllTime Totals
	Plans   []*reward.Plan // shared: do not change them
}

// Recent is the part of an Overview that changes with the day.
type Recent struct {
	Today         Totals       `db:"today_,inline"`
	Month         Totals       `db:"month_,inline"`
	WindowVolume  money.Volume `db:"window_usd_e4"`  // since Days.Window
	ActiveClients int64        `db:"active_clients"` // clients who traded since Days.Window
}

// WalletAccount is an account of a partner's wallet.
type WalletAccount struct {
	Number      string // partner_account in the API: about 19 digits
	Name        string
	Currency    string
	Kind        string // "reward": the account that rewards are paid to; "regular": any other
	Balance     money.Amount
	BalanceUSD  money.Amount
	Reserved    money.Amount // promised to clients as rebates, not yet paid
	ReservedUSD money.Amount
}

// Affiliation is what a partner may know about a client with a given e-mail.
type Affiliation struct {
	ClientUID id.UUID
	Accounts  []string
}

// ClientRef is a client and its status, as one partner sees them.
type ClientRef struct {
	ClientUID    id.UUID
	RegisteredAt time.Time
	Status       attribution.Status
}
