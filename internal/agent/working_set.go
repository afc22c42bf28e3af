package agent

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// WorkingSet shares rewards with agents when the rewards are booked, in one
// transaction under a Lock. Need loads the links of the rewards' accounts. Book
// shares a reward in memory. Save writes the changes.
//
// If an account came through an agent's link, the agent gets a share of each
// reward of the account, and the link's owner pays this share. The agreement in
// force when the order closed applies, and the agent must have been a partner
// by then. Shares therefore do not depend on the order in which facts arrive.
// There is one exception: the cap of an agreement is used up by the shares that
// are booked first.
type WorkingSet struct {
	q      db.Querier
	ledger *ledger.WorkingSet
	books  Books

	links    db.Known[LinkKey, *SharedLink]
	routes   db.Known[string, []LinkKey] // keys of an agent's links, by the agent's e-mail address
	earnings db.Known[sharedOrder, map[reward.Kind]*Earning]

	booked, undone []*Earning
	earned         map[*Agreement]*SharedLink
}

// Books gives a WorkingSet access to the partners and the rates of the books.
type Books struct {
	// Load loads the partners with these e-mail addresses. It also loads their
	// balances into the ledger's working set.
	Load func(ctx context.Context, emails ...string) error
	// Partner returns the partner with this e-mail address, which Load must have
	// loaded, or nil if there is no such partner.
	Partner func(email string) *partner.Partner
	// Rate returns a currency's rate on a day.
	Rate func(ctx context.Context, currency string, day clock.Day) (rate money.Rate, known bool, err error)
}

// LinkKey identifies a link of a partner.
type LinkKey struct {
	OwnerID id.UUID `db:"partner_id"`
	Code    string  `db:"link_code"`
}

// SharedLink is a link that an owner has given to an agent, with all its
// agreements.
type SharedLink struct {
	LinkKey
	ID         int64        `db:"link_id"`
	Email      string       `db:"email"`
	Agreements []*Agreement `db:"-"`
}

// Since returns the start of the link's first agreement. It returns false if
// the link has no agreement yet.
func (l *SharedLink) Since() (from time.Time, found bool) {
	for _, a := range l.Agreements {
		if !found || a.From.Before(from) {
			from, found = a.From, true
		}
	}
	return from, found
}

// Earning is the amount that an agent earned from an order of the owner's
// client, or the amount that a reversal cancelled.
type Earning struct {
	AgentID     id.UUID       `db:"partner_id"`
	OwnerID     id.UUID       `db:"owner_id"`
	Key         feed.OrderKey `db:",inline"`
	Kind        reward.Kind   `db:"kind"`
	LinkID      int64         `db:"link_id"`
	Agreement   time.Time     `db:"agreement_at"` // start of the agreement (Agreement.From)
	Day         clock.Day     `db:"reward_day"`
	Percent     money.Percent `db:"share_e4"`
	BaseUSD     money.Amount  `db:"base_usd_e6"` // reward of the owner
	AmountUSD   money.Amount  `db:"amount_usd_e6"`
	Amount      money.Amount  `db:"amount_e6"` // AmountUSD in the agent's currency
	Currency    string        `db:"currency"`
	AccountRate money.Rate    `db:"account_rate_e12"`
	Paid        money.Amount  `db:"paid_e6"` // amount that the owner pays, in the owner's currency
}

type sharedOrder struct {
	ownerID id.UUID
	key     feed.OrderKey
}

// NewWorkingSet returns an empty WorkingSet for one transaction. It adds its
// ledger lines to entries.
func NewWorkingSet(q db.Querier, entries *ledger.WorkingSet, books Books) *WorkingSet {
	return &WorkingSet{
		q: q, ledger: entries, books: books,
		links: db.NewKnown[LinkKey, *SharedLink](), routes: db.NewKnown[string, []LinkKey](),
		earnings: db.NewKnown[sharedOrder, map[reward.Kind]*Earning](), earned: map[*Agreement]*SharedLink{},
	}
}

// Need loads the agents' links with these keys, and the agents who are
// partners. Book loads a link itself if Need has not loaded it.
func (w *WorkingSet) Need(ctx context.Context, keys ...LinkKey) error {
	asked := keys[:0:0]
	for _, key := range keys {
		if key.OwnerID != id.Nil && key.Code != "" {
			asked = append(asked, key)
		}
	}
	missing := w.links.Ask(asked...)
	if len(missing) == 0 {
		return nil
	}
	found, err := readLinks(ctx, w.q, missing)
	if err != nil || len(found) == 0 {
		return err
	}
	emails := make([]string, len(found))
	for i, link := range found {
		w.links.Put(link.LinkKey, link)
		emails[i] = link.Email
	}
	return w.books.Load(ctx, emails...)
}

// Link returns the link with a key, or nil if this is not an agent's link.
func (w *WorkingSet) Link(ctx context.Context, key LinkKey) (*SharedLink, error) {
	if !w.links.Asked(key) {
		if err := w.Need(ctx, key); err != nil {
			return nil, err
		}
	}
	return w.links.Rows[key], nil
}

// Agents returns the partners who are agents of the loaded links.
func (w *WorkingSet) Agents() []*partner.Partner {
	var agents []*partner.Partner
	for _, link := range w.links.Rows {
		if p := w.books.Partner(link.Email); p != nil {
			agents = append(agents, p)
		}
	}
	return agents
}

// NeedRoutes loads the links of the agents with these e-mail addresses, for
// Routes.
func (w *WorkingSet) NeedRoutes(ctx context.Context, emails ...string) error {
	missing := w.routes.Ask(emails...)
	if len(missing) == 0 {
		return nil
	}
	found, err := readRoutes(ctx, w.q, missing)
	for email, links := range found {
		w.routes.Put(email, links)
	}
	return err
}

// Routes returns the keys of all links of the agent with this e-mail address.
func (w *WorkingSet) Routes(ctx context.Context, email string) ([]LinkKey, error) {
	err := w.NeedRoutes(ctx, email)
	return w.routes.Rows[email], err
}

// earningsOf returns the recorded earnings from an order. They belong to the
// account's current link, because a link never changes while an earning from
// one of the account's orders is booked.
func (w *WorkingSet) earningsOf(ctx context.Context, link *SharedLink, order sharedOrder) (map[reward.Kind]*Earning, error) {
	p := w.books.Partner(link.Email)
	if p == nil {
		return nil, nil //nolint:nilnil // the agent is not a partner, so it has earned nothing
	}
	if len(w.earnings.Ask(order)) > 0 {
		found, err := readEarnings(ctx, w.q, p.ID, order.ownerID, order.key)
		if err != nil {
			return nil, err
		}
		rows := map[reward.Kind]*Earning{}
		for _, e := range found {
			rows[e.Kind] = e
		}
		w.earnings.Put(order, rows)
	}
	return w.earnings.Rows[order], nil
}
