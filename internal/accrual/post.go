package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// book adds a reward to the books if sign is 1, and subtracts it if sign is -1.
// It changes the sums of the account-day, the partner-day, the partner, the
// account and the client, and adds a line to the ledger.
func (b *books) book(ctx context.Context, a *attribution.Account, r *reward.Reward, sign int64, kind ledger.Kind, cause string) error {
	accountDay, err := b.accountDay(ctx, a, r.Day)
	if err != nil {
		return err
	}
	partnerDay, err := b.partnerDay(ctx, r.PartnerID, r.Day)
	if err != nil {
		return err
	}
	partnerTotals, err := b.partnerTotals(ctx, r.PartnerID)
	if err != nil {
		return err
	}
	client, err := b.client(ctx, r.PartnerID, r.ClientUID)
	if err != nil {
		return err
	}
	totals := r.Adds()
	if r.Kind == reward.ForOrder && sign > 0 {
		attribution.Traded(&a.FirstTradeDay, &a.LastTradeDay, r.Day)
		attribution.Traded(&client.FirstTradeDay, &client.LastTradeDay, r.Day)
	}
	accountDay.Rows += sign
	partnerDay.Rows += sign
	accountDay.Add(totals, sign)
	partnerDay.Add(totals, sign)
	partnerTotals.Add(totals, sign)
	a.Add(totals, sign)
	client.Add(totals, sign)
	b.dirty.accounts[a], b.dirty.clients[client] = true, true
	b.ledger.Add(ledger.Reason{PartnerID: r.PartnerID, Kind: kind, Cause: cause}, ledger.Entry{
		Account: ledger.Wallet, Currency: r.Terms.Currency, RewardDay: &r.Day, ClientAccount: a.ClientAccount,
		Amount: money.Amount(sign) * r.Result.Reward, AmountUSD: money.Amount(sign) * r.Result.RewardUSD,
	})
	p := b.partners.Rows[r.PartnerID]
	numbers := p.NextNumber
	if err := b.rebates.Book(ctx, p, a, r, sign, cause); err != nil {
		return err
	}
	if p.NextNumber != numbers {
		b.dirty.partners[p] = true
	}
	earned, err := b.agents.Book(ctx, a, r, sign, b.rebates.Percent(r), cause)
	if err != nil || earned == nil || sign > 0 || earned.Kind != reward.ForOrder {
		return err
	}
	if k := b.kept[refOf(earned.Key)]; k != nil {
		k.rates[earned.Currency] = earned.AccountRate
	}
	return nil
}

// bookOverride adds an override to the books or subtracts it, with a ledger
// line for the partner who earns it.
func (b *books) bookOverride(ctx context.Context, o *reward.Override, sign money.Amount, kind ledger.Kind, cause string) error {
	day, err := b.partnerDay(ctx, o.PartnerID, o.Day)
	if err != nil {
		return err
	}
	totals, err := b.partnerTotals(ctx, o.PartnerID)
	if err != nil {
		return err
	}
	day.OverrideUSD += sign * o.AmountUSD
	totals.OverrideUSD += sign * o.AmountUSD
	key := SubPartnerKey{o.PartnerID, o.SubPartnerID}
	if b.subPartners[key] == nil {
		b.subPartners[key] = &SubPartnerTotals{SubPartnerKey: key}
	}
	b.subPartners[key].OverrideUSD += sign * o.AmountUSD
	b.ledger.Add(ledger.Reason{PartnerID: o.PartnerID, Kind: kind, Cause: cause}, ledger.Entry{
		Account: ledger.Wallet, Currency: o.Currency, RewardDay: &o.Day, Amount: sign * o.Amount, AmountUSD: sign * o.AmountUSD,
	})
	return nil
}

// updateProgress calls change to update the progress reward of the partner who
// earned r. If change takes a number from the partner's sequence,
// updateProgress marks the partner as changed.
func (b *books) updateProgress(r *reward.Reward, change func(*partner.Partner) error) error {
	p := b.partners.Rows[r.PartnerID]
	numbers := p.NextNumber
	err := change(p)
	if p.NextNumber != numbers {
		b.dirty.partners[p] = true
	}
	return err
}
