package agent

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// NoRateError means that the agent's currency has no rate on an order's day.
type NoRateError struct{ Currency string }

// Error implements error.
func (e *NoRateError) Error() string { return "no rate for the agent's currency " + e.Currency }

// TooLargeError means that an agent's share of a reward, or the agent's wallet
// with this share, would exceed the range of amounts.
type TooLargeError struct{ Currency string }

// Error implements error.
func (e *TooLargeError) Error() string {
	return "an agent's share of the reward would be too large in " + e.Currency
}

// inForce holds the data from which an agent's share of an order is computed.
type inForce struct {
	link      *SharedLink
	agreement *Agreement
	agent     *partner.Partner
	rate      money.Rate // rate of the agent's currency on the order's day
}

// Check returns NoRateError or TooLargeError if an order's reward cannot be
// shared with its agent. It returns nil for a reward without an agent. Check
// changes nothing, so the caller can find out before booking whether data is
// missing.
func (w *WorkingSet) Check(ctx context.Context, a *attribution.Account, r *reward.Reward) error {
	_, err := w.inForce(ctx, a, r)
	return err
}

// inForce finds the agent who gets a share of an order's reward, and the data
// to compute the share. It returns nil if no agent gets a share.
func (w *WorkingSet) inForce(ctx context.Context, a *attribution.Account, r *reward.Reward) (*inForce, error) {
	link, err := w.Link(ctx, LinkKey{r.PartnerID, a.LinkCode})
	if err != nil || link == nil || r.Result.RewardUSD <= 0 {
		return nil, err
	}
	agreement, p := InForce(link.Agreements, r.Order.CloseTime), w.books.Partner(link.Email)
	if agreement == nil || agreement.Share == 0 || p == nil || p.ID == r.PartnerID || p.Status == partner.Suspended ||
		p.RegisteredAt.After(r.Order.CloseTime) {
		return nil, nil //nolint:nilnil // no agent shares this order
	}
	rate, known, err := w.books.Rate(ctx, p.Currency, r.Day)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, &NoRateError{p.Currency}
	}
	usd, err := Share(r.Result.RewardUSD, agreement.Share)
	if err != nil {
		return nil, err
	}
	amount, err := reward.Convert(usd, rate)
	if errors.Is(err, money.ErrTooLarge) || (err == nil && !w.fits(p, amount)) {
		return nil, &TooLargeError{p.Currency}
	}
	return &inForce{link, agreement, p, rate}, err
}

// fits reports whether an amount can be added to an agent's wallet. It
// considers the wallet's balance and the amounts that this transaction has
// already added.
func (w *WorkingSet) fits(p *partner.Partner, amount money.Amount) bool {
	return w.ledger.Balance(p.ID, ledger.Wallet, p.Currency) < math.MaxInt64/4-amount
}

// Book books the agent's share of a reward if sign is 1, and removes a booked
// share if sign is -1. The agent is that of the account's link. Book returns
// the share, or nil if there is none.
//
// For an order, the caller must first have called Check without an error. The
// client gets setAside percent of the reward as a rebate, and the agent gets at
// most the rest. A reversal cancels the share that was recorded for the order.
//
// The postings name the given cause. A new reversal or reinstatement names its
// own fact instead.
func (w *WorkingSet) Book(
	ctx context.Context, a *attribution.Account, r *reward.Reward, sign int64, setAside money.Percent, cause string,
) (*Earning, error) {
	link, err := w.Link(ctx, LinkKey{r.PartnerID, a.LinkCode})
	if err != nil || link == nil {
		return nil, err
	}
	if sign > 0 && r.Kind == reward.ForOrder {
		e, err := w.earn(ctx, a, r, setAside)
		if err != nil || e == nil {
			return nil, err
		}
		return e, w.book(link, r, e, 1, cause)
	}
	recorded, err := w.earningsOf(ctx, link, sharedOrder{r.PartnerID, r.Order.Key()})
	if err != nil {
		return nil, err
	}
	if sign > 0 {
		e, err := earningOfChange(link, r, recorded[r.Kind-1])
		if err != nil || e == nil {
			return nil, err
		}
		return e, w.book(link, r, e, 1, r.FactID)
	}
	e := recorded[r.Kind]
	if e == nil {
		return nil, nil //nolint:nilnil // no agent earned from this order
	}
	return e, w.book(link, r, e, -1, cause)
}

// earningOfChange returns the earning of a reversal or a reinstatement.
// previous is the order's previous earning, or nil if there is none. A reversal
// cancels its amount. A reinstatement books the amount again, but at most what
// is left of the agreement's cap.
func earningOfChange(link *SharedLink, r *reward.Reward, previous *Earning) (*Earning, error) {
	if previous == nil {
		return nil, nil //nolint:nilnil // there is no amount to cancel or to book again
	}
	e := *previous
	e.Kind, e.Day, e.BaseUSD = r.Kind, r.Day, -previous.BaseUSD
	e.AmountUSD, e.Amount, e.Paid = -previous.AmountUSD, -previous.Amount, -previous.Paid
	if r.Kind.Reverses() {
		return &e, nil
	}
	left := e.AmountUSD
	for _, a := range link.Agreements {
		if a.From.Equal(e.Agreement) && a.Cap != nil {
			left = max(0, min(left, *a.Cap-a.EarnedUSD))
		}
	}
	if left == e.AmountUSD {
		return &e, nil
	}
	if left == 0 {
		return nil, nil //nolint:nilnil // the limit is used up
	}
	amount, err := reward.Convert(left, e.AccountRate)
	if err != nil {
		return nil, err
	}
	paid, err := reward.Convert(left, r.Terms.AccountRate)
	if err != nil {
		return nil, err
	}
	e.AmountUSD, e.Amount, e.Paid = left, min(amount, e.Amount), min(paid, e.Paid)
	return &e, nil
}

// earn computes the agent's earning from an order. It returns nil if the agent
// earns nothing.
func (w *WorkingSet) earn(ctx context.Context, a *attribution.Account, r *reward.Reward, setAside money.Percent) (*Earning, error) {
	terms, err := w.inForce(ctx, a, r)
	if err != nil || terms == nil {
		return nil, err
	}
	left, leftUSD, err := afterRebate(r, setAside)
	if err != nil {
		return nil, err
	}
	usd, err := terms.agreement.Earns(r.Result.RewardUSD, leftUSD)
	if err != nil || usd == 0 {
		return nil, err
	}
	amount, err := reward.Convert(usd, terms.rate)
	if err != nil {
		return nil, err
	}
	paid, err := reward.Convert(usd, r.Terms.AccountRate)
	if err != nil {
		return nil, err
	}
	return &Earning{
		AgentID: terms.agent.ID, OwnerID: r.PartnerID, Key: r.Order.Key(), Kind: r.Kind, LinkID: terms.link.ID, Agreement: terms.agreement.From,
		Day: r.Day, Percent: terms.agreement.Share, BaseUSD: r.Result.RewardUSD, AmountUSD: usd, Amount: amount,
		Currency: terms.agent.Currency, AccountRate: terms.rate, Paid: min(paid, left),
	}, nil
}

// afterRebate returns the part of an order's reward that is left after the client's
// rebate. It truncates the amounts instead of rounding them, so that a share of
// this part never makes the owner's wallet negative.
func afterRebate(r *reward.Reward, setAside money.Percent) (left, leftUSD money.Amount, err error) {
	if left, err = Share(r.Result.Reward, hundred-setAside); err != nil {
		return 0, 0, err
	}
	leftUSD, err = Share(r.Result.RewardUSD, hundred-setAside)
	return left, leftUSD, err
}

var errLostAgreement = errors.New("an agent's share was earned under an agreement that does not exist")

// book books an earning if sign is 1, and removes it if sign is -1. It adds a
// ledger line for the owner and one for the agent, and updates the sum earned
// under the agreement. The lines have no client account and no day, because
// only lines of rewards have them.
func (w *WorkingSet) book(link *SharedLink, r *reward.Reward, e *Earning, sign money.Amount, cause string) error {
	var agreement *Agreement
	for _, one := range link.Agreements {
		if one.From.Equal(e.Agreement) {
			agreement = one
		}
	}
	if agreement == nil {
		return fmt.Errorf("order %s: %w", e.Key.ID(), errLostAgreement)
	}
	order := sharedOrder{e.OwnerID, e.Key}
	if w.earnings.Rows[order] == nil {
		w.earnings.Put(order, map[reward.Kind]*Earning{})
	}
	if sign > 0 {
		w.earnings.Rows[order][e.Kind] = e
		w.booked = append(w.booked, e)
	} else {
		delete(w.earnings.Rows[order], e.Kind)
		w.undone = append(w.undone, e)
	}
	agreement.EarnedUSD += sign * e.AmountUSD
	w.earned[agreement] = link
	w.ledger.Add(ledger.Reason{PartnerID: e.OwnerID, Kind: ledger.AgentShare, Cause: cause},
		ledger.Entry{Account: ledger.Wallet, Currency: r.Terms.Currency, Amount: -sign * e.Paid, AmountUSD: -sign * e.AmountUSD})
	w.ledger.Add(ledger.Reason{PartnerID: e.AgentID, Kind: ledger.AgentShare, Cause: cause},
		ledger.Entry{Account: ledger.Wallet, Currency: e.Currency, Amount: sign * e.Amount, AmountUSD: sign * e.AmountUSD})
	return nil
}
