package click

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// These are the limits and statuses of sub-publishers.
const (
	MaxBlocked   = 10_000  // maximum number of sub_ids that a partner can block
	MaxListed    = 100_000 // maximum number of sub-publishers in a list; if there are more, those with the most clicks are listed
	MaxPeriod    = 366     // maximum number of days that a list covers
	usualPeriod  = 90      // number of days if the caller sends no period
	StatusActive = "active"
	StatusBlock  = "blocked"
)

// Publisher is a sub-publisher (a sub_id) with its figures for a period. Either
// the sub_id occurred on the partner's links or the partner has blocked it.
type Publisher struct {
	SubID         string       `db:"sub_id"`
	Clicks        int64        `db:"-"`
	Uniques       int64        `db:"-"`
	Registrations int64        `db:"registrations"`
	Deposits      int64        `db:"deposits"`      // number of the registered clients who have deposited
	RewardUSD     money.Amount `db:"reward_usd_e6"` // reward that the registered clients have brought
	Blocked       bool         `db:"-"`
}

// ErrTooManyBlocked says that a partner has blocked the maximum number of
// sub_ids.
var ErrTooManyBlocked = errors.New("the maximum number of sub_ids is already blocked; unblock one first")

// Publishers lists a partner's sub-publishers and blocks them.
type Publishers struct {
	clicks Store
	store  PublisherStore
	clock  clock.Clock
	zone   *time.Location
	log    audit.Log
}

// NewPublishers returns a Publishers. The first store has the clicks, and the
// second has everything else.
func NewPublishers(clicks Store, store PublisherStore, c clock.Clock, zone *time.Location, log audit.Log) *Publishers {
	return &Publishers{clicks: clicks, store: store, clock: c, zone: zone, log: log}
}

// PublisherFilter selects sub-publishers for a list. If From and To are nil,
// the list covers the last 90 days.
type PublisherFilter struct {
	From, To *clock.Day // both days are included
	Blocked  *bool
	Page     page.Page
}

// List returns one page of the sub_ids that occurred in the period or are
// blocked. totals has the sums over all pages. Unless f.Page says otherwise, the
// sub_id with the most clicks comes first. List returns ValidationError for
// date_from if the period is not valid.
func (s *Publishers) List(ctx context.Context, partnerID id.UUID, f PublisherFilter) (list []Publisher, totals Publisher, count, blocked int64, err error) {
	from, to, err := s.period(f)
	if err != nil {
		return nil, totals, 0, 0, err
	}
	all, err := s.allPublishers(ctx, partnerID, from, to)
	if err != nil {
		return nil, totals, 0, 0, err
	}
	all = slices.DeleteFunc(all, func(p Publisher) bool { return f.Blocked != nil && p.Blocked != *f.Blocked })
	for _, p := range all {
		totals.Clicks += p.Clicks
		totals.Uniques += p.Uniques
		totals.Registrations += p.Registrations
		totals.Deposits += p.Deposits
		totals.RewardUSD += p.RewardUSD
		if p.Blocked {
			blocked++
		}
	}
	slices.SortFunc(all, func(a, b Publisher) int { return compare(&a, &b, f.Page.Order) })
	start := min(f.Page.Offset, len(all))
	return all[start:min(start+f.Page.Limit, len(all))], totals, int64(len(all)), blocked, nil
}

func (s *Publishers) period(f PublisherFilter) (from, to clock.Day, err error) {
	to = clock.DayOf(s.clock.Now(), s.zone)
	if f.To != nil {
		to = *f.To
	}
	from = to - usualPeriod + 1
	if f.From != nil {
		from = *f.From
	}
	if from > to || int64(to)-int64(from) >= MaxPeriod {
		return 0, 0, fault.Invalid("date_from", "invalid", fmt.Sprintf("Send a day that is not after date_to and at most %d days before it.", MaxPeriod))
	}
	return from, to, nil
}

func (s *Publishers) allPublishers(ctx context.Context, partnerID id.UUID, from, to clock.Day) ([]Publisher, error) {
	sums, err := s.clicks.Sums(ctx, Query{PartnerID: partnerID, From: from, To: to, By: []Dimension{BySubID}, Most: MaxListed})
	if err != nil {
		return nil, err
	}
	registered, err := s.store.Registered(ctx, partnerID, from.Start(s.zone), (to + 1).Start(s.zone))
	if err != nil {
		return nil, err
	}
	blocked, err := s.store.BlockedSubIDs(ctx, partnerID)
	if err != nil {
		return nil, err
	}
	at, all := map[string]int{}, make([]Publisher, 0, len(sums))
	row := func(sub string) *Publisher {
		i, known := at[sub]
		if !known {
			i = len(all)
			at[sub] = i
			all = append(all, Publisher{SubID: sub})
		}
		return &all[i]
	}
	for _, sum := range sums {
		if sub := sum.Key[0]; sub != "" {
			p := row(sub)
			p.Clicks, p.Uniques = sum.Clicks, sum.Uniques
		}
	}
	for _, r := range registered {
		p := row(r.SubID)
		p.Registrations, p.Deposits, p.RewardUSD = r.Registrations, r.Deposits, r.RewardUSD
	}
	for _, sub := range blocked {
		row(sub).Blocked = true
	}
	return all, nil
}

func compare(a, b *Publisher, order []page.Order) int {
	for _, o := range append(slices.Clone(order), page.Order{Field: "clicks", Descending: true}) {
		n := map[string]int{
			"sub_id": cmp.Compare(a.SubID, b.SubID), "clicks": cmp.Compare(a.Clicks, b.Clicks), "unique_clicks": cmp.Compare(a.Uniques, b.Uniques),
			"registrations": cmp.Compare(a.Registrations, b.Registrations), "deposits": cmp.Compare(a.Deposits, b.Deposits),
			"reward": cmp.Compare(a.RewardUSD, b.RewardUSD),
		}[o.Field]
		if o.Descending {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return cmp.Compare(a.SubID, b.SubID)
}

// SetBlocked blocks or unblocks a sub_id, even if the sub_id never occurred.
// Links with a blocked sub_id lead to the page for dead links. SetBlocked
// returns ValidationError if the sub_id is not valid.
func (s *Publishers) SetBlocked(ctx context.Context, partnerID id.UUID, subID string, blocked bool) error {
	if subID == "" || CleanSubID(subID) != subID {
		return fault.Invalid("sub_id", "invalid", fmt.Sprintf("Use 1 to %d printable characters.", maxText))
	}
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		action, change := "sub_publisher.unblocked", s.store.Unblock
		if blocked {
			action, change = "sub_publisher.blocked", func(ctx context.Context, partnerID id.UUID, subID string) (bool, error) {
				return s.store.Block(ctx, partnerID, subID, s.clock.Now(), MaxBlocked)
			}
		}
		changed, err := change(ctx, partnerID, subID)
		if err != nil || !changed {
			return err
		}
		return s.log.Record(ctx, audit.Entry{PartnerID: partnerID, Action: action, Subject: subID})
	})
	if errors.Is(err, ErrTooManyBlocked) {
		return fault.Invalid("sub_id", "limit_reached", fmt.Sprintf("You can block at most %d sub_ids. Unblock one first.", MaxBlocked))
	}
	return err
}
