package cpa

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// stepRecomputed is the number of clients that Recompute reads at a time.
const stepRecomputed = 500

// Recompute evaluates every client again from its facts, and applies the caps to
// the payments again. It calls differ for each stored state or payment that is
// wrong.
func Recompute(ctx context.Context, q db.Querier, zone *time.Location, differ func(string)) error {
	plans, err := reward.LoadPlans(ctx, q)
	if err != nil {
		return err
	}
	for after := (key{}); ; {
		stored, err := clientsAfter(ctx, q, after, stepRecomputed)
		if err != nil {
			return err
		}
		if len(stored) == 0 {
			return recomputeCaps(ctx, q, plans, zone, differ)
		}
		wanted := make([]*Client, len(stored))
		for i, c := range stored {
			again := *c
			wanted[i] = &again
		}
		if err := evaluate(ctx, q, wanted, plans, zone); err != nil {
			return err
		}
		for i, c := range stored {
			if err := wanted[i].settle(plans); err != nil {
				return err
			}
			if was, is := c.state(), wanted[i].state(); was != is {
				differ(fmt.Sprintf("%s: stored %s, recomputed %s", c, was, is))
			}
		}
		last := stored[len(stored)-1]
		after = key{last.PartnerID, last.ClientUID}
	}
}

// String identifies the client in the messages that Recompute passes to differ.
func (c *Client) String() string {
	return fmt.Sprintf("partner %s client %s", c.PartnerID, c.ClientUID)
}

// state returns the fields that evaluate and settle set, as text.
func (c *Client) state() string {
	at := func(t *time.Time) string {
		if t == nil {
			return "never"
		}
		return t.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("status %s %q earns %s, first deposit %s at %s, qualified %s, reversed %t",
		c.Status, c.Reason, c.EarnsUSD, c.FirstDepositUSD, at(c.FirstDepositAt), at(c.QualifiedAt), c.Reversed)
}

// recomputeCaps applies the caps again, in the order of the payments. It also
// checks that no client was paid before its first deposit was complete. It holds
// the sums of one partner at a time.
func recomputeCaps(ctx context.Context, q db.Querier, plans []*reward.Plan, zone *time.Location, differ func(string)) error {
	var partnerID id.UUID
	var day clock.Day
	all := newUsed()
	return eachPaid(ctx, q, func(c *Client) error {
		if c.PartnerID != partnerID {
			all = newUsed()
		}
		if c.PartnerID != partnerID || *c.Day != day {
			clear(all.month)
		}
		partnerID, day = c.PartnerID, *c.Day
		terms, err := c.terms(plans)
		if err != nil {
			return err
		}
		due := *c
		if due.EarnsUSD, err = terms.Earns(c.FirstDepositUSD); err != nil {
			return err
		}
		usd, limitedBy := all.limit(&due, terms)
		if usd != c.USD || limitedBy != c.LimitedBy {
			differ(fmt.Sprintf("%s: paid %s %q, recomputed %s %q", c, c.USD, c.LimitedBy, usd, limitedBy))
		}
		if c.FirstDepositAt == nil || !c.FirstDepositAt.Before(depositedBefore(c.Day.Start(zone))) {
			differ(fmt.Sprintf("%s: paid on %s, before the 24 hours of the first deposit were over", c, c.Day))
		}
		all.add(c, c.USD)
		return nil
	})
}

func clientsAfter(ctx context.Context, q db.Querier, after key, limit int) ([]*Client, error) {
	return db.All[*Client](ctx, q, `SELECT `+table.Of("c")+` FROM cpa_clients c WHERE (c.partner_id, c.client_uid) > ($1, $2)
		ORDER BY c.partner_id, c.client_uid LIMIT $3`, after.partnerID, after.clientUID, int64(limit))
}

func eachPaid(ctx context.Context, q db.Querier, do func(*Client) error) error {
	return db.Each(ctx, q, do, `SELECT `+table.Of("c")+` FROM cpa_clients c WHERE c.paid_day IS NOT NULL
		ORDER BY c.partner_id, c.paid_day, c.paid_at, c.qualified_at, c.client_uid`)
}
