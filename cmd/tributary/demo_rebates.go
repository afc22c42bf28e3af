package main

import (
	"context"
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/rebate"
)

func (t *teller) setUpRebates(ctx context.Context) error {
	owner, p := demo.MainPartner().UID, t.p
	if err := p.Stores.Admin.Verify(ctx, owner); err != nil {
		return err
	}
	t.rebates = true
	for _, g := range demo.RebateGroups() {
		number, err := p.RebateSettings.CreateGroup(ctx, owner, g.GroupChange)
		if err != nil {
			return err
		}
		if g.Filters == nil {
			continue
		}
		change := rebate.AccountChange{GroupID: rebate.Change[int64]{Given: true, Value: &number}}
		if _, err := p.RebateSettings.Assign(ctx, owner, rebate.Assignment{All: true, Filters: g.Filters, AccountChange: change}); err != nil {
			return err
		}
	}
	accounts, err := p.Reports.RebateAccounts(ctx, owner, url.Values{"client_account_type": {demo.OwnRebateType}})
	if err != nil || len(accounts) == 0 {
		return err
	}
	percent := demo.OwnRebate
	_, err = p.RebateSettings.Assign(ctx, owner, rebate.Assignment{
		Accounts:      accounts[:min(demo.OwnRebateCount, len(accounts))],
		AccountChange: rebate.AccountChange{Percent: rebate.Change[money.Percent]{Given: true, Value: &percent}},
	})
	return err
}

// paymentDelay is how long the demo's broker takes to pay.
const paymentDelay = 48 * time.Hour

// settle does what is due at the end of a day. It closes rebate periods,
// creates their payouts, and reports older payouts as paid.
func (t *teller) settle(ctx context.Context) error {
	if err := t.p.RebateRuns.Run(ctx); err != nil {
		return err
	}
	waiting, _, err := t.p.Payouts.List(ctx, payout.Filter{Statuses: []string{string(payout.Pending)}, Page: page.Page{Limit: page.MaxLimit}})
	if err != nil {
		return err
	}
	var due []string
	for i := range waiting {
		if t.clock.Now().Sub(waiting[i].CreatedAt) >= paymentDelay {
			due = append(due, waiting[i].String())
		}
	}
	if len(due) > 0 {
		_, err = t.p.Payouts.Give(ctx, due, payout.Answer{Status: payout.Paid})
	}
	return err
}
